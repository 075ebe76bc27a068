import { describe, expect, it } from 'vitest';
import type { SeenVersions } from '../../../src/keys/gate.ts';
import { gateRules } from '../../../src/rotation/states/closed-gate.ts';
import { hourMs } from '../row-builder.ts';

const settleMs = 120_000;
const told: SeenVersions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: 'd1' };
const owner = { armId: '/a', internalId: 'i1', instance: 'contoso', policy: { probe: 'data-plane' } } as const;
const overlap = { ms: 2 * hourMs, by: 'target', reason: 'policy' };

describe('how long what consumers read must have stood before key2 is regenerated', () => {
  for (const [says, leakedRow, versions, standsForMs] of [
    ['the whole overlap if nothing leaked', null, told, 2 * hourMs],
    ['not at all if key1 leaked: consumers are led to key2 as it is', { slot: 'key1', seen: null }, told, 0],
    ['not at all if key2 leaked and all is as its report knew', { slot: 'key2', seen: told }, told, 0],
    ['the stated overlap if consumers may hold it', { slot: 'key2', seen: null }, told, 600_000],
    [
      'the stated overlap if the pointer was moved since',
      { slot: 'key2', seen: told },
      { ...told, pointer: 'p2' },
      600_000,
    ],
    [
      'the stated overlap if the direct value is another',
      { slot: 'key2', seen: told },
      { ...told, direct: 'd2' },
      600_000,
    ],
    ['the stated overlap if the active key is another', { slot: 'key2', seen: told }, { ...told, key1: 'v9' }, 600_000],
    [
      'until calls have landed if somebody was just making this key',
      { slot: 'key2', seen: told },
      { ...told, key2: 'v9' },
      settleMs,
    ],
    [
      'until calls have landed however short the stated overlap is',
      { slot: 'key2', seen: null, overlapMs: 0 },
      told,
      settleMs,
    ],
  ] as const)
    it(says, () => {
      const leaked = leakedRow && { overlapMs: 600_000, by: 'operator-1', reason: null, ...leakedRow };
      const rules = gateRules({ overlap, leaked }, owner);
      expect(rules.standsForMs('key2', versions)).toBe(standsForMs);
    });
});
