import { expect, it } from 'vitest';
import { runExplorer } from '../run-explorer.ts';

it.each(['network', 'access', 'keyless'])(
  'no invariant breaks in any life of a change of %s in which the adversary moves once',
  async (change) => {
    const { exitCode, said } = await runExplorer('--change', change, '--budget', '1');
    console.log(said);
    expect(said).toMatch(/budget 1: \d{3,} new states, \d+ transitions, all of them/);
    expect(said).toContain('no invariant breaks');
    expect(exitCode).toBe(0);
  },
  300_000,
);
