import * as z from 'zod';
import { busyForMs, leasedRow } from '../durable/leased-row.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { HardeningRows } from './ports.ts';

const leased = z.object({ lease: leasedRow.lease });

/**
 * Whether somebody is at a change of the account, or one's last calls may still arrive. A row that cannot be read counts as such.
 * @throws FailureError
 */
export async function isHardeningAtWork(rows: HardeningRows, account: AccountId): Promise<boolean> {
  return [...(await rows.loadAll(account)).values()].some(
    (stored) => busyForMs(leased.safeParse(stored.fields).data?.lease ?? { kind: 'held' }, stored) > 0,
  );
}

/**
 * Copies what the journal knows of an account's network and keyless to its new id, changes under way and all: the message of
 * such a change names the target. What was asked for under the new id already stays. Roles are left out: Azure does not move
 * the assignments along (https://learn.microsoft.com/azure/azure-resource-manager/management/move-resource-group-and-subscription),
 * so that none of what was asked is there.
 * @throws FailureError
 */
export async function copyHardening(rows: HardeningRows, from: AccountId, to: AccountId): Promise<void> {
  for (const [area, { fields }] of await rows.loadAll(from))
    if (area !== 'access') await rows.save(to, area, fields, null);
}

/**
 * Removes an account's rows, so that another account that gets its id does not take them for its own.
 * @returns false if somebody has saved one meanwhile
 * @throws FailureError
 */
export async function removeHardening(rows: HardeningRows, account: AccountId): Promise<boolean> {
  for (const [area, { etag }] of await rows.loadAll(account))
    if ((await rows.remove(account, area, etag)) === 'conflict') return false;
  return true;
}
