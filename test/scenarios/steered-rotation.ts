import { type AccountRow, accountRow } from '../../src/rotation/account-row.ts';
import type { MemoryWorld } from '../memory-world/memory-world.ts';
import { type CachedConsumer, cachedConsumer } from './cached-consumer.ts';
import { type SimulatedKeyturn, simulatedKeyturn } from './simulated-keyturn.ts';

export const operator = { objectId: 'operator-1' };

/** The default target adopted and its first rotation asked for, with the worst consumers calling after each call of the app. */
export async function rotating(change: Parameters<typeof simulatedKeyturn>[0] = {}) {
  const { keyturn, consumers } = await adopted(change);
  const started = await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  if (started.kind !== 'started') throw new TypeError(`not started: ${JSON.stringify(started)}`);
  return {
    keyturn: Object.assign(keyturn, { startedAtMs: keyturn.clock.nowMs() }),
    consumers,
    id: started.rotation.id,
  };
}

/** The default target adopted `agoMs` ago, by default so long that the gate is ripe, with consumers calling. */
export async function adopted(change: Parameters<typeof simulatedKeyturn>[0] = {}, agoMs?: number) {
  const keyturn = simulatedKeyturn(change);
  await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  keyturn.clock.advance(agoMs ?? keyturn.target.policy.overlapMs + 2_000);
  const consumers = [cachedConsumer(keyturn, 'pointer')];
  if (change.layout?.kind === 'direct') consumers.push(cachedConsumer(keyturn, 'direct'));
  keyturn.afterEachCall(async () => {
    for (const consumer of consumers) await consumer.call();
  });
  return { keyturn, consumers };
}

export function rowOf(world: MemoryWorld): AccountRow {
  return accountRow.parse(world.journal.row?.fields);
}

export function rotationOf(world: MemoryWorld): AccountRow['rotation'] {
  return world.journal.row === null ? null : rowOf(world).rotation;
}

/** Delivers messages in their time until `isMet` holds between two of them, or none is left. */
export async function deliverUntil({ journal, app, clock }: SimulatedKeyturn, isMet: () => boolean): Promise<void> {
  for (let delivered = 0; delivered < 200; delivered += 1) {
    const next = [...journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
    if (next === undefined || (delivered > 0 && isMet())) return;
    journal.queue.splice(journal.queue.indexOf(next), 1);
    if (next.dueAtMs > clock.nowMs()) clock.advance(next.dueAtMs - clock.nowMs());
    await app.advance(next.wakeUp);
  }
}

/** How many calls of consumers failed, and whether there were any to speak of. */
export function callsOf(consumers: readonly CachedConsumer[]) {
  return {
    failed: consumers.reduce((sum, { failures }) => sum + failures.length, 0),
    enough: consumers.every(({ requests }) => requests > 5),
  };
}
