import { expect, it } from 'vitest';
import { isWhole } from '../vitest/whole-search.ts';
import { runExplorer } from './run-explorer.ts';

/** What was found, without the time that it took. */
async function found(...args: readonly string[]) {
  const { exitCode, said } = await runExplorer('--budget', '1', ...args);
  expect(exitCode).toBe(0);
  return said.replace(/, [\d.]+ s$/gm, '');
}

/** In which ways lives ended, by layout. */
const verdicts = (said: string) =>
  [...said.matchAll(/ends: (.*)/g)].map(([, ends]) => Object.keys(JSON.parse(ends ?? '')));

it('the search is the same from either slot, and its cuts leave out no verdict', async ({ skip }) => {
  skip(!isWhole, 'Lives are searched with and without the cuts, and from both slots, with KEYTURN_SEARCH=whole.');
  const whole = await found();
  const other = await found('--slot', 'key2');
  const withoutCopy = (said: string) => said.split('pointer layout with a copy')[0];
  expect(withoutCopy(other)).toBe(withoutCopy(whole));
  // With a copy, a few states more are told apart from one slot than from the other; how lives end is the same, each as often.
  expect(other.match(/ends: .*/g)).toEqual(whole.match(/ends: .*/g));
  // By pointer: without the cuts the other layouts take as long again, and the cuts are the same.
  const uncut = verdicts(await found('--uncut', '--layout', 'pointer'));
  expect(uncut).toHaveLength(1);
  expect(verdicts(whole).map((each) => each.sort())).toContainEqual(uncut[0]?.sort());
});
