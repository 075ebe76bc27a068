import { describe, expect, it } from 'vitest';
import type { Feature } from '../../src/shared/permissions.ts';
import { neededBy, sparedBy } from './grant-exactly.ts';
import { type Ran, runs } from './runs.ts';

/** What needs no permission of its own: it shows each caller what that may see anyway. */
const free = ['microsoft.resourcegraph/resources/action'];

/** A sweep also watches the targets that are under care; copies are led along by a rotation. */
function besides(feature: Feature) {
  if (feature === 'copy') return neededBy('rotate');
  return feature === 'discover' || feature === 'notify' ? neededBy('watch') : [];
}

const lower = (names: Iterable<string>) => new Set([...names].map((name) => name.toLowerCase()));

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
      const granted = lower([...needed, ...sparedBy(feature), ...besides(feature)].map(({ name }) => name));
      const more = ran.flatMap(({ asked }) => [...asked].filter((name) => !granted.has(name) && !free.includes(name)));
      expect(more).toEqual([]);
    });

    it.each(needed)('fails without $name, and says so', async (missing) => {
      const name = missing.name.toLowerCase();
      const isAskedOpenly = whole.some(({ asked }) => asked.has(name));
      const rest = needed.filter((one) => one !== missing);
      for (const [at, run] of scenarios.entries()) {
        if (isAskedOpenly && whole[at]?.asked.has(name) === false) continue;
        const { worked, shown } = await run(rest);
        if (worked) continue;
        if (missing.silent === true) return;
        const text = JSON.stringify(shown);
        expect(text).toContain(missing.name);
        expect(text).toContain(`Give Keyturn's identity the role ${missing.role}`);
        return;
      }
      expect.fail(`it works without ${missing.name}`);
    });
  });
}
