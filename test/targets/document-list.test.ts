import { describe, expect, it } from 'vitest';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { changedAccounts, droppedTargets, needsAcceptance, nextList } from '../../src/targets/document-list.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

/** A target, as the document writes it: its account, its name and where its secrets lie. */
function listed(account: string, { name = account, prefix = account } = {}) {
  const id = parseAccountId(
    `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai-${account}`,
  );
  if (id === null) throw new TypeError(account);
  return { target: buildTarget({ account: id, name, prefix }), written: { name, prefix }, blocked: null };
}

const idOf = (account: string) => listed(account).target.account.armId.toLowerCase();
const [a, b] = [listed('a'), listed('b')];
const moved = listed('a', { prefix: 'elsewhere' });

describe('the list of targets, when the document says another one', () => {
  it.each<[string, { kept: (typeof a)[]; wanted: (typeof a)[]; inFlight?: string[] }, readonly string[]]>([
    ['takes a new target in', { kept: [a], wanted: [a, b] }, ['a', 'b']],
    ['lets one go that rests', { kept: [a, b], wanted: [a] }, ['a']],
    [
      'keeps one that rotates, as it is, and begins nothing for it',
      { kept: [a, b], wanted: [a], inFlight: ['b'] },
      ['a', 'b no-longer-a-target, then gone'],
    ],
    ['gives one that rests its new definition', { kept: [a], wanted: [moved] }, ['a@elsewhere']],
    [
      'gives one that rotates its new definition afterwards',
      { kept: [a], wanted: [moved], inFlight: ['a'] },
      ['a, then a@elsewhere'],
    ],
    ['leaves a rotation alone that the document leaves alone', { kept: [a], wanted: [a], inFlight: ['a'] }, ['a']],
    [
      'lets a new target wait for the secrets of one that rotates',
      { kept: [a], wanted: [listed('c', { prefix: 'a' })], inFlight: ['a'] },
      ['a no-longer-a-target, then gone', 'c@a waits for prefix'],
    ],
    [
      'lets a new target wait for the name of one that rotates',
      { kept: [a], wanted: [listed('c', { name: 'a' })], inFlight: ['a'] },
      ['a no-longer-a-target, then gone', 'a@c waits for name'],
    ],
  ])('%s', (_, { kept, wanted, inFlight = [] }, expected) => {
    const list = nextList(kept, wanted, new Set(inFlight.map(idOf)));
    const shown = ({ name, prefix }: Readonly<Record<string, unknown>>) =>
      name === prefix ? name : `${name}@${prefix}`;
    expect([
      ...list.targets.map(({ written, blocked, next }) => {
        const then = next === undefined ? '' : next === null ? ', then gone' : `, then ${shown(next)}`;
        return `${shown(written)}${blocked === null ? '' : ` ${blocked}`}${then}`;
      }),
      ...list.waiting.map(
        ({ written, problems }) => `${shown(written)} waits for ${problems[0]?.field.replace('keyturn-', '')}`,
      ),
    ]).toEqual(expected);
  });

  it('asks only of changed targets whether a rotation is in flight', () => {
    expect(changedAccounts([a, b], [moved, b]).map(({ name }) => name)).toEqual(['a']);
  });
});

describe('targets that a document drops', () => {
  it('are told by their accounts: a new name is no loss', () => {
    expect(droppedTargets([a, b], [listed('a', { name: 'renamed' })]).map(({ name }) => name)).toEqual(['b']);
  });

  it.each([
    [0, 0, false],
    [0, 5, false],
    [1, 5, false],
    [2, 5, true],
    [1, 4, true],
    [20, 100, false],
    [21, 100, true],
    [1, 1, true],
  ])('%i of %i: a person has to accept it: %s', (dropped, before, expected) => {
    expect(needsAcceptance(dropped, before)).toBe(expected);
  });
});
