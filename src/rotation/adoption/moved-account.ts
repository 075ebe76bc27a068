import { LeaseLost } from '../../durable/lease-fence.ts';
import { isLeaseAlive } from '../../durable/leased-row.ts';
import type { StoredRow } from '../../durable/ports.ts';
import { copyHardening, isHardeningAtWork, removeHardening } from '../../hardening/carry-hardening.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import { type AccountId, parseAccountId, sameResource } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { type HistoryPlace, historyPlaces, placesRow } from '../history-places.ts';
import type { OwnedAccount } from '../owned-account.ts';
import type { AccountRows } from '../ports.ts';
import { noPast } from './adopted-row.ts';

export interface MovingPorts {
  readonly rows: AccountRows;
  /** Left out if only keys are looked after. */
  readonly hardeningRows?: HardeningRows | undefined;
}

/** The row of an account under the id that it had before it was moved. */
export interface FormerRow extends Pick<StoredRow, 'etag' | 'savedAtMs'> {
  readonly account: AccountId;
  readonly row: AccountRow;
}

/** What the journal knows under `armId` of the account with that `internalId`. @throws FailureError */
export async function findFormerRow(
  { rows, hardeningRows }: MovingPorts,
  armId: string,
  internalId: string,
): Promise<FormerRow | 'other' | 'at-work'> {
  const account = parseAccountId(armId);
  const stored = account === null ? null : await rows.load(account);
  if (account === null || stored === null) return 'other';
  const row = parseAccountRow(stored.fields);
  const { etag, savedAtMs, storageNowMs } = stored;
  if (row === 'newer-schema' || row.internalId !== internalId) return 'other';
  if (isLeaseAlive(row.lease, stored) || storageNowMs < row.settleUntilMs) return 'at-work';
  if (row.adoptedAtMs !== null && hardeningRows !== undefined && (await isHardeningAtWork(hardeningRows, account)))
    return 'at-work';
  return { account, row, etag, savedAtMs };
}

/**
 * The row under the new id gets what the former one knows, and then the former one is given up: in this order, so that nothing
 * is lost in between, and so that the next adoption finishes what a crash left. History stays where it is, and the new id
 * remembers where; what comes under the former id later is another account's. A rotation that was in flight waits for a person,
 * since the keys may have been changed meanwhile.
 * @throws LeaseLost when somebody has begun to work under the former id
 */
export async function carryJournal(
  ports: MovingPorts,
  owned: OwnedAccount,
  account: AccountId,
  former: FormerRow,
): Promise<void> {
  const { rows, hardeningRows } = ports;
  const { row } = former;
  const [own, ...others] = await historyPlaces(rows, account);
  const isOfAnother = owned.row.internalId !== '' && owned.row.internalId !== row.internalId;
  const isCarried =
    !isOfAnother &&
    owned.row.adoptedAtMs !== null &&
    others.some((place) => sameResource(place.account.armId, former.account.armId));
  // An account that was adopted under both ids has two pasts.
  if (!isCarried && !isOfAnother && owned.row.adoptedAtMs !== null) return;
  const [last, ...before] = await historyPlaces(rows, former.account);
  // Not before what the former row has saved last: a worker's clock may lag behind.
  const movedAtMs = Math.ceil(Math.max(owned.nowMs(), former.savedAtMs));
  if (!isCarried) {
    if (hardeningRows !== undefined) {
      if (isOfAnother && !(await removeHardening(hardeningRows, account))) throw new LeaseLost();
      await copyHardening(hardeningRows, former.account, account);
    }
    const places: readonly HistoryPlace[] = [{ ...last, untilMs: movedAtMs }, ...before];
    await owned.saveResult(carried(row, owned.nowMs()), [placesRow(isOfAnother ? movedAtMs : own.sinceMs, places)]);
  }
  if (hardeningRows !== undefined && !(await removeHardening(hardeningRows, former.account))) throw new LeaseLost();
  const givenUp = [placesRow(movedAtMs, [])];
  if ((await rows.save(former.account, emptied(row), former.etag, givenUp)).kind === 'conflict') throw new LeaseLost();
}

function carried(row: AccountRow, nowMs: number) {
  const { lease: _lease, armId: _armId, settleUntilMs: _until, inDoubt: _sent, wakeSeq: _seq, ...known } = row;
  const { rotation } = row;
  const isInFlight = rotation !== null && rotation.kind !== 'suspended';
  return {
    ...known,
    operatorRequest: null,
    wakeAtMs: null,
    rotation: isInFlight
      ? ({ kind: 'suspended', reason: 'account-moved', sinceMs: nowMs, from: rotation } as const)
      : rotation,
  };
}

/** Nothing of what the row knew is left for another account that gets the id; whose it was tells a tag that still names it. */
function emptied(row: AccountRow): AccountRow {
  return { ...row, lease: { ...row.lease, kind: 'released' }, ...noPast, keyless: null, wakeSeq: row.wakeSeq + 1 };
}
