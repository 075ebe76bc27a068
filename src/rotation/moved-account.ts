import { type AccountId, parseAccountId } from '../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from './account-row.ts';
import type { EnginePorts } from './engine-ports.ts';
import { leaseMs } from './numbers.ts';
import { LeaseLost } from './ownership/lease-lost.ts';
import type { OwnedAccount } from './ownership/owned-account.ts';

/** The row of an account under the id that it had before it was moved. */
export interface FormerRow {
  readonly account: AccountId;
  readonly row: AccountRow;
  readonly etag: string;
}

/**
 * What the journal knows under `armId` of the account with that `internalId`.
 * @throws FailureError
 */
export async function findFormerRow(
  { rows }: Pick<EnginePorts, 'rows'>,
  armId: string,
  internalId: string,
): Promise<FormerRow | 'other' | 'at-work'> {
  const account = parseAccountId(armId);
  const stored = account === null ? null : await rows.load(account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (account === null || stored === null || parsed?.kind !== 'row') return 'other';
  const { row, etag } = { ...parsed, etag: stored.etag };
  if (row.internalId !== internalId) return 'other';
  const isHeld = row.lease.kind === 'held' && stored.storageNowMs - stored.savedAtMs < leaseMs;
  return isHeld || stored.storageNowMs < row.settleUntilMs ? 'at-work' : { account, row, etag };
}

/**
 * The row under the new id gets what the former one knows, and the former one is given up: in this order, so that nothing
 * is lost in between. A rotation that was in flight waits for a person, since the keys may have been changed meanwhile.
 * @throws LeaseLost when somebody has begun to work under the former id
 */
export async function carryJournal(
  { rows }: Pick<EnginePorts, 'rows'>,
  owned: OwnedAccount,
  { account, row, etag }: FormerRow,
): Promise<void> {
  const { lease: _lease, armId: _armId, settleUntilMs: _until, outstanding: _sent, wakeSeq: _seq, ...known } = row;
  const { rotation } = row;
  const isInFlight = rotation !== null && rotation.kind !== 'suspended';
  await owned.saveResult({
    ...known,
    operatorRequest: null,
    wakeAtMs: null,
    rotation: isInFlight
      ? { kind: 'suspended', reason: 'account-moved', sinceMs: owned.nowMs(), from: rotation }
      : rotation,
  });
  const givenUp: AccountRow = {
    ...row,
    lease: { kind: 'released' },
    adoptedAtMs: null,
    rotation: null,
    compromise: null,
    operatorRequest: null,
    wakeAtMs: null,
    wakeSeq: row.wakeSeq + 1,
  };
  if ((await rows.save(account, givenUp, etag, [])).kind === 'conflict') throw new LeaseLost();
}
