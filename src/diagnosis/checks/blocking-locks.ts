import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import type { HeldLock } from '../ports.ts';

/** The locks that keep Keyturn from an account's keys; none where they could not be read. */
function blockingLocks({ locks }: Pick<DiagnosisFacts, 'locks'>): readonly HeldLock[] {
  return locks.kind === 'failed' ? [] : (locks.value ?? []).filter(({ level }) => level === 'ReadOnly');
}

/** What a finding says of them: each by name and id; null where they could not be read. */
export function lockEvidence(facts: Pick<DiagnosisFacts, 'locks'>) {
  const found = blockingLocks(facts);
  const all = (of: (lock: HeldLock) => string) => (found.length === 0 ? null : found.map(of).join(' '));
  return { lock: all(({ name }) => name), lockId: all(({ id }) => id) };
}

/** Lifts those that were found; else lists them. */
export function unlockCommand(facts: Pick<DiagnosisFacts, 'locks' | 'target'>): string {
  const ids = blockingLocks(facts).map(({ id }) => `"${id}"`);
  const { armId } = facts.target.account;
  return ids.length === 0 ? `az lock list --resource "${armId}"` : `az lock delete --ids ${ids.join(' ')}`;
}
