import * as z from 'zod';
import type { HeldLock } from '../../diagnosis/ports.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { ArmLists } from './arm-lists.ts';

/** https://learn.microsoft.com/rest/api/resources/management-locks/list-at-resource-group-level */
const locksVersion = '2016-09-01';

const lock = z
  .object({ id: z.string(), name: z.string(), properties: z.object({ level: z.string() }) })
  .transform(({ id, name, properties: { level } }): HeldLock => ({ id, name, level }));

/**
 * The locks that count at an account: its own, its group's and its subscription's. Null if the identity may read none;
 * those of the subscription are left out if it may read only the group. Both lists hold those below their scope too.
 */
export function armLocks(lists: ArmLists) {
  return async ({ armId }: AccountId): Promise<readonly HeldLock[] | null> => {
    const [, group = '', subscription = ''] = /^((\/subscriptions\/[^/]+)\/resourceGroups\/[^/]+)/i.exec(armId) ?? [];
    const read = await Promise.all(
      [group, subscription].map((scope) => lists(`${scope}/providers/Microsoft.Authorization/locks`, locksVersion)),
    );
    if (read.every((one) => one === null)) return null;
    const found = read.flatMap((rows) => rows ?? []).flatMap((row) => lock.safeParse(row).data ?? []);
    const byId = new Map(found.map((one) => [one.id.toLowerCase(), one]));
    return [...byId.values()].filter(({ id }) => countsAt(armId, id));
  };
}

/** A lock counts at its scope and below. */
function countsAt(armId: string, lockId: string): boolean {
  const scope = lockId.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, '').toLowerCase();
  return `${armId.toLowerCase()}/`.startsWith(`${scope}/`);
}
