import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KilledKeyturn, killedKeyturn, type Strike } from './killed-keyturn.ts';
import { seededRandom } from './seeded-random.ts';

/** `KEYTURN_KILLS` and `KEYTURN_SEED` make it longer or other. */
const wantedKills = Number(process.env.KEYTURN_KILLS ?? 50);
const seed = Number(process.env.KEYTURN_SEED ?? 1);
/** A worker lives for at most so many requests; a whole rotation makes about eighty. */
const longestLife = 30;

let folder: string;
let keyturn: KilledKeyturn;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-killed-'));
  const random = seededRandom(seed);
  const draw = (count: number) => Math.floor(random() * count);
  const nextStrike = (): Strike => ({
    atCall: 1 + draw(longestLife),
    moment: (['arrived', 'applied', { laterMs: draw(40) }] as const)[draw(3)] ?? 'arrived',
  });
  keyturn = await killedKeyturn(folder, nextStrike);
});
afterEach(async () => {
  await keyturn.stop();
  await rm(folder, { recursive: true, force: true });
});

test('workers killed at any moment: every rotation completes, and no consumer notices', {
  timeout: 600_000,
}, async () => {
  const { host, watch, killing } = keyturn;
  expect(await keyturn.ask('POST', 'targets/demo/adopt')).toMatchObject({ status: 200 });
  let rotations = 0;
  while (host.kills < wantedKills) {
    const before = watch.standing();
    const t0 = performance.now();
    const { status, body } = await untilAnswered(() =>
      keyturn.ask('POST', 'targets/demo/rotations', { idleKeyUnused: true }),
    );
    expect(status, JSON.stringify(body)).toBe(202);
    watch.rotationBegins();
    killing.begin();
    expect(await ended(body.id)).toBe('completed');
    killing.end();
    rotations += 1;
    const standing = watch.standing();
    expect(standing).toEqual({ activeSlot: 'activeSlot' in before && before.activeSlot === 'key1' ? 'key2' : 'key1' });
    expect(watch.breaches).toEqual([]);
    expect(watch.regenerated).toBe(2 * rotations);
    console.log(
      rotations,
      host.kills,
      host.hosts,
      watch.requests,
      Math.round(performance.now() - t0),
      new Date(keyturn.time.nowMs()).toISOString(),
    );
  }
  console.log(keyturn.strikes.join('\n'));
  expect(host.kills).toBeGreaterThanOrEqual(wantedKills);
});

/** Asks again while there is no worker to answer. */
async function untilAnswered(ask: () => ReturnType<KilledKeyturn['ask']>) {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 0 && answer.status < 500) return answer;
    await after(20);
  }
}

/** How the rotation ended, once it has. */
async function ended(id: string): Promise<string> {
  const lookEveryMs = 5 * 60_000;
  for (;;) {
    const { body } = await untilAnswered(() => keyturn.ask('GET', `targets/demo/rotations/${id}`));
    if (['completed', 'suspended', 'rolled-back'].includes(body.state)) return body.state;
    const untilMs = keyturn.time.nowMs() + lookEveryMs;
    while (keyturn.time.nowMs() < untilMs) await after(5);
  }
}
