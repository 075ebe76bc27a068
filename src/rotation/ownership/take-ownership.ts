import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { leaseMs, settleMs } from '../numbers.ts';
import type { StoredRow } from '../ports.ts';
import { fenceInstants } from './lease-fence.ts';
import { type OwnedAccount, type OwnershipPorts, ownedAccount } from './owned-account.ts';

export type Ownership =
  | { readonly kind: 'owned'; readonly owned: OwnedAccount }
  /** Another invocation holds the lease. */
  | { readonly kind: 'busy' }
  /** A former owner vanished: its lease was ended here, and its last writes may arrive until `untilMs`. */
  | { readonly kind: 'taken-over'; readonly row: AccountRow; readonly untilMs: number; readonly storageNowMs: number }
  | { readonly kind: 'not-adopted' }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'old-hint' }
  | { readonly kind: 'newer-schema' };

/**
 * Takes the lease of an account for one invocation.
 *
 *     released ──────────────▶ owned
 *     held, still counting ──▶ busy
 *     held, expired ─────────▶ taken-over: released again at once, with lease + settle to pass before the next write
 *
 * Ending a dead owner's lease is one save that sends nothing else: a taker that dies in its turn extends nothing.
 * @param token random, made once per invocation: two messages in one process are two workers
 * @param wakeSeq the save that sent the message which led here; null for who comes without one
 * @throws FailureError when the row cannot be read or saved
 */
export async function takeOwnership(
  ports: OwnershipPorts,
  account: AccountId,
  token: string,
  wakeSeq: number | null,
): Promise<Ownership> {
  const { rows, clock } = ports;
  const stored = await rows.load(account);
  if (stored === null) return { kind: 'not-adopted' };
  const parsed = parseAccountRow(stored.fields);
  if (parsed.kind === 'newer-schema') return { kind: 'newer-schema' };
  const { row } = parsed;
  if (wakeSeq !== null && wakeSeq !== row.wakeSeq) return { kind: 'old-hint' };
  if (row.lease.kind === 'held')
    return isExpired(stored) ? await takeOver(ports, account, stored, row) : { kind: 'busy' };

  const next: AccountRow = { ...row, lease: { kind: 'held', token, saveSeq: 1 } };
  const since = fenceInstants(clock);
  const answer = await rows.save(account, next, stored.etag, []);
  if (answer.kind === 'conflict') return { kind: 'busy' };
  const saved = { row: next, etag: answer.etag };
  return { kind: 'owned', owned: ownedAccount(ports, account, token, saved, since, answer.storageNowMs) };
}

/** By the storage service's clock alone: the row's own timestamp against the date of the answer that brought it. */
function isExpired(stored: StoredRow): boolean {
  return stored.storageNowMs - stored.savedAtMs >= leaseMs;
}

async function takeOver(
  ports: OwnershipPorts,
  account: AccountId,
  stored: StoredRow,
  row: AccountRow,
): Promise<Ownership> {
  const untilMs = Math.max(row.settleUntilMs, stored.storageNowMs + leaseMs + settleMs);
  const next: AccountRow = {
    ...row,
    lease: { kind: 'released' },
    settleUntilMs: untilMs,
    inDoubt: { kind: 'takeover', sentAtMs: stored.storageNowMs },
    wakeAtMs: untilMs,
    wakeSeq: row.wakeSeq + 1,
  };
  const answer = await ports.rows.save(account, next, stored.etag, []);
  if (answer.kind === 'conflict') return { kind: 'busy' };
  return { kind: 'taken-over', row: next, untilMs, storageNowMs: answer.storageNowMs };
}
