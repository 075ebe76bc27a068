/** `npm run compare` without the days that a script's timer takes, and without the kit: README shows what it prints. */
import { describe, expect, it } from 'vitest';
import { readmeCell } from '../attacks/compare/readme-table.ts';
import { type Outcome, problemsOf, runCompare } from '../attacks/compare/run-compare.ts';
import { ways } from '../attacks/compare/ways.ts';

const crowd = { instances: 12, everyMs: 60_000, cacheMs: 300_000 };
const common = { crowd, seed: 1, withKit: false } as const;
const { script, ...withoutScript } = ways;

describe('the ways to rotate a key', () => {
  it('fail as many requests as README says, the controls as they must, and Keyturn none', async () => {
    const outcomes = [
      ...(await runCompare({ ...common, faults: ['healthy', 'lost reply', 'a key spreads for 60 s'] })),
      ...(await runCompare({
        ...common,
        faults: ['killed before the regenerate', 'killed after the regenerate', 'killed after the store'],
        ways: withoutScript,
      })),
    ];
    expect(problemsOf(outcomes)).toEqual([]);
    expect(outcomes).toHaveLength(33);
    const shown = outcomes.map(({ way, fault }) => `${way}, ${fault}: ${readmeCell(fault, way)}`);
    expect(outcomes.map(({ way, fault, failed }) => `${way}, ${fault}: ${failed}`)).toEqual(shown);
  });

  it('prove nothing if a control does not fail, and if the fault meets nobody', async () => {
    const idle = { ...script, rotate: async () => true };
    const outcomes = await runCompare({ ...common, faults: ['lost reply'], ways: { script: idle } });
    expect(problemsOf(outcomes)).toEqual([
      'The run proves nothing: script, lost reply: the fault has met no call.',
      'The run proves nothing: script, lost reply: "requests fail" must be seen, and is not.',
      'The run proves nothing: script, lost reply: "regenerated again" must be seen, and is not.',
    ]);
  });

  it('are not what README says if Keyturn worked as the tutorial does', async () => {
    const likeTutorial = { ...ways.Keyturn, reads: ways.tutorial.reads, rotate: ways.tutorial.rotate } as const;
    const outcomes = await runCompare({
      ...common,
      faults: ['killed after the store'],
      ways: { Keyturn: likeTutorial },
    });
    expect(problemsOf(outcomes)).toEqual(['Keyturn fails: killed after the store: requests fail.']);
  });

  it('fail Keyturn for each of its own signs', () => {
    const well: Outcome = {
      ...{ way: 'Keyturn', fault: 'killed after the regenerate', isDone: true, isStruck: true, requests: 9, failed: 0 },
      ...{ failedWithKit: 0, regenerates: 2, calls: 9, tests: 9, seconds: 9, oldKeyEndsAfterSeconds: 9 },
    };
    const saysOf = (change: Partial<Outcome>) => problemsOf([{ ...well, ...change }]);
    expect(saysOf({})).toEqual([]);
    expect(saysOf({ failed: 1 })).toEqual(['Keyturn fails: killed after the regenerate: requests fail.']);
    expect(saysOf({ failedWithKit: 1 })).toEqual([
      'Keyturn fails: killed after the regenerate: requests fail with the kit.',
    ]);
    expect(saysOf({ isDone: false })).toEqual([
      'Keyturn fails: killed after the regenerate: the rotation is not completed.',
    ]);
    expect(saysOf({ regenerates: 3 })).toEqual(['Keyturn fails: killed after the regenerate: regenerated again.']);
  });
});
