import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { leaseMs, settleMs } from '../numbers.ts';
import type { StoredRow } from '../ports.ts';
import { fenceInstants } from './lease-fence.ts';
import { type OwnedAccount, type OwnershipPorts, ownedAccount } from './owned-account.ts';

export type Ownership =
  /** `overtakenUntilMs`: when the last writes of an owner that vanished had settled; null where there was none. */
  | { readonly kind: 'owned'; readonly owned: OwnedAccount; readonly overtakenUntilMs: number | null }
  /** Another invocation holds the lease. */
  | { readonly kind: 'busy' }
  /** A former owner vanished: its lease was ended here, and its last writes may arrive until `untilMs`. */
  | { readonly kind: 'taken-over'; readonly untilMs: number; readonly storageNowMs: number }
  | { readonly kind: 'not-adopted' }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'old-hint' }
  | { readonly kind: 'newer-schema' };

/** The message that led here, if one did. */
export interface Woken {
  readonly wakeSeq: number;
  /** Sends the message that comes back, whatever becomes of this invocation. */
  comeBack(wakeSeq: number, delayMs: number): Promise<void>;
}

/** A message that comes back does so a little later: the storage service tells its time in whole seconds. */
const comeBackLaterMs = 1_000;

/**
 * Takes the lease of an account for one invocation. The lease of an owner that vanished may be overtaken once its last
 * save is lease + settle ago: its fence closed before the lease was over, and what left it before that has settled.
 *
 *     released ───────────────────────────────▶ owned
 *     held, saved less than the lease ago ────▶ busy
 *     held, saved less than lease + settle ago ▶ taken-over: released at once, so that the owner's next save is refused
 *     held, saved before that ────────────────▶ owned
 *
 * Whoever comes by a message, and meets a row that this message is about, sends it again before all else, for the moment
 * from which the lease that it takes or finds may be overtaken: there is no lease without a message that outlives it. Each
 * message has one successor at most, and those of earlier saves have none: they cannot multiply.
 * @param token random, made once per invocation: two messages in one process are two workers
 * @param woken null for who comes without a message
 * @throws FailureError when the row cannot be read or saved
 */
export async function takeOwnership(
  ports: OwnershipPorts,
  account: AccountId,
  token: string,
  woken: Woken | null,
): Promise<Ownership> {
  const { rows, clock } = ports;
  const stored = await rows.load(account);
  if (stored === null) return { kind: 'not-adopted' };
  const parsed = parseAccountRow(stored.fields);
  if (parsed.kind === 'newer-schema') return { kind: 'newer-schema' };
  const { row } = parsed;
  const { savedAtMs, storageNowMs } = stored;
  const isHeld = row.lease.kind === 'held';
  // One of a later number was sent by an owner that is about to give its lease back, or died before it did.
  const isOld = woken !== null && (isHeld ? woken.wakeSeq < row.wakeSeq : woken.wakeSeq !== row.wakeSeq);
  if (isOld) return { kind: 'old-hint' };
  const settledAtMs = savedAtMs + leaseMs + settleMs;
  const isSettled = storageNowMs >= settledAtMs;
  const outlives = (fromMs: number) => fromMs + leaseMs + settleMs + comeBackLaterMs - storageNowMs;

  if (isHeld && !isSettled) {
    await woken?.comeBack(woken.wakeSeq, outlives(savedAtMs));
    if (storageNowMs - savedAtMs < leaseMs) return { kind: 'busy' };
    const ended: AccountRow = { ...overtaken(row, stored), lease: { kind: 'released', token, saveSeq: 1 } };
    const answer = await rows.save(account, ended, stored.etag, []);
    if (answer.kind === 'conflict') return { kind: 'busy' };
    return { kind: 'taken-over', untilMs: ended.settleUntilMs, storageNowMs: answer.storageNowMs };
  }

  await woken?.comeBack(row.wakeSeq, outlives(storageNowMs));
  const before = isHeld ? overtaken(row, stored) : row;
  const next: AccountRow = { ...before, lease: { kind: 'held', token, saveSeq: 1 } };
  const since = fenceInstants(clock);
  const answer = await rows.save(account, next, stored.etag, []);
  if (answer.kind === 'conflict') return { kind: 'busy' };
  const saved = { row: next, etag: answer.etag };
  const owned = ownedAccount(ports, account, token, saved, since, answer.storageNowMs);
  return { kind: 'owned', owned, overtakenUntilMs: isHeld ? next.settleUntilMs : null };
}

/** The row without its dead owner. Nothing is extended: a taker that dies in its turn costs no more time. */
function overtaken(row: AccountRow, { savedAtMs, storageNowMs }: StoredRow): AccountRow {
  const settleUntilMs = Math.max(row.settleUntilMs, savedAtMs + leaseMs + settleMs);
  return { ...row, settleUntilMs, inDoubt: { kind: 'takeover', sentAtMs: storageNowMs }, wakeAtMs: settleUntilMs };
}
