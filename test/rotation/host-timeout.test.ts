import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { KeyProbe } from '../../src/keys/ports.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const { functionTimeout } = JSON.parse(readFileSync(new URL('../../host.json', import.meta.url), 'utf8')) as {
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
  const app = createApp({ ...world.ports, probe, targets: fixedTargets([target]) });
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
    const started = await app.startRotation('demo', { idleKeyUnused: true }, operator);
    return started.kind === 'started' ? started.rotation.id : '';
  };
  return { world, app, row, deliver, begin, outage };
}

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
