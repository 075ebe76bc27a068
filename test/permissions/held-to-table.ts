import { describe, expect, it } from 'vitest';
import type { Feature } from '../../src/shared/permissions.ts';
import { tried } from '../vitest/whole-search.ts';
import { neededBy, sparedBy } from './grant-exactly.ts';
import { type Ran, runs } from './runs.ts';

/** What needs no permission of its own: it shows each caller what that may see anyway. */
const free = ['microsoft.resourcegraph/resources/action'];

/** A sweep also watches the targets that are under care; copies are led along by a rotation. */
function besides(feature: Feature) {
  if (feature === 'copy') return neededBy('rotate');
  return feature === 'discover' || feature === 'notify' ? neededBy('watch') : [];
}

/** A row may stand for every action of a type: the one to refresh references has no documented name. */
const covers = (row: string, name: string) =>
  row.endsWith('*') ? name.startsWith(row.slice(0, -1).toLowerCase()) : row.toLowerCase() === name;

/**
 * Runs a feature with exactly what the table grants, and once without each row. A file for some features: the scan of a
 * run holds all that was told against all that was issued.
 */
export function heldToTable(feature: Feature): void {
  describe(`with exactly what the table grants, ${feature}`, () => {
    const needed = neededBy(feature);
    const scenarios = runs[feature];
    /** The runs with everything granted; they also tell which of them asks for what. */
    let whole: readonly Ran[] = [];

    it('works, and asks for nothing more', async () => {
      const ran: Ran[] = [];
      for (const run of scenarios) ran.push(await run(needed));
      whole = ran;
      for (const { worked, shown } of ran) expect(worked, JSON.stringify(shown)).toBe(true);
      const granted = [...needed, ...sparedBy(feature), ...besides(feature)].map(({ name }) => name);
      const more = ran.flatMap(({ asked }) =>
        [...asked].filter((name) => !granted.some((row) => covers(row, name)) && !free.includes(name)),
      );
      expect(more).toEqual([]);
    });

    it.each(tried(needed, 3))('fails without $name, and says so', async (missing) => {
      const isAsked = ({ asked }: Ran) => [...asked].some((name) => covers(missing.name, name));
      const isAskedOpenly = whole.some(isAsked);
      const rest = needed.filter((one) => one !== missing);
      for (const [at, run] of scenarios.entries()) {
        const before = whole[at];
        if (isAskedOpenly && before !== undefined && !isAsked(before)) continue;
        const { worked, shown } = await run(rest);
        if (worked) continue;
        if (missing.silent === true) return;
        const text = JSON.stringify(shown);
        expect(text).toContain(missing.name.replace('*', ''));
        expect(text).toContain(`Give Keyturn's identity the role ${missing.role}`);
        return;
      }
      expect.fail(`it works without ${missing.name}`);
    });
  });
}
