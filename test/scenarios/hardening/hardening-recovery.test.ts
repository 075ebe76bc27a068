import { describe, expect, it } from 'vitest';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { redeliveryMs } from '../../memory-world/life.ts';
import { tried } from '../../vitest/whole-search.ts';
import {
  consumerId,
  type HardeningKeyturn,
  hardeningKeyturn,
  keyturnId,
  languageReader,
  operator,
} from './hardening-keyturn.ts';
import { type NetworkKeyturn, networkKeyturn } from './network-keyturn.ts';

/** What docs/operations.md promises, as for rotations. */
const recoveryMs = 200_000;
const minuteMs = 60_000;
const died = new Error('the process dies here');

interface Scene {
  readonly keyturn: NetworkKeyturn | HardeningKeyturn;
  readonly ask: () => Promise<unknown>;
}

/** A change of several writes, as an operator asks for it. */
const scenes: Readonly<Record<HardeningArea, () => Promise<Scene>>> = {
  network: async () => {
    const keyturn = await networkKeyturn({ armOperationMs: 1_000 });
    const egress = '203.0.113.10';
    const rules = { mode: 'selected-networks', ipRules: [egress], keyturn: { egress, subnetId: null } } as const;
    return { keyturn, ask: () => keyturn.ask(rules) };
  },
  access: async () => {
    const keyturn = hardeningKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
    const roles = [{ role: languageReader, scope: 'account' as const }];
    const asked = [keyturnId, consumerId].map((principalId) => ({ principalId, roles }));
    return { keyturn, ask: () => keyturn.access(asked) };
  },
  keyless: async () => {
    const keyturn = hardeningKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
    for (const id of [keyturnId, consumerId])
      keyturn.grant(id, 'Cognitive Services Language Reader', keyturn.target.account.armId);
    const request = { identities: [consumerId], confirm: ['keys-in-use', 'no-identities-named'] };
    return { keyturn, ask: () => keyturn.keyless(true, request) };
  },
};

interface Lived {
  /** When each write was made: to Azure, of the row, or to the queue. */
  readonly writes: readonly { readonly of: 'azure' | 'row' | 'queue'; readonly atMs: number }[];
  readonly endedAtMs: number;
  /** False: the request was lost before it was written down, and is asked again. */
  readonly isBegun: boolean;
}

/**
 * Asks for the change and delivers its messages until it is over. Its worker dies right after write number `dieAt`: nothing of it
 * reaches anything any more, and its message comes again after `againMs`; a request has none.
 */
async function live(area: HardeningArea, dieAt: number | null, againMs: number): Promise<Lived> {
  const { keyturn, ask } = await scenes[area]();
  const { azure, clock, journal, hardeningRows, target, app } = keyturn;
  // Of several nodes a call meets any one: two lives would need different numbers of a proof's rounds.
  azure.world.pace.gatewayNodes = 1;
  const writes: { of: 'azure' | 'row' | 'queue'; atMs: number }[] = [];
  let isDead = false;
  const wrote = (of: 'azure' | 'row' | 'queue') => {
    writes.push({ of, atMs: clock.nowMs() });
    if (writes.length - 1 !== dieAt) return;
    isDead = true;
    throw died;
  };
  keyturn.afterEachCall(async () => {
    if (isDead) throw died;
    const { host, method } = azure.calls.at(-1) ?? { host: '', method: '' };
    if (host === 'management.azure.com' && ['PUT', 'PATCH', 'DELETE'].includes(method)) wrote('azure');
  });
  const { save } = hardeningRows.ports;
  hardeningRows.ports.save = async (...args) => {
    if (isDead) throw died;
    const saved = await save(...args);
    wrote('row');
    return saved;
  };
  const { queue } = journal;
  const push = queue.push.bind(queue);
  queue.push = (...messages) => {
    if (isDead) throw died;
    const length = push(...messages);
    if (messages.some(({ wakeUp }) => wakeUp.area === area)) wrote('queue');
    return length;
  };
  const state = () => Object(hardeningRows.rows.get(`${target.account.armId.toLowerCase()} ${area}`)?.fields).state;
  const isOver = () => state()?.change === null && state().last !== null;
  const goOn = (work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      if (!isDead) throw error;
    });
  await goOn(ask());
  isDead = false;
  const isBegun = (state()?.change ?? state()?.last ?? null) !== null;
  const endMs = clock.nowMs() + 12 * 60 * minuteMs;
  while (!isOver() && clock.nowMs() < endMs) {
    const [next] = [...queue].sort((one, other) => one.dueAtMs - other.dueAtMs);
    if (next === undefined) break;
    queue.splice(queue.indexOf(next), 1);
    clock.advance(Math.max(0, next.dueAtMs - clock.nowMs()));
    if ('settle' in keyturn) await keyturn.settle();
    await goOn(app.advance(next.wakeUp));
    if (isDead) push({ wakeUp: next.wakeUp, dueAtMs: clock.nowMs() + againMs });
    isDead = false;
  }
  expect(isOver()).toBe(isBegun);
  return { writes, endedAtMs: clock.nowMs(), isBegun };
}

/** How long after write number `at` the next one to Azure was made, or the change was over. */
function untilNextMs({ writes, endedAtMs }: Lived, at: number): number {
  return (writes.slice(at + 1).find(({ of }) => of === 'azure')?.atMs ?? endedAtMs) - (writes[at]?.atMs ?? 0);
}

const losses = [
  ['a worker is killed', redeliveryMs.ofKilledWorker],
  ['a host is lost, with its timers and the message', redeliveryMs.ofLostHost],
] as const;

describe.each<HardeningArea>(['network', 'access', 'keyless'])('a change of %s goes on within 200 seconds', (area) => {
  it.each(tried(losses, 2))(
    'when %s after any of its writes',
    async (_, againMs) => {
      const healthy = await live(area, null, againMs);
      const late: string[] = [];
      let longestMs = 0;
      for (const [at, { of }] of healthy.writes.entries()) {
        const lived = await live(area, at, againMs);
        // Nothing was begun, or all was over before that write.
        if (!lived.isBegun || lived.writes.length <= at) continue;
        const lostMs = untilNextMs(lived, at) - untilNextMs(healthy, at);
        longestMs = Math.max(longestMs, lostMs);
        if (lostMs > recoveryMs) late.push(`${at} (${of}): ${Math.round(lostMs / 1000)} s`);
      }
      console.log(`at most ${Math.round(longestMs / 1000)} s after one of ${healthy.writes.length} writes`);
      expect(late).toEqual([]);
    },
    120_000,
  );
});
