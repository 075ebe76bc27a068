import { expect, it } from 'vitest';
import { isWhole, tried } from '../vitest/whole-search.ts';
import { runExplorer } from './run-explorer.ts';

const layouts = ['settings', 'direct', 'stragglers', 'copies'];

// quick.test.ts has those by pointer with one move. All lives with two moves take five minutes a layout: `npm run explore -- --budget 2`.
it.each(isWhole ? ['pointer', ...layouts] : tried(layouts, 3))(
  `no invariant breaks in any life in which the adversary moves once${isWhole ? ', nor in those with two moves that time allows' : ''}: %s`,
  async (layout) => {
    const { exitCode, said } = await runExplorer(
      ...['--layout', layout],
      ...(isWhole ? ['--budget', '2', '--minutes', '0.5'] : ['--budget', '1']),
    );
    console.log(said);
    expect(said).toMatch(/budget 1: \d+ new states, \d+ transitions, all of them/);
    if (isWhole) expect(said).toMatch(/budget 2: \d{4,} new states/);
    expect(said).toContain('no invariant breaks');
    expect(exitCode).toBe(0);
  },
  900_000,
);
