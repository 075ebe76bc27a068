/** Whatever happens, in whatever order: what the kit promises of the key that it hands out, and of its calls to the vault. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HiddenKey } from '../../consumer/src/contract.ts';
import { keptVault } from './kept-vault.ts';
import { movedTime } from './moved-time.ts';

const cacheMs = 600_000;
const lastGoodForMs = 900_000;
/** How long after a failed read an old key is handed out without asking first, with the read that may be under way. */
const knownToFailMs = 2 * 60_000 + 10_000;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 400_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 12_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sleep'), ms: fc.integer({ min: 1, max: 3_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set clock on'), ms: fc.integer({ min: 1, max: 3_000_000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('request'), ms: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('refused'), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate'), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('slow'), ms: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail'), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mend'), ms: fc.constant(0) }) },
);

/** The clock is set on while a forced read is under way: the read that this makes due comes between two that are forced. */
const betweenTwoForced = [
  { do: 'slow', ms: 4_721 },
  { do: 'refused', ms: 0 },
  { do: 'set clock on', ms: 294_721 },
  { do: 'pass', ms: 5_279 },
  { do: 'refused', ms: 0 },
];

it('hands out no key older than declared while the vault answers, reads once at a time, and forces at most one read in 10 s', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 9 }),
      async (steps, chances) => {
        let drawn = 0;
        const time = movedTime(() => chances[drawn++ % chances.length] ?? 0);
        const { keep, vault, reads } = keptVault(time);
        const kept = await keep({ cacheMs, lastGoodForMs });
        let generation = 0;
        const answers: Promise<void>[] = [];
        let latest: HiddenKey = await kept.current();

        const request = async () => {
          try {
            latest = await kept.current();
          } catch {
            const lastGood = reads.findLast(({ outcome }) => outcome === 'read')?.endedTrueMs ?? 0;
            expect(time.trueMs() - lastGood).toBeGreaterThanOrEqual(lastGoodForMs);
            return;
          }
          const nowMs = time.trueMs();
          const read = reads.findLast(({ outcome, text }) => outcome === 'read' && text === latest.reveal());
          if (read === undefined) throw new TypeError('a key that no read has brought');
          const isFailing = reads.some(
            ({ outcome, endedTrueMs }) =>
              (outcome === 'failed' || outcome === 'aborted') && nowMs - (endedTrueMs ?? 0) <= knownToFailMs,
          );
          if (!isFailing) expect(nowMs - read.startedTrueMs).toBeLessThan(cacheMs);
        };

        for (const { do: act, ms } of steps) {
          if (act === 'pass') await time.pass(ms);
          if (act === 'sleep') time.sleep(ms);
          if (act === 'set clock on') time.correct(ms);
          if (act === 'request') answers.push(request());
          // Heard at the end; until then a failure must not count as unhandled.
          answers.at(-1)?.catch(() => {});
          if (act === 'refused') answers.push(kept.refused(latest).then(() => {}));
          if (act === 'rotate') vault.text = `generation ${++generation}`;
          if (act === 'slow') vault.latencyMs = ms;
          if (act === 'fail') vault.failure = 'vault-unavailable';
          if (act === 'mend') Object.assign(vault, { failure: null, latencyMs: 20 });
          await time.pass(0);
          expect(reads.filter(({ outcome }) => outcome === 'under way').length).toBeLessThanOrEqual(1);
        }
        await time.pass(60_000);
        await Promise.all(answers);
        kept.close();
        await time.pass(60_000);

        const forced = reads.filter((read, index) => {
          const before = reads[index - 1];
          return before?.outcome === 'read' && read.startedTrueMs - before.startedTrueMs < cacheMs / 2 - 1;
        });
        const byClockSet = steps.filter(({ do: act }) => act === 'set clock on').length;
        const tooSoon = forced.filter(
          (read, index) =>
            read.startedMonotonicMs - (forced[index - 1]?.startedMonotonicMs ?? Number.NEGATIVE_INFINITY) < 10_000,
        );
        // A clock that is set on makes a key look old, and its read may come soon after a forced one and soon before the next.
        expect(tooSoon.length).toBeLessThanOrEqual(2 * byClockSet);
      },
    ),
    { numRuns: 1000, examples: [[betweenTwoForced, [0]]] },
  );
});

const hintStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 50_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep'), ms: fc.integer({ min: 1, max: 600_000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('forged hint'), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate and hint'), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slow'), ms: fc.integer({ min: 1, max: 9_000 }) }) },
);

it('hints make the vault be read at most once a minute, one read at a time, and the true one within 90 s and a read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hintStep, { maxLength: 60 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 9 }),
      async (steps, chances) => {
        let drawn = 0;
        const time = movedTime(() => chances[drawn++ % chances.length] ?? 0);
        const { keep, vault, reads } = keptVault(time);
        // Longer than the test: no read but the first and those for hints.
        const kept = await keep({ cacheMs: 86_400_000 });
        let generation = 0;
        for (const { do: act, ms } of steps) {
          if (act === 'pass') await time.pass(ms);
          if (act === 'sleep') time.sleep(ms);
          if (act === 'slow') vault.latencyMs = ms;
          if (act === 'forged hint') kept.hinted(`forged ${drawn}`);
          if (act === 'rotate and hint') {
            vault.text = `generation ${++generation}`;
            kept.hinted(vault.text);
          }
          expect(reads.filter(({ outcome }) => outcome === 'under way').length).toBeLessThanOrEqual(1);
        }
        await time.pass(90_000 + 2 * 9_000);
        expect(kept.now().reveal()).toBe(vault.text);
        kept.close();
        // The first of two reads may have waited for one that was under way.
        const pauses = reads
          .slice(2)
          .map((read, index) => read.startedMonotonicMs - (reads[index + 1]?.startedMonotonicMs ?? 0));
        expect(Math.min(...pauses, 60_000)).toBeGreaterThanOrEqual(60_000 - 9_000);
        const passedMs = time.monotonicMs();
        expect(reads.length).toBeLessThanOrEqual(2 + passedMs / 60_000);
      },
    ),
    { numRuns: 500 },
  );
});
