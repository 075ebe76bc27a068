import { describe, expect, it } from 'vitest';
import { type CopyRules, copiesGate } from '../../src/keys/copies/copies-gate.ts';
import type { CopyFact, SeenCopy } from '../../src/keys/copies/copy.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { buildCopy } from '../memory-world/target-builder.ts';

const nowMs = Date.UTC(2026, 0, 5, 12);
const hourMs = 3_600_000;
const print = (text: string) => text as Fingerprint;
const mark = (text: string) => ({ salt: 'salt', mark: print(text) });
const holds = (name: string, key: string): CopyFact => ({
  name,
  kind: 'stored',
  fingerprint: print(key),
  mark: mark(`${name} ${key}`),
});
const absent = (name: string): CopyFact => ({ name, kind: 'absent', mark: mark('nothing') });
const seen = (name: string, text: string, sinceMs = nowMs - 3 * hourMs): SeenCopy => ({ name, ...mark(text), sinceMs });

const ask = (facts: readonly CopyFact[], change: Partial<CopyRules> = {}) =>
  copiesGate(facts, {
    declared: [buildCopy('web'), buildCopy('worker')],
    seen: [seen('web', 'web active'), seen('worker', 'worker active')],
    wanted: print('active'),
    other: print('other'),
    standsForMs: ({ cacheMs }) => cacheMs,
    creates: true,
    leaves: false,
    nowMs,
    ...change,
  });
const both = [holds('web', 'active'), holds('worker', 'active')];

describe('before a key is regenerated, its copies', () => {
  it.each<[string, readonly CopyFact[], Partial<CopyRules>, object]>([
    ['have held the other key for long', both, {}, { kind: 'ready' }],
    ['none are declared', [], { declared: [] }, { kind: 'ready' }],
    ['one that is left behind is not asked', [holds('worker', 'active')], {}, { kind: 'ready' }],
    ['one holds the key', [holds('web', 'other'), holds('worker', 'active')], {}, { kind: 'behind', name: 'web' }],
    [
      'one holds the key behind a foreign one: what can be written is written',
      [holds('web', 'contoso'), holds('worker', 'other')],
      {},
      { kind: 'behind', name: 'worker' },
    ],
    [
      'one holds a foreign value',
      [holds('web', 'contoso'), holds('worker', 'active')],
      {},
      { kind: 'blocked', name: 'web', reason: 'copy-foreign' },
    ],
    [
      'one is disabled',
      [{ name: 'web', kind: 'disabled' }, holds('worker', 'active')],
      {},
      { kind: 'blocked', name: 'web', reason: 'copy-unreadable' },
    ],
    [
      'a leaked key waits for no copy that is foreign or cannot be read',
      [holds('web', 'contoso'), { name: 'worker', kind: 'unreadable' }],
      { leaves: true },
      { kind: 'ready' },
    ],
    [
      'a leaked key that one holds: it is tried',
      [holds('web', 'other')],
      { leaves: true },
      { kind: 'behind', name: 'web' },
    ],
    ['one was never read before', both, { seen: [seen('worker', 'worker active')] }, { kind: 'young', forMs: hourMs }],
    [
      'one has held another version since it was last read',
      both,
      { seen: [seen('web', 'web other'), seen('worker', 'worker active')] },
      { kind: 'young', forMs: hourMs },
    ],
    [
      'the youngest is waited for',
      both,
      { seen: [seen('web', 'web active', nowMs - 10_000), seen('worker', 'worker active', nowMs - 20_000)] },
      { kind: 'young', forMs: hourMs - 10_000 },
    ],
    [
      'one is gone: its last readers have their time',
      [absent('web'), holds('worker', 'active')],
      {},
      { kind: 'young', forMs: hourMs },
    ],
    [
      'one has been gone for long',
      [absent('web'), holds('worker', 'active')],
      { seen: [seen('web', 'nothing'), seen('worker', 'worker active')] },
      { kind: 'ready' },
    ],
    [
      'one is gone that is to be made',
      [absent('web')],
      { declared: [buildCopy('web', { create: true })] },
      { kind: 'behind', name: 'web' },
    ],
    [
      'one is gone that is to be made, after consumers were led: it holds nothing',
      [absent('web')],
      { declared: [buildCopy('web', { create: true })], creates: false, seen: [seen('web', 'nothing')] },
      { kind: 'ready' },
    ],
  ])('%s', (_, facts, change, answer) => {
    const { seen: _seen, ...rest } = ask(facts, change);
    expect(rest).toEqual(answer);
  });

  it('are remembered as they were seen, those that were not read as they were before', () => {
    const before = seen('worker', 'worker active');
    expect(ask([holds('web', 'other')], { seen: [seen('web', 'web active'), before] }).seen).toEqual([
      seen('web', 'web other', nowMs),
      before,
    ]);
    expect(ask([], { declared: [] }).seen).toEqual([]);
  });
});
