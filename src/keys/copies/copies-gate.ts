import { type Fingerprint, fingerprint } from '../../shared/fingerprint.ts';
import { SecretText } from '../../shared/secret-text.ts';
import { type Copy, type CopyFact, placeOf, type ReadCopy, type SeenCopy } from './copy.ts';

export interface CopyRules {
  /** Every copy that the settings declare. */
  readonly declared: readonly Copy[];
  /** What was last seen in them. */
  readonly seen: readonly SeenCopy[];
  /** The key that each is to hold, and the account's other one: only a copy that holds that one may be written. */
  readonly wanted: Fingerprint;
  readonly other: Fingerprint;
  /** How long a copy must have stood until nobody can hold what it held before. */
  readonly standsForMs: (copy: Copy) => number;
  /** Whether a copy that the settings let Keyturn make, and that is not there, is made now. */
  readonly creates: boolean;
  /** A leaked key does not wait for copies: what cannot be read or written is left behind. */
  readonly leaves: boolean;
  /** The storage service's clock. */
  readonly nowMs: number;
}

export type CopyBlock = 'copy-foreign' | 'copy-unreadable' | 'copy-not-sticky';

export type CopiesAnswer = (
  | { readonly kind: 'ready' }
  /** To be written: it holds the other key, or is to be made. */
  | { readonly kind: 'behind'; readonly name: string }
  | { readonly kind: 'blocked'; readonly name: string; readonly reason: CopyBlock }
  /** Somebody may hold what one of them held before for this much longer. */
  | { readonly kind: 'young'; readonly forMs: number }
) & { readonly seen: SeenCopy[] };

/**
 * Whether the other key may be regenerated as far as copies go: each holds the wanted key or nothing, and has for so long that
 * nobody can hold what it held before. A copy that is gone holds nothing, and its last readers have their time, too.
 * @param facts of the copies that count, in the order in which they are declared
 */
export function copiesGate(facts: readonly CopyFact[], rules: CopyRules): CopiesAnswer {
  const seen = nowSeen(facts, rules);
  const copies = facts.flatMap((fact) => {
    const copy = rules.declared.find(({ name }) => name === fact.name);
    return copy === undefined ? [] : [{ copy, fact }];
  });
  const behind = copies.find(({ copy, fact }) => isBehind(copy, fact, rules));
  if (behind !== undefined) return { kind: 'behind', name: behind.copy.name, seen };
  let forMs = 0;
  for (const { copy, fact } of copies) {
    const reason = blockOf(fact, rules);
    if (reason !== null && !rules.leaves) return { kind: 'blocked', name: copy.name, reason, seen };
    const { sinceMs = rules.nowMs } = seen.find(({ name }) => name === copy.name) ?? {};
    if (reason === null) forMs = Math.max(forMs, sinceMs + rules.standsForMs(copy) - rules.nowMs);
  }
  return forMs > 0 ? { kind: 'young', forMs, seen } : { kind: 'ready', seen };
}

function isBehind({ create }: Copy, fact: CopyFact, { other, creates, leaves }: CopyRules): boolean {
  if (fact.kind !== 'stored') return fact.kind === 'outdated' || (fact.kind === 'absent' && create && creates);
  return fact.fingerprint === other && (leaves || !fact.isCarriedAway);
}

/** A value that is no key of the account's is somebody else's, and never overwritten. */
function blockOf(fact: CopyFact, { wanted }: CopyRules): CopyBlock | null {
  if (fact.kind === 'absent' || fact.kind === 'outdated') return null;
  if (fact.kind !== 'stored') return 'copy-unreadable';
  if (fact.isCarriedAway) return 'copy-not-sticky';
  return fact.fingerprint === wanted ? null : 'copy-foreign';
}

/** The age of what differs from what was seen before begins now, whatever its date says. */
function nowSeen(facts: readonly CopyFact[], { declared, seen, nowMs }: CopyRules): SeenCopy[] {
  return declared.flatMap(({ name }): SeenCopy[] => {
    const before = seen.find((one) => one.name === name);
    const fact = facts.find((one) => one.name === name);
    if (fact === undefined || !('mark' in fact)) return before === undefined ? [] : [before];
    const { salt, mark } = fact.mark;
    return before?.salt === salt && before.mark === mark ? [before] : [{ name, salt, mark, sinceMs: nowMs }];
  });
}

/** What stands in a copy, as decisions see it. @param before the copy as it was last seen, whose salt names what stands now */
export function copyFact(copy: Copy, read: ReadCopy, salt: string, before: SeenCopy | undefined): CopyFact {
  const { name } = copy;
  if (read.kind === 'disabled') return { name, kind: 'disabled' };
  const markSalt = before?.salt ?? salt;
  const text = read.kind === 'stored' ? `${read.version} ${read.value.reveal()}` : `nothing: ${read.kind}`;
  // The place is part of it: settings may give the name to another one, of whose readers nothing is known.
  const stands = new SecretText(`${placeOf(copy).toLowerCase()} ${text}`);
  const mark = { salt: markSalt, mark: fingerprint(stands, markSalt) };
  if (read.kind !== 'stored') return { name, kind: read.kind, mark };
  const fact = { name, kind: 'stored', fingerprint: fingerprint(read.value, salt), mark } as const;
  return read.isCarriedAway === true ? { ...fact, isCarriedAway: true } : fact;
}
