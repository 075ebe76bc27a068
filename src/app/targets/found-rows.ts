import { createHash } from 'node:crypto';
import type { Target } from '../../keys/target.ts';
import { readRowOrNewer } from '../../rotation/account-row.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import { isLeakPending } from '../../rotation/requests/start-rotation.ts';
import type { DiscoveryRow, DiscoveryRows } from '../../targets/ports.ts';
import type { TtlCache } from '../sweep/ttl-cache.ts';

/** Whether a target that is named no more, or otherwise, has something to finish first. @throws FailureError */
export async function isInFlight(rows: Pick<AccountRows, 'load'>, target: Target): Promise<boolean> {
  const row = await readRowOrNewer(rows, target.account);
  // What a newer version is at is not ours to end.
  if (row === null || row === 'newer-schema') return row !== null;
  const { rotation, leaks } = row;
  // An account that is gone for good has nothing left to finish.
  if (rotation?.kind === 'suspended' && rotation.reason === 'account-not-found') return false;
  // Anybody who takes a target away does not hide a leaked key; with its account it is gone.
  const isLeaked = leaks.some(({ failure }) => failure !== 'account-not-found');
  return rotation !== null || isLeakPending(row, target) || isLeaked;
}

/**
 * Makes the kept rows be `after`, in its order: what is written last is there only if all of it is. Another worker may save
 * beside it, so what stands then is known only to those who read it.
 * @returns names of the targets that are gone
 */
export async function saveChanges(
  found: DiscoveryRows,
  lately: Pick<TtlCache<DiscoveryRow>, 'forget'>,
  instance: string,
  before: readonly DiscoveryRow[],
  after: readonly DiscoveryRow[],
): Promise<readonly string[]> {
  const beforeByName = new Map(before.map((row) => [nameOf(row), JSON.stringify(row.fields)]));
  const names = new Set(after.map(nameOf));
  const removed = before.filter((row) => !names.has(nameOf(row)));
  const put = after.filter((row) => beforeByName.get(nameOf(row)) !== JSON.stringify(row.fields));
  if (removed.length > 0 || put.length > 0)
    await found.save(instance, removed, put).finally(() => {
      lately.forget();
    });
  return removed.flatMap(({ kind, key }) => (kind === 'target' ? key : []));
}

/** In the order in which the table lists them. */
export function inTableOrder(all: readonly DiscoveryRow[]): readonly DiscoveryRow[] {
  return all.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

export function nameOf({ kind, key }: Pick<DiscoveryRow, 'kind' | 'key'>): string {
  return `${kind} ${key}`;
}

/** ARM ids hold `/`, which no row's key may. */
export function keyOf(accountId: string): string {
  return createHash('sha256').update(accountId.toLowerCase()).digest('hex');
}

/** Whether it is the row of the look that stands among `all`: one that has changed them has changed it. */
export function isLookOf(all: readonly DiscoveryRow[], look: DiscoveryRow | null): boolean {
  const among = all.find(({ kind }) => kind === 'look');
  return look !== null && JSON.stringify(among?.fields) === JSON.stringify(look.fields);
}
