import { expect, test } from 'vitest';
import { difference, openRisks, type Risk } from '../../src/shared/difference.ts';

const note: Risk = { name: 'made-moot', level: 'advisory', text: 'Rules count for nothing.' };
const cutOff: Risk = { name: 'cuts-off-consumer', level: 'confirm', text: 'The shop is cut off.' };
const wall: Risk = { name: 'no-subdomain', level: 'blocked', text: 'The account has no custom subdomain.' };

test.each([
  { name: 'no risk is none', risks: [], risk: 'none' },
  { name: 'a note is advisory', risks: [note], risk: 'advisory' },
  { name: 'the gravest counts, wherever it stands', risks: [note, wall, cutOff], risk: 'blocked' },
])('$name', ({ risks, risk }) => {
  expect(difference('rules', 'asked for', {}, risks).risk).toBe(risk);
});

test('advisory risks never hold a plan up, confirmed ones no longer, blocked ones always', () => {
  const plan = [difference('a', 'asked', {}, [note, cutOff]), difference('b', 'asked', {}, [cutOff, wall])];
  expect(openRisks(plan, [])).toEqual([cutOff, wall]);
  expect(openRisks(plan, ['cuts-off-consumer', 'no-subdomain'])).toEqual([wall]);
});
