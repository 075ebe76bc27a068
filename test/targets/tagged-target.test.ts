import { describe, expect, it } from 'vitest';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import {
  asksForTarget,
  isPaused,
  ownTags,
  taggedTarget,
  tagNames,
  writtenTarget,
} from '../../src/targets/tagged-target.ts';

const hourMs = 3_600_000;

function account(name = 'AI-Contoso_1') {
  const armId = `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/${name}`;
  const parsed = parseAccountId(armId);
  if (parsed === null) throw new TypeError(armId);
  return parsed;
}

function read(tags: Record<string, string>, name?: string) {
  return taggedTarget({ account: account(name), tags }, ownTags(tags), 'vault.azure.net');
}

function target(tags: Record<string, string>, name?: string) {
  const made = read({ 'keyturn-vault': 'kv-contoso', ...tags }, name);
  if ('problems' in made) throw new TypeError(JSON.stringify(made.problems));
  return made.target;
}

function problems(tags: Record<string, string>) {
  const made = read(tags);
  return 'problems' in made ? made.problems : [];
}

describe('tags that make a target', () => {
  it('need say no more than the vault: name and prefix are the account', () => {
    expect(target({})).toMatchObject({
      name: 'ai-contoso-1',
      vaultUrl: 'https://kv-contoso.vault.azure.net',
      prefix: 'AI-Contoso-1',
      layout: { kind: 'pointer' },
      policy: { rotateEveryMs: 60 * 24 * hourMs, overlapMs: 2 * hourMs },
    });
  });

  it.each<[string, Record<string, string>, object]>([
    ['a duration', { 'keyturn-rotate-every': '90 days' }, { policy: { rotateEveryMs: 90 * 24 * hourMs } }],
    ['a name of any case, with blanks around the value', { 'Keyturn-Prefix': ' team-a ' }, { prefix: 'team-a' }],
    ['a truth value', { 'keyturn-snapshot-reads': 'true' }, { policy: { keyCacheMs: 0 } }],
    ['a name that looks like a number', { 'keyturn-name': '42', 'keyturn-prefix': '7' }, { name: '42', prefix: '7' }],
    [
      'an object, as JSON',
      { 'keyturn-new-key-proof': '{"acceptances":5}' },
      { policy: { newKeyProof: { acceptances: 5, spreadMs: 40_000 } } },
    ],
    [
      'a proof of a minute',
      { 'keyturn-new-key-proof': '{"spread":"60 s"}' },
      { policy: { newKeyProof: { acceptances: 20, spreadMs: 60_000 } } },
    ],
    [
      'the direct layout, with its secret named after the prefix',
      { 'keyturn-layout': 'direct', 'keyturn-prefix': 'team-a' },
      { layout: { kind: 'direct', directSecretName: 'team-a-key' }, policy: { overlapMs: 26 * hourMs } },
    ],
    ['a truth value as people write it', { 'keyturn-snapshot-reads': 'True' }, { policy: { keyCacheMs: 0 } }],
    ['a word of any case', { 'keyturn-first-rotation': 'Auto' }, { policy: { firstRotation: 'auto' } }],
    ['a duration of any case', { 'keyturn-rotate-every': '90D' }, { policy: { rotateEveryMs: 90 * 24 * hourMs } }],
    ['a unit of any case', { 'keyturn-rotate-every': '90 Days' }, { policy: { rotateEveryMs: 90 * 24 * hourMs } }],
    ['several words', { 'keyturn-probe': 'Control-Plane-Only' }, { policy: { probe: 'control-plane-only' } }],
    ['the layout in any case', { 'keyturn-layout': 'DIRECT' }, { layout: { kind: 'direct' } }],
    ['the vault in any case', { 'keyturn-vault': 'KV-Contoso' }, { vaultUrl: 'https://kv-contoso.vault.azure.net' }],
    ['a name of any case as a value', { 'keyturn-name': 'Team-A' }, { name: 'team-a' }],
    ['a name of any case that reads as a truth value', { 'keyturn-name': 'TRUE' }, { name: 'true' }],
    ['that nothing is paused', { 'keyturn-pause': 'false' }, { name: 'ai-contoso-1' }],
    ['a prefix, whose case is kept', { 'keyturn-prefix': 'Team-A' }, { prefix: 'Team-A' }],
    [
      'an object in capitals, as JSON',
      { 'keyturn-new-key-proof': '{"ACCEPTANCES":5,"spread":"40 S"}' },
      { policy: { newKeyProof: { acceptances: 5, spreadMs: 40_000 } } },
    ],
    ['the name of the direct secret', { 'keyturn-direct-secret-name': 'k' }, { layout: { directSecretName: 'k' } }],
  ])('may say %s', (_, tags, expected) => {
    expect(target(tags)).toMatchObject(expected);
  });

  it.each([
    ['of 64 characters', `a${'b'.repeat(63)}`, `a${'b'.repeat(62)}`],
    ['whose 63rd character is none that may stand last', `a${'b'.repeat(61)}-c`, `a${'b'.repeat(61)}`],
    ['that ends with something else than a letter or a digit', 'ai_contoso_', 'ai-contoso'],
  ])('name it after an account %s', (_, account, name) => {
    expect(target({ 'keyturn-prefix': 'a' }, account)).toMatchObject({ name });
  });

  it('are read again from what is kept of them', () => {
    const made = read({ 'keyturn-vault': 'kv-contoso', 'keyturn-snapshot-reads': 'true', 'keyturn-overlap': '3h' });
    if ('problems' in made) throw new TypeError('refused');
    expect(writtenTarget(structuredClone(made.written), 'vault.azure.net')).toEqual({ target: made.target });
  });
});

