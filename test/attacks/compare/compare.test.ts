import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isWhole } from '../../vitest/whole-search.ts';
import { help, readCompareOptions } from './compare-options.ts';
import { faultTable, introduction } from './comparison-text.ts';
import { faultNames } from './faults.ts';
import { readmeCell } from './readme-table.ts';
import { type Outcome, problemsOf, runCompare } from './run-compare.ts';
import { type WayName, wayNames, ways } from './ways.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const crowd = { instances: 12, everyMs: minuteMs, cacheMs: 5 * minuteMs };
const number = (value: number) => value.toLocaleString('en-US');

describe('the whole comparison', () => {
  // The script waits for its timer for days: by night. test/scenarios/compare.test.ts holds README to the other ways each time.
  if (isWhole)
    it('is in README, as it is printed, within 100 columns', async () => {
      const printed: string[] = [introduction(crowd)];
      const told = (outcomes: readonly Outcome[]) => printed.push(faultTable(outcomes));
      const outcomes = await runCompare({ crowd, seed: 1, withKit: true, told });
      expect(problemsOf(outcomes)).toEqual([]);
      expect(outcomes).toHaveLength(faultNames.length * wayNames.length);

      const of = (way: WayName) => outcomes.filter((outcome) => outcome.way === way);
      for (const way of wayNames) {
        const rows = Object.fromEntries(of(way).map(({ fault, failed }) => [fault, number(failed)]));
        const again = of(way).filter(({ regenerates }) => regenerates > ways[way].regenerates).length;
        const [healthy = expect.fail()] = of(way);
        const { oldKeyEndsAfterSeconds: endsAfter, tests } = healthy;
        expect({
          ...Object.fromEntries(Object.keys(rows).map((row) => [row, readmeCell(row, way)])),
          again: readmeCell('runs of the six in which a key is regenerated once more', way),
          tests: readmeCell('calls that try a key', way),
          ends: readmeCell('the key that was in use ends', way),
        }).toEqual({
          ...rows,
          again: number(again),
          tests: number(tests),
          ends: endsAfter === null ? 'at the next rotation' : `after ${number(endsAfter)} s`,
        });
      }
      const lines = printed.join('\n').split('\n');
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
      expect(lines.filter((line) => line.includes('✘'))).toEqual([]);
      expect(lines.filter((line) => line.includes('✔')).length).toBeGreaterThan(2 * faultNames.length);
    });

  it('ends with 1 if a control did not fail, and says which', () => {
    const file = fileURLToPath(new URL('compare.ts', import.meta.url));
    // So few read the key that nobody does while it spreads.
    const few = ['--instances', '2', '--every', '10m', '--cache', '30m', '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...few], { encoding: 'utf8' });
    const result = z
      .object({ instances: z.number(), outcomes: z.array(z.unknown()), problems: z.array(z.string()) })
      .parse(JSON.parse(stdout));
    expect(result).toMatchObject({ instances: 2, problems: stderr.trimEnd().split('\n') });
    expect(result.outcomes).toHaveLength(faultNames.length * wayNames.length);
    expect(stderr).toContain(
      'proves nothing: template, a key spreads for 60 s: "requests fail" must be seen, and is not.',
    );
    expect(stderr).not.toContain('Keyturn fails');
    expect(status).toBe(1);
  });
});

describe('the command line', () => {
  it('has a default for everything, and takes what is asked for', () => {
    expect(readCompareOptions([])).toEqual({ crowd, seed: 1, json: false });
    expect(readCompareOptions(['--instances', '40', '--every=30s', '--cache', '2m', '--seed', '0', '--json'])).toEqual({
      crowd: { instances: 40, everyMs: 30 * secondMs, cacheMs: 2 * minuteMs },
      seed: 0,
      json: true,
    });
    expect(readCompareOptions(['--json', '--help'])).toBe(help);
  });

  it.each([
    [['--instances', 'many'], '--instances takes a whole number from 1 to 999'],
    [['--instances=1000'], '--instances takes a whole number from 1 to 999'],
    [['--every', '30'], '--every takes a duration with its unit, such as 60s, from 1s to 1h'],
    [['--cache', '30s'], '--cache takes a duration with its unit, such as 5m, from 1m to 2h'],
    [['--cache'], '--cache takes a duration with its unit'],
    [['--json=yes'], '--json takes no value'],
    [['--sed', '5'], '--sed is no option of the comparison'],
    [['5'], '5 is no option of the comparison'],
  ])('refuses %j', (args, message) => {
    expect(readCompareOptions(args)).toContain(message);
  });
});
