import { describe, expect, it } from 'vitest';
import { hardeningStages, type Reached } from '../../../src/app/hardening/hardening-stages.ts';

const none: Reached = {
  'keys-rotated': null,
  'network-closed': null,
  'roles-granted': null,
  'keyless-proved': null,
  'keys-off': null,
};

describe('the ladder', () => {
  it.each<[string, Partial<Reached>, string | null, string | null]>([
    ['begins with a rotation', {}, null, 'keys-rotated'],
    ['goes on to the network', { 'keys-rotated': 1 }, 'keys-rotated', 'network-closed'],
    ['shows the highest rung, and the lowest that is missing', { 'roles-granted': 1 }, 'roles-granted', 'keys-rotated'],
    ['asks no rotation of a target without keys', { 'keyless-proved': 1, 'keys-off': 1 }, 'keys-off', 'network-closed'],
    [
      'ends',
      { 'keys-rotated': 1, 'network-closed': 1, 'roles-granted': 1, 'keyless-proved': 1, 'keys-off': 1 },
      'keys-off',
      null,
    ],
  ])('%s', (_, reached, stage, next) => {
    const way = hardeningStages('demo', { ...none, ...reached });
    expect([way.stage, way.next?.stage ?? null]).toEqual([stage, next]);
    // A plan or a proof: whatever still stands in the way is told, and not refused.
    if (way.next !== null) expect(way.next.request).toMatch(/\/api\/targets\/demo\/.*(\?dryRun=true|\/verify)$/);
  });
});
