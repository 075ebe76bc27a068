import { accountRow } from '../../../src/rotation/account-row.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { type MemoryJournal, memoryJournal } from '../../memory-world/memory-journal.ts';
import type { MemoryWorld } from '../../memory-world/memory-world.ts';
import { simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator } from '../steered-rotation.ts';

/** A partition an account, as the table has it. */
function partitions() {
  const journals = new Map<string, MemoryJournal>();
  let world: MemoryWorld | null = null;
  const of = (armId: string): MemoryJournal => {
    const key = armId.toLowerCase();
    const known = journals.get(key);
    if (known !== undefined) return known;
    if (world === null) throw new TypeError('not open yet');
    const made = memoryJournal(world.clock.nowMs, world.nextId);
    journals.set(key, made);
    return made;
  };
  const rows = (only: AccountRows, opened: MemoryWorld): AccountRows => {
    world = opened;
    return {
      ...only,
      load: async ({ armId }) => of(armId).load(),
      save: async ({ armId }, fields, etag, history) => of(armId).save(fields, etag, history),
      remove: async ({ armId }, etag) => of(armId).remove(etag),
      loadNotes: async ({ armId }) => of(armId).loadNotes(),
      saveNotes: async ({ armId }, fields) => of(armId).saveNotes(fields),
      loadLastEvent: async ({ armId }) => of(armId).loadLastEvent(),
      saveLastEvent: async ({ armId }, fields) => of(armId).saveLastEvent(fields),
      removeNotes: async ({ armId }) => {
        Object.assign(of(armId), { notes: null, event: null });
      },
      readHistory: async ({ armId }, key) => of(armId).readHistory(key),
      pageHistory: async ({ armId }, prefix, after, limit) => of(armId).historyAfter(prefix, after).slice(0, limit),
      removeHistory: async ({ armId }, keys) => of(armId).removeHistory(keys),
    };
  };
  const rowAt = (armId: string) => accountRow.parse(of(armId).row?.fields);
  /** Another worker takes the lease. */
  const hold = (armId: string) => {
    const journal = of(armId);
    const lease = { kind: 'held', token: 'another', saveSeq: 1 } as const;
    journal.save({ ...rowAt(armId), lease }, journal.row?.etag ?? null, []);
  };
  return { rows, rowAt, hold, of };
}

const layout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;

/** An adopted target whose account has come through one rotation, each account with a partition of its own in the journal. */
export async function settled(historyRetentionMs?: number) {
  const { rows, ...journals } = partitions();
  const keyturn = simulatedKeyturn({ layout }, { rows, historyRetentionMs });
  const { app, clock, target } = keyturn;
  await app.adopt('demo', { activeSlot: null }, operator);
  clock.advance(3 * target.policy.overlapMs);
  const world = { ...keyturn, ...journals };
  await rotated(app, world);
  return world;
}

export type Settled = Awaited<ReturnType<typeof settled>>;

/** One rotation from begin to end, and what follows until the next may begin; answers its id. */
export async function rotated(app: App, { journal, clock, target }: Settled, name = 'demo', key: string | null = null) {
  const started = await app.startRotation(name, { inactiveKeyUnused: true, idempotencyKey: key }, operator);
  if (started.kind !== 'started') throw new TypeError(JSON.stringify(started));
  await deliverAll(journal, app);
  clock.advance(3 * target.policy.overlapMs);
  return started.rotation.id;
}

/** Moves the account into another group; the settings name it there. `recreated`: it is another account of the same name. */
export function move({ azure, account, target, appFor }: Settled, recreated = false, group = 'rg-moved') {
  azure.world.resourceGroups.push({ ...azure.world.resourceGroups[0], name: group } as never);
  Object.assign(account, { resourceGroup: group, ...(recreated ? { internalId: 'another' } : {}) });
  if (recreated) account.resource.properties.internalId = 'another';
  // Roles on the account or its group do not move along: a person grants them again.
  const { resourceGroup } = target.account;
  for (const one of [...azure.world.roleAssignments])
    azure.world.roleAssignments.push({ ...one, scope: one.scope.replace(`/${resourceGroup}`, `/${group}`) });
  const id = parseAccountId(target.account.armId.replace(/resourceGroups\/[^/]+/, `resourceGroups/${group}`));
  if (id === null) throw new TypeError('no id');
  const moved = { ...target, account: id };
  return { moved, app: appFor([moved]) };
}

export type App = Settled['app'];

export async function adopt(app: App, { clock }: Pick<Settled, 'clock'>, name = 'demo') {
  const first = await app.adopt(name, { activeSlot: null }, operator);
  if (first.kind !== 'not-now' || first.reason !== 'settling') return first;
  clock.advance(first.retryAfterMs ?? 0);
  return await app.adopt(name, { activeSlot: null }, operator);
}
