import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseMs } from '../../../src/durable/numbers.ts';
import { tried } from '../../vitest/whole-search.ts';
import { type FrozenWorker, frozenWorker } from './frozen-worker.ts';
import type { Stage } from './frozen-worker-messages.ts';
import type { SharedTime } from './shared-time.ts';

const fenceLost = { kind: 'not-applied', code: 'fence-lost', retryAfterMs: null };
const minuteMs = 60_000;

let worker: FrozenWorker;
let appliedInTime = 0;
beforeAll(async () => {
  worker = await frozenWorker();
});
afterAll(async () => {
  // Nothing has come late either: each write that was applied is one that was woken in time.
  const regenerated = worker.azure.calls.filter(({ operation }) => operation.includes('regenerateKey'));
  await worker.stop();
  expect(regenerated).toHaveLength(appliedInTime);
});

const stages: readonly (readonly [string, Stage])[] = [
  ['while it waits for its token', 'token'],
  ["while the proxy's name is looked up", 'lookup'],
  ['during CONNECT', 'connect'],
  ['during the TLS handshake', 'tls'],
  ['connected, just before it sends', 'last-check'],
];

const meanwhile: readonly (readonly [string, (time: SharedTime) => void, after: (time: SharedTime) => void])[] = [
  ['the lease passed', (time) => time.pass(leaseMs), () => {}],
  [
    'the lease passed by the wall clock alone, the machine being frozen as well',
    (time) => time.setWallClock(leaseMs),
    (time) => time.setWallClock(-leaseMs),
  ],
  [
    'the lease passed while the wall clock was set back by as much',
    (time) => {
      time.pass(leaseMs);
      time.setWallClock(-leaseMs + 1_000);
    },
    (time) => time.setWallClock(leaseMs - 1_000),
  ],
  [
    'the wall clock jumped back by ten minutes',
    (time) => time.setWallClock(-10 * minuteMs),
    (time) => time.setWallClock(10 * minuteMs),
  ],
];

// Windows has no signal that stops a process.
describe.skipIf(process.platform === 'win32').each(stages)('a worker frozen %s', (_, stage) => {
  it.each(tried(meanwhile, 2))('regenerates nothing when it wakes after %s', async (_what, happen, after) => {
    const { outcome, writes } = await worker.frozenAt(stage, 'regenerate', happen);
    after(worker.time);
    expect({ outcome, writes }).toEqual({ outcome: fenceLost, writes: 0 });
  });

  it('stores nothing when it wakes after the lease passed', async () => {
    const { outcome, writes } = await worker.frozenAt(stage, 'store', (time) => time.pass(leaseMs));
    expect({ outcome, writes }).toEqual({ outcome: fenceLost, writes: 0 });
  });

  it('goes on when it wakes in time', async () => {
    for (const write of ['regenerate', 'store'] as const) {
      const ended = await worker.frozenAt(stage, write, (time) => time.pass(leaseMs / 3));
      expect(ended).toEqual({ outcome: 'applied', writes: 1 });
    }
    appliedInTime += 1;
  });
});
