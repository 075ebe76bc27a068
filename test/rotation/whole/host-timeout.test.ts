import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { shortWaitMs } from '../../../src/durable/numbers.ts';
import type { KeyProbe } from '../../../src/keys/ports.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { operator } from '../../memory-world/life.ts';
import type { MemoryAccount } from '../../memory-world/memory-account.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const minuteMs = 60_000;
const { functionTimeout } = JSON.parse(readFileSync(new URL('../../../host.json', import.meta.url), 'utf8')) as {
  functionTimeout: string;
};
const [hours = 0, minutes = 0] = functionTimeout.split(':').map(Number);
const timeoutMs = (hours * 60 + minutes) * minuteMs;

function living(policy: NonNullable<Parameters<typeof buildTarget>[0]>['policy'] = {}) {
  const target = buildTarget({ policy });
  const world = memoryWorld();
  const outage = { isOn: false };
  const probe: KeyProbe = {
    call: (of, key) =>
      outage.isOn ? Promise.resolve({ kind: 'unknown', code: 'http-503' }) : world.ports.probe.call(of, key),
  };
  const { clock } = world.ports;
  let longestSleepMs = 0;
  const sleep = async (durationMs: number) => {
    longestSleepMs = Math.max(longestSleepMs, durationMs);
    await clock.sleep(durationMs);
  };
  const app = createApp({ ...world.ports, clock: { ...clock, sleep }, probe, targets: fixedTargets([target]) });
  const row = () => world.journal.row?.fields as AccountRow;
  /** The longest that one invocation took, while messages are delivered until `isMet`. */
  const deliver = async (isMet: () => boolean) => {
    let longestMs = 0;
    for (let delivered = 0; delivered < 300 && !isMet(); delivered += 1) {
      const next = [...world.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) break;
      world.queue.splice(world.queue.indexOf(next), 1);
      if (next.dueAtMs > world.clock.nowMs()) world.clock.advance(next.dueAtMs - world.clock.nowMs());
      const begunMs = world.clock.nowMs();
      await app.advance(next.wakeUp);
      longestMs = Math.max(longestMs, world.clock.nowMs() - begunMs);
    }
    return longestMs;
  };
  const begin = async () => {
    await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(3 * 60 * minuteMs);
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    return started.kind === 'started' ? started.rotation.id : '';
  };
  return { world, app, row, deliver, begin, outage, longestSleepMs: () => longestSleepMs };
}

const proofOf = (acceptances: number, spreadMs: number) => ({ newKeyProof: { acceptances, spreadMs } });

describe('a rotation that waits holds no invocation', () => {
  it.each<[string, Parameters<typeof living>[0], (account: MemoryAccount) => void]>([
    [
      'while consumers may hold the old key, and while that one lingers',
      {},
      (account) => {
        account.oldKeyAcceptedMs = 6 * 60 * minuteMs;
      },
    ],
    [
      'while a new key spreads for ten minutes',
      {},
      (account) => {
        account.newKeyRefusedMs = 10 * minuteMs;
      },
    ],
    ['between the calls of a proof of 20 over five minutes', proofOf(20, 5 * minuteMs), () => {}],
    ['between the calls of a proof of two, 40 seconds apart', proofOf(2, 40_000), () => {}],
    ['between the calls of a proof six seconds apart', proofOf(11, minuteMs), () => {}],
  ])('%s', async (_, policy, change) => {
    const { world, row, deliver, begin, longestSleepMs } = living(policy);
    change(world.account);
    await begin();
    const longestMs = await deliver(() => row().rotation === null || row().rotation?.kind === 'suspended');
    expect(row().lastEnd?.outcome).toBe('completed');
    // The longest is the usual proof of a new key, which calls all the time.
    expect(longestMs / 1_000).toBeLessThan(60);
    expect(longestSleepMs()).toBeLessThanOrEqual(shortWaitMs);
  });
});

describe('no invocation outlasts the host', () => {
  it('rolling back while the endpoint gives no clear answer', async () => {
    const { app, row, deliver, begin, outage } = living();
    const id = await begin();
    await deliver(() => row().rotation?.kind === 'overlapping');
    outage.isOn = true;
    await app.rollBack('demo', id, operator);
    const longestMs = await deliver(() => row().rotation === null || row().rotation?.kind === 'suspended');
    expect(longestMs / minuteMs).toBeLessThan(timeoutMs / minuteMs);
  });

  it('proving a new key for as long as the settings allow', async () => {
    const { row, deliver, begin } = living({ newKeyProof: { acceptances: 20, spreadMs: 5 * minuteMs } });
    await begin();
    const longestMs = await deliver(() => row().rotation === null || row().rotation?.kind === 'suspended');
    expect(longestMs / minuteMs).toBeLessThan(timeoutMs / minuteMs);
  });
});
