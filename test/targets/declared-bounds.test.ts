import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';

const good = {
  name: 'demo',
  accountId:
    '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai-demo',
  vault: 'kv-demo',
};
const direct = { directSecretName: 'ai-key' };

describe('a bound between the members of a declared target', () => {
  it.each<[string, object, object, string, string]>([
    ['caches, request and a second', { overlap: '4201s' }, { overlap: '4200s' }, 'overlap', 'at least 1h 10m 1s'],
    [
      'a request of a fraction of a second',
      { longestRequest: '1500ms', overlap: '3602500ms' },
      { longestRequest: '1500ms', overlap: '3602499ms' },
      'overlap',
      'at least 1h 2s 500ms',
    ],
    [
      'more than twice the overlap',
      { rotateEvery: '14400001ms' },
      { rotateEvery: '4h' },
      'rotateEvery',
      'more than 4h',
    ],
    [
      'more than twice the overlap and the hold',
      { rotateEvery: '1224001s', holdForStragglers: '7d' },
      { rotateEvery: '1224000s', holdForStragglers: '7d' },
      'rotateEvery',
      'more than 14d 4h: twice the overlap, with holdForStragglers',
    ],
    [
      'a hold of seven days',
      { holdForStragglers: '7d' },
      { holdForStragglers: '604800001ms' },
      'holdForStragglers',
      'at most 7d',
    ],
    [
      '26 h for App Service',
      { ...direct, overlap: '26h' },
      { ...direct, overlap: '93599999ms' },
      'overlap',
      'at least 26h',
    ],
    [
      'more than the 30 days of notice',
      { rotateEvery: '20d', maxValidity: '2592000001ms' },
      { rotateEvery: '20d', maxValidity: '30d' },
      'maxValidity',
      'more than 30d',
    ],
    [
      'rotateEvery, twice the overlap and a day',
      { rotateEvery: '60d', maxValidity: '5284800s' },
      { rotateEvery: '60d', maxValidity: '5284799s' },
      'maxValidity',
      'at least 61d 4h',
    ],
    [
      '40 s between acceptances',
      { newKeyProof: { acceptances: 3, spread: '80s' } },
      { newKeyProof: { acceptances: 3, spread: '80001ms' } },
      'newKeyProof.spread',
      'at most 1m 20s for 3 acceptances: 40s from one to the next, 5m in all',
    ],
    [
      'five minutes of proof',
      { newKeyProof: { acceptances: 100, spread: '5min' } },
      { newKeyProof: { acceptances: 100, spread: '300001ms' } },
      'newKeyProof.spread',
      'at most 5m for 100 acceptances',
    ],
  ])('is exact: %s', (_, fits, breaks, field, accepted) => {
    const problemsOf = (change: object) =>
      declaredTargets([{ ...good, ...change }], 'vault.azure.net', 'KEYTURN_TARGETS').problems;
    expect(problemsOf(fits)).toEqual([]);
    expect(problemsOf(breaks)).toEqual([
      { field: `KEYTURN_TARGETS[0].${field}`, found: expect.any(String), accepted: expect.stringContaining(accepted) },
    ]);
  });
});
