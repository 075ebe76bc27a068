import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { issuedSecrets } from '../../../local/simulated-azure/issued-secrets.ts';
import { findSecrets, type Place } from '../../secret-scan/find-secrets.ts';
import { storedFiles, storedTexts } from '../../secret-scan/stored-texts.ts';
import { isWhole, tried } from '../../vitest/whole-search.ts';
import { seededRandom } from '../seeded-random.ts';
import { isWrite, type KilledKeyturn, killedKeyturn, type Layout, type Strike } from './killed-keyturn.ts';

/** `KEYTURN_KILLS` and `KEYTURN_SEED` make it longer, or another one. A seed fixes where it strikes, not what real processes do meanwhile. */
const wantedKills = Number(process.env.KEYTURN_KILLS ?? (isWhole ? 30 : 6));
const seed = Number(process.env.KEYTURN_SEED ?? 1);
/** A worker lives for at most so many requests to Azure; an undisturbed rotation makes about a hundred. */
const longestLife = 18;
/** The machine's time only ends a test that hangs; what is too long for a rotation is told by simulated time. */
const timeout = Math.max(1_200_000, 30_000 * wantedKills);
const longestRotationMs = 3 * 24 * 60 * 60_000;
/** How the kills are shared out. */
const killsBy: readonly (readonly [Layout, number])[] = [
  ['pointer', Math.ceil(wantedKills / 2)],
  ['direct', Math.floor(wantedKills / 2)],
];

/*
 * The built app on its host, with production's settings and constants, on Azurite and the simulated Azure; only the time
 * is ours (shared-time.ts), or each kill would cost the minutes that lease and settle time take. Its worker is killed with
 * SIGKILL as a request of it arrives, once it was applied, or some milliseconds later (then often while it saves its row,
 * or starts), and the host starts the next one; after its third crash within half an hour the host itself ends, as it
 * does in Azure, and a new one is started.
 */
// For a push by pointer: rotation/whole/crash-matrix.test.ts has both.
test.each(tried(killsBy, 2))(
  'workers killed at any moment (%s layout, %i kills): every rotation completes, and no consumer notices',
  {
    timeout,
  },
  async (layout, layoutKills) => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-killed-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const keyturn = await killedKeyturn(
      folder,
      layout,
      layoutKills,
      strikes(layout === 'pointer' ? seed : seed + 1_000),
    );
    onTestFinished(() => keyturn.stop());
    const { host, watch, killing, azure, answers } = keyturn;
    const startedMs = performance.now();
    const stored: Place[] = [];

    expect(await keyturn.ask('POST', 'targets/demo/adopt')).toMatchObject({ status: 200 });
    let activeSlot = 'key1';
    let rotations = 0;
    while (host.kills < layoutKills) {
      expect(watch.standing()).toEqual({ activeSlot });
      watch.rotationBegins();
      const started = await untilAnswered(() =>
        keyturn.ask('POST', 'targets/demo/rotations', { inactiveKeyUnused: true }),
      );
      expect(started).toMatchObject({ status: 202 });
      killing.begin();
      expect(await endOf(keyturn, started.body.id)).toBe('completed');
      killing.end();
      rotations += 1;
      activeSlot = activeSlot === 'key1' ? 'key2' : 'key1';
      expect(watch.breaches).toEqual([]);
      expect(watch.regenerated).toBe(2 * rotations);
      stored.push(...(await storedTexts(keyturn.connectionString)));
    }
    expect(watch.standing()).toEqual({ activeSlot });

    await keyturn.stop();
    stored.push(...(await storedFiles(keyturn.storageFolder)));
    const produced = [
      ...stored,
      ...host.log.map((entry) => ({ where: 'the log of host and worker', text: JSON.stringify(entry) })),
      ...answers.map((text) => ({ where: 'an answer of the admin API', text })),
    ];
    expect(stored.some(({ text }) => text.includes('rotationId'))).toBe(true);
    expect(host.log.some(({ message }) => message.includes('rotation-moved'))).toBe(true);
    const secretLeaks = findSecrets(issuedSecrets(azure), produced);
    expect(secretLeaks).toEqual([]);

    const figures = {
      layout,
      seed,
      kills: host.kills,
      killsAtWrites: keyturn.happened.filter(({ what, where }) => what === 'kill' && isWrite.test(where)).length,
      hosts: host.hosts,
      rotations,
      completed: rotations,
      consumerRequests: watch.requests,
      consumerFailures: watch.breaches.length,
      regenerated: watch.regenerated,
      secretsLookedFor: issuedSecrets(azure).length,
      textsScanned: produced.length,
      secretLeaks: secretLeaks.length,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
    console.log(JSON.stringify(figures));
  },
);

/** The next strike, whenever one is asked for; the same ones for the same seed. */
function strikes(from: number): () => Strike {
  const random = seededRandom(from);
  const draw = (count: number) => Math.floor(random() * count);
  return () => ({
    // Writes are few, and the moments around them the worst: every third strike is for them.
    ...(draw(3) === 0
      ? ({ of: 'writes', nth: 1 + draw(2) } as const)
      : ({ of: 'requests', nth: 1 + draw(longestLife) } as const)),
    moment: (['arrived', 'applied', { laterMs: draw(40) }] as const)[draw(3)] ?? 'arrived',
  });
}

/** Asks again while there is no worker to answer. */
async function untilAnswered(ask: () => ReturnType<KilledKeyturn['ask']>) {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 0 && answer.status < 500) return answer;
    await after(20);
  }
}

const lookEveryMs = 5 * 60_000;

/**
 * How the rotation ended, once it has. Where kills and a busy machine have used up a state's patience, a person lets it go
 * on: nothing is lost by that, and a suspension for any other reason is an end.
 */
async function endOf(keyturn: KilledKeyturn, id: string): Promise<string> {
  const latestMs = keyturn.time.nowMs() + longestRotationMs;
  for (;;) {
    if (keyturn.time.nowMs() > latestMs) return 'under way for three days';
    const { body } = await untilAnswered(() => keyturn.ask('GET', `targets/demo/rotations/${id}`));
    if (body.state === 'suspended' && body.reason.endsWith('-overdue'))
      await untilAnswered(() => keyturn.ask('POST', `targets/demo/rotations/${id}/resume`));
    else if (body.state === 'suspended') return `suspended: ${body.reason}`;
    if (['completed', 'rolled-back'].includes(body.state)) return body.state;
    const nextLookMs = keyturn.time.nowMs() + lookEveryMs;
    while (keyturn.time.nowMs() < nextLookMs) await after(5);
  }
}
