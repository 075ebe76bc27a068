import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { candidatesIn, type FoundTarget, weighTargets } from '../../src/targets/discovered-targets.ts';
import { tagNames } from '../../src/targets/tagged-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const [here, elsewhere] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
const rules = {
  subscriptions: [here],
  vaultUrls: ['https://kv-contoso.vault.azure.net', 'https://kv-other.vault.azure.net'],
  vaultSuffix: 'vault.azure.net',
  instance: 'keyturn-a',
};

function idOf(name: string, subscription = here) {
  const armId = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/${name}`;
  const parsed = parseAccountId(armId);
  if (parsed === null) throw new TypeError(armId);
  return parsed;
}

function tagged(name: string, tags: Record<string, string> = {}, subscription = here) {
  return { account: idOf(name, subscription), tags: { 'keyturn-vault': 'kv-contoso', ...tags } };
}

function candidates(...accounts: ReturnType<typeof tagged>[]) {
  return candidatesIn({ accounts }, [], rules).candidates;
}

function one(name: string, tags: Record<string, string> = {}): FoundTarget {
  const [found] = candidates(tagged(name, tags));
  if (found === undefined) throw new TypeError(`no candidate ${name}`);
  return found;
}

const nothing = { declared: [], kept: [], inFlight: new Set<string>(), readable: new Set([here]) };
const names = (list: readonly FoundTarget[]) => list.map(({ target }) => target.name);

describe('an account by itself', () => {
  it.each<[string, ReturnType<typeof tagged>, string, object]>([
    [
      'outside the subscriptions of the settings',
      tagged('ai-a', {}, elsewhere),
      'subscription-not-allowed',
      { found: elsewhere },
    ],
    [
      'with a vault that is not allowed',
      tagged('ai-a', { 'keyturn-vault': 'kv-evil' }),
      'vault-not-allowed',
      { found: 'https://kv-evil.vault.azure.net' },
    ],
    ['with a bad tag', tagged('ai-a', { 'keyturn-overlap': 'x' }), 'bad-tag', { field: 'keyturn-overlap' }],
  ])('%s is refused, and no other', (_, account, reason, problem) => {
    const found = candidatesIn({ accounts: [account, tagged('ai-b')] }, [], rules);
    expect(found.refused).toEqual([
      { accountId: account.account.armId, reason, problems: [expect.objectContaining(problem)] },
    ]);
    expect(names(found.candidates)).toEqual(['ai-b']);
  });

  it('of another instance is left alone, and told to nobody', () => {
    const found = candidatesIn({ accounts: [tagged('ai-a', { 'keyturn-instance': 'keyturn-b' })] }, [], rules);
    expect(found).toEqual({ candidates: [], refused: [], pausedDeclared: [] });
    expect(candidates(tagged('ai-a', { 'keyturn-instance': 'Keyturn-A' }))).toHaveLength(1);
  });

  it('that is declared stays declared, can be paused, and its other tags are told', () => {
    const declared = [buildTarget({ name: 'demo', account: idOf('ai-a') })];
    const paused = { account: idOf('AI-A'), tags: { 'keyturn-pause': 'true' } };
    expect(candidatesIn({ accounts: [paused] }, declared, rules)).toEqual({
      candidates: [],
      refused: [],
      pausedDeclared: [idOf('ai-a').armId.toLowerCase()],
    });
    const [refused] = candidatesIn({ accounts: [tagged('ai-a')] }, declared, rules).refused;
    expect(refused).toMatchObject({
      reason: 'declared-already',
      problems: [
        {
          ...{ field: 'accountId', found: 'the account of demo' },
          accepted: 'no tags that make a target: the account is declared as demo, only keyturn-pause counts',
        },
      ],
    });
  });
});

describe('accounts beside each other', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['name', { 'keyturn-name': 'ai-a' }, 'name-taken', 'keyturn-name'],
    ['prefix', { 'keyturn-prefix': 'AI-A' }, 'secrets-taken', 'keyturn-prefix'],
    ['secret', { 'keyturn-direct-secret-name': 'ai-a-key1' }, 'secrets-taken', 'keyturn-direct-secret-name'],
  ])('may not share a %s: the first in order has it, and both are named', (_, tags, reason, field) => {
    const weighed = weighTargets(candidates(tagged('ai-b', tags), tagged('ai-a')), nothing, rules);
    expect(names(weighed.targets)).toEqual(['ai-a']);
    expect(weighed.refused).toEqual([
      { accountId: idOf('ai-b').armId, reason, problems: [expect.objectContaining({ field })] },
    ]);
    expect(weighed.refused[0]?.problems[0]?.accepted).toContain('ai-a');
  });

  it('a declared target wins over tags', () => {
    const place = { vaultUrl: 'https://kv-contoso.vault.azure.net', prefix: 'ai-a' };
    const declared = [buildTarget({ name: 'demo', account: idOf('ai-z'), ...place })];
    const weighed = weighTargets(candidates(tagged('ai-a')), { ...nothing, declared }, rules);
    expect(weighed.refused).toMatchObject([{ reason: 'secrets-taken' }]);
    const named = weighTargets(candidates(tagged('ai-b', { 'keyturn-name': 'demo' })), { ...nothing, declared }, rules);
    expect(named.refused).toMatchObject([
      { problems: [{ accepted: 'a name of its own: the declared target demo has it already' }] },
    ]);
  });

  it('who was a target before wins over a newcomer, whatever their ids', () => {
    const kept = [one('ai-z', { 'keyturn-prefix': 'shared' })];
    const now = candidates(
      tagged('ai-a', { 'keyturn-prefix': 'shared' }),
      tagged('ai-z', { 'keyturn-prefix': 'shared' }),
    );
    expect(names(weighTargets(now, { ...nothing, kept }, rules).targets)).toEqual(['ai-z']);
  });

  it('a target whose tags now reach for the ground of another loses it, not the other', () => {
    const kept = [one('ai-a'), one('ai-b')];
    const now = candidates(tagged('ai-a', { 'keyturn-prefix': 'ai-b' }), tagged('ai-b'));
    const weighed = weighTargets(now, { ...nothing, kept }, rules);
    expect(names(weighed.targets)).toEqual(['ai-b']);
    expect(weighed.refused).toMatchObject([{ reason: 'secrets-taken' }]);
  });
});

describe('what was a target before', () => {
  const id = idOf('ai-a').armId.toLowerCase();
  const kept = [one('ai-a')];

  it('is none any more when its tags are gone', () => {
    expect(weighTargets([], { ...nothing, kept }, rules).targets).toEqual([]);
  });

  it('finishes its rotation as it began it, though its tags are gone', () => {
    const weighed = weighTargets([], { ...nothing, kept, inFlight: new Set([id]) }, rules);
    expect(weighed.targets).toEqual([{ ...kept[0], blocked: 'no-longer-a-target' }]);
  });

  it('finishes its rotation as it began it, though its tags are others; then the others count', () => {
    const now = candidates(tagged('ai-a', { 'keyturn-vault': 'kv-other', 'keyturn-pause': 'true' }));
    const busy = weighTargets(now, { ...nothing, kept, inFlight: new Set([id]) }, rules);
    expect(busy.targets).toEqual([{ ...kept[0], blocked: 'paused-by-tag' }]);
    const [after] = weighTargets(now, { ...nothing, kept: busy.targets }, rules).targets;
    expect(after?.target.vaultUrl).toBe('https://kv-other.vault.azure.net');
  });

  it('stands as it was while its subscription cannot be read, and ends when it is no longer allowed', () => {
    const unread = { ...nothing, kept, readable: new Set<string>() };
    expect(weighTargets([], unread, rules).targets).toEqual(kept);
    expect(weighTargets([], unread, { ...rules, subscriptions: [elsewhere] }).targets).toEqual([]);
  });

  it('gives way to the same account declared', () => {
    const declared = [buildTarget({ name: 'other', account: idOf('ai-a') })];
    expect(weighTargets([], { ...nothing, declared, kept, inFlight: new Set([id]) }, rules).targets).toEqual([]);
  });
});

describe('whatever the tags of an account say', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 256 }),
    fc.json({ maxDepth: 3 }),
    fc.constantFrom(
      'ai-b',
      'ai-c',
      'kv-contoso',
      'kv-other',
      'true',
      '1s',
      '3650d',
      '{"__proto__":1}',
      'direct',
      'AI-B-key1',
    ),
  );
  const tags = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...tagNames),
      fc.string({ maxLength: 40 }).map((name) => `keyturn-${name}`),
    ),
    value,
    { maxKeys: 12 },
  );

  it('the others are found, and those that are targets already stay what they are', () => {
    fc.assert(
      fc.property(tags, tags, (some, later) => {
        const declared = [buildTarget({ name: 'declared', account: idOf('ai-declared') })];
        const strange = (said: Record<string, string>) => ({ account: idOf('ai-a'), tags: said });
        const others = [tagged('ai-b'), tagged('ai-c', { 'keyturn-vault': 'kv-other' })];
        const before = candidatesIn({ accounts: [strange(some), ...others] }, declared, rules);
        expect(names(before.candidates)).toEqual(expect.arrayContaining(['ai-b', 'ai-c']));
        const kept = others.map(({ account, tags: said }) => one(account.account, said));
        const weighed = weighTargets(before.candidates, { ...nothing, declared, kept }, rules).targets;
        expect(weighed).toEqual(expect.arrayContaining(kept));
        const after = candidatesIn({ accounts: [strange(later), ...others] }, declared, rules).candidates;
        const stands = weighTargets(after, { ...nothing, declared, kept: weighed }, rules).targets;
        expect(stands).toEqual(expect.arrayContaining(kept));
      }),
      { numRuns: 300 },
    );
  });
});
