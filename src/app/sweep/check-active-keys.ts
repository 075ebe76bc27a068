import { keyCall } from '../../keys/account-probe.ts';
import { mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { isAdoptedAs, isKeyless } from '../../rotation/requests/start-rotation.ts';
import { FailureError } from '../../shared/failure.ts';
import { mapBoundedByGroup } from '../../shared/map-bounded.ts';
import { type ActiveKeyAnswer, parseDriftNotes } from '../../targets/drift-notes.ts';
import { asFailureOfOne } from '../answers.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import type { SweptTarget } from '../targets/load-target.ts';
import { tryActiveKey } from '../targets/try-active-key.ts';
import { mostCallsAtOnce } from './act-on-fleet.ts';

/** Two reads each, of the 400 a second that a vault answers: most are left to its consumers, however fast it answers. */
const mostChecksInVault = 4;

/** So many answers that say nothing new are noted in a sweep, with two calls of the table each: thousands would cost more than all else. */
const mostNotedAgain = 16;

type Resting = Pick<SweptTarget, 'target' | 'notes'> & Partial<Pick<SweptTarget, 'row'>>;

/**
 * Tries the active key of each target as a consumer would, longest untried first. Notes each answer that is new, and of the others
 * those whose notes are oldest. Costs a target two reads of the vault and one call that is not charged.
 * @param triedAtMs kept from one sweep to the next: when keys were tried last, by account and this worker's monotonic clock
 * @param isOver asked before each target: what is left then is tried first by the next sweep
 * @returns the names of targets whose consumers have begun to fail since the last check
 */
export async function checkActiveKeys(
  ports: InvocationPorts,
  resting: readonly Resting[],
  triedAtMs: Map<string, number>,
  isOver: () => boolean,
): Promise<ReadonlySet<string>> {
  const begunToFail = new Set<string>();
  /** Vaults that could not be read: the next sweep asks them again. */
  const silent = new Set<string>();
  const oldestNotesFirst = resting
    .flatMap(({ target, notes, row }) => (row && notes && isTried(target, row) ? [{ target, notes, row }] : []))
    .sort((one, other) => (one.notes.activeKey?.atMs ?? 0) - (other.notes.activeKey?.atMs ?? 0));
  const notedAgain = new Set(oldestNotesFirst.slice(0, mostNotedAgain));
  const tried = ({ target }: (typeof oldestNotesFirst)[number]) => triedAtMs.get(target.account.armId) ?? 0;
  const inTurn = oldestNotesFirst.toSorted((one, other) => tried(one) - tried(other));
  const vaultOf = ({ target }: (typeof inTurn)[number]) => target.vaultUrl;
  await mapBoundedByGroup(inTurn, mostCallsAtOnce, vaultOf, mostChecksInVault, async (one) => {
    const { target, notes, row } = one;
    if (isOver() || silent.has(target.vaultUrl)) return;
    const answer = await tryActiveKey(ports, target, row).catch(asFailureOfOne(ports.log, 'sweep'));
    if (answer instanceof FailureError) return void silent.add(target.vaultUrl);
    triedAtMs.set(target.account.armId, ports.clock.monotonicMs());
    if (answer === notes.activeKey?.answer && !notedAgain.has(one)) return;
    if (await noteAnswer(ports, target, answer).catch(asFailureOfOne(ports.log, 'sweep')))
      if (isFailing(answer) && !isFailing(notes.activeKey?.answer)) begunToFail.add(target.name);
  });
  return begunToFail;
}

function isTried(target: Target, row: AccountRow): boolean {
  if (row.adoptedAtMs === null || isKeyless(row, target) || !isAdoptedAs(row, target)) return false;
  // Reading a list is no transaction, while a call that works on a text or an image is paid for, and counts for a free tier's
  // quota: 288 sweeps a day would use it up. Those keys are tried with each look for drift.
  // https://azure.microsoft.com/pricing/details/cognitive-services/
  return mayCallEndpoint(target) && keyCall({ kind: row.accountKind, endpoint: row.endpoint })?.method === 'GET';
}

/** Beside what a look has noted meanwhile; without a look there is nothing to note it with. */
async function noteAnswer({ rows }: InvocationPorts, target: Target, answer: ActiveKeyAnswer): Promise<boolean> {
  const kept = await rows.loadNotes(target.account);
  const notes = kept === null ? null : parseDriftNotes(kept.fields);
  if (kept === null || notes === null) return false;
  await rows.saveNotes(target.account, { ...notes, activeKey: { answer, atMs: kept.storageNowMs } });
  return true;
}

function isFailing(answer: ActiveKeyAnswer | undefined): boolean {
  return answer === 'refused' || answer === 'missing';
}