describe('tags that cannot be used', () => {
  it.each<[string, Record<string, string>, object]>([
    ['no vault', { 'keyturn-prefix': 'a' }, { field: 'keyturn-vault', found: 'nothing' }],
    ['a slip in the name', { 'keyturn-rotateevery': '9d' }, { field: 'keyturn-rotateevery' }],
    [
      'a word that is none, as it was written',
      { 'keyturn-probe': 'Neither' },
      { field: 'keyturn-probe', found: '"Neither"' },
    ],
    ['a bad duration', { 'keyturn-rotate-every': 'soon' }, { field: 'keyturn-rotate-every', found: '"soon"' }],
    ['an overlap that is too short', { 'keyturn-overlap': '10 min' }, { field: 'keyturn-overlap', found: '"10 min"' }],
    [
      'a bad member',
      { 'keyturn-new-key-proof': '{"acceptances":0}' },
      { field: 'keyturn-new-key-proof.acceptances', found: '0' },
    ],
    [
      'a proof that would keep a worker for longer than a minute',
      { 'keyturn-new-key-proof': '{"spread":"61 s"}' },
      {
        field: 'keyturn-new-key-proof.spread',
        found: '"61 s"',
        accepted: 'at most 60 s in a tag: a longer proof is for targets in the settings',
      },
    ],
    [
      'a proof that would keep a worker for a moment longer than a minute',
      { 'keyturn-new-key-proof': '{"spread":"60001 ms"}' },
      { field: 'keyturn-new-key-proof.spread', found: '"60001 ms"' },
    ],
    [
      'a duration in quotation marks, as it was written',
      { 'keyturn-overlap': '"3h"' },
      { field: 'keyturn-overlap', found: String.raw`"\"3h\""` },
    ],
    [
      'a vault of another cloud',
      { 'keyturn-vault': 'https://kv-a.vault.azure.cn' },
      {
        ...{ field: 'keyturn-vault', found: '"https://kv-a.vault.azure.cn"' },
        accepted: "a vault's name, or https://<name>.vault.azure.net",
      },
    ],
    [
      'a layout that is none',
      { 'keyturn-layout': 'mirror' },
      { field: 'keyturn-layout', accepted: 'pointer or direct' },
    ],
    [
      'a layout that contradicts',
      { 'keyturn-layout': 'pointer', 'keyturn-direct-secret-name': 'k' },
      { field: 'keyturn-layout' },
    ],
    ['a pause that is neither yes nor no', { 'keyturn-pause': 'maybe' }, { field: 'keyturn-pause', found: '"maybe"' }],
  ])('are told by name: %s', (_, tags, expected) => {
    const vault: Record<string, string> = 'keyturn-prefix' in tags ? {} : { 'keyturn-vault': 'kv-contoso' };
    expect(problems({ ...vault, ...tags })).toEqual([expect.objectContaining(expected)]);
  });

  it('are told all at once', () => {
    const fields = problems({ 'keyturn-vault': '!', 'keyturn-overlap': 'x', 'keyturn-color': 'red' });
    expect(fields.map(({ field }) => field).toSorted()).toEqual(['keyturn-color', 'keyturn-overlap', 'keyturn-vault']);
  });
});

describe('the pause tag', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['False', false],
    ['perhaps', true],
    ['', true],
  ])('of %j pauses: %s', (value, expected) => {
    expect(isPaused(ownTags({ 'KeyTurn-Pause': value }))).toBe(expected);
  });

  it.each<[string, Record<string, string>, boolean]>([
    ['no target', { 'keyturn-pause': 'true', team: 'a' }, false],
    ['no target', { 'keyturn-instance': 'ours' }, false],
    ['no target', { 'keyturn-pause': 'true', 'keyturn-instance': 'ours' }, false],
    ['no target', { team: 'a' }, false],
    ['a target', { 'keyturn-vault': 'kv' }, true],
    ['a target', { 'keyturn-pause': 'true', 'keyturn-instance': 'ours', 'keyturn-vault': 'kv' }, true],
  ])('asks for %s: %j', (_, tags, asks) => {
    expect(asksForTarget(ownTags(tags))).toBe(asks);
  });
});

it('every field of a declared target has its tag', () => {
  expect(tagNames).toContain('keyturn-first-rotation');
  expect(tagNames).not.toContain('keyturn-account-id');
});
