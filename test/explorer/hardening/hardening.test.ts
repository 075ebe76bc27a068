import { expect, it } from 'vitest';
import { isWhole, tried } from '../../vitest/whole-search.ts';
import { runExplorer } from '../run-explorer.ts';

// All lives with two moves take a quarter of an hour: `npm run explore -- --change network --budget 2 --minutes 30`.
const changes = ['keyless', 'network', 'access'];
it.each(tried(changes, 3))(
  `no invariant breaks in any life of a change of %s in which the adversary moves once${isWhole ? ', nor in those with two moves that time allows' : ''}`,
  async (change) => {
    const budget = isWhole ? ['--budget', '2', '--minutes', '0.5'] : ['--budget', '1'];
    const { exitCode, said } = await runExplorer('--change', change, ...budget);
    console.log(said);
    expect(said.match(/budget 1: \d+ new states, \d+ transitions, all of them/g)).toHaveLength(
      said.match(/budget 0:/g)?.length ?? 0,
    );
    if (isWhole) expect(said).toMatch(/budget 2: \d{3,} new states/);
    expect(said).toContain('no invariant breaks');
    expect(exitCode).toBe(0);
  },
  600_000,
);

it('no invariant breaks when keys cannot be stored, or Azure refuses a look at what it has taken', async ({ skip }) => {
  skip(!isWhole, 'Two moves against a change of keyless are searched with KEYTURN_SEARCH=whole.');
  const moves = 'close the public door|regenerate the active key|taken|refused: account';
  const { exitCode, said } = await runExplorer('--change', 'keyless', '--scene', 'keys on', '--only', moves);
  expect(said).toMatch(/budget 2: \d+ new states, \d+ transitions, all of them/);
  expect(exitCode).toBe(0);
});
