import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { taggedTarget } from '../../src/targets/tagged-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const account = (name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/${name}`;
const demo = { name: 'demo', accountId: account('ai-demo'), vault: 'kv-demo' };
const web = { name: 'web', kind: 'key-vault-secret', vault: 'kv-contoso-web', secretName: 'ai-key' };
const declared = (...targets: readonly object[]) => declaredTargets(targets, 'vault.azure.net', 'KEYTURN_TARGETS');
const problems = (copies: unknown, more: object = {}) =>
  declared({ ...demo, copies, ...more }).problems.map(({ field, accepted }) => [
    field.replace('KEYTURN_TARGETS[0].', ''),
    accepted,
  ]);
const of = (accepted: string) => expect.stringContaining(accepted) as string;

describe('a declared copy', () => {
  it('needs no more than its place', () => {
    expect(declared({ ...demo, copies: [web] })).toMatchObject({
      problems: [],
      targets: [
        {
          copies: [
            {
              name: 'web',
              kind: 'key-vault-secret',
              vaultUrl: 'https://kv-contoso-web.vault.azure.net',
              secretName: 'ai-key',
              cacheMs: 26 * 3_600_000,
              create: false,
            },
          ],
        },
      ],
    });
  });

  it.each<[string, unknown, object, readonly (readonly [string, string])[]]>([
    [
      'of no such kind',
      [{ ...web, kind: 'file' }],
      {},
      [['copies[0].kind', 'an object whose kind is key-vault-secret']],
    ],
    ['of a version', [{ ...web, secretName: 'ai-key/0123' }], {}, [['copies[0].secretName', of('without a version')]]],
    [
      'in no vault of this cloud',
      [{ ...web, vault: 'https://kv.contoso.com' }],
      {},
      [['copies[0].vault', of('vault.azure.net')]],
    ],
    ['kept for longer than a week', [{ ...web, cache: '8d' }], {}, [['copies[0].cache', of('at most 7d')]]],
    ['with a member of no meaning', [{ ...web, colour: 'red' }], {}, [['copies[0].colour', of('one of name')]]],
    [
      'whose name another has',
      [web, { ...web, secretName: 'other' }],
      {},
      [['copies[1].name', of('a name of its own')]],
    ],
    [
      'in the place of another',
      [web, { ...web, name: 'worker', secretName: 'AI-key' }],
      {},
      [['copies[1].secretName', of('demo uses this one already')]],
    ],
    [
      'that is a secret of the target',
      [{ ...web, vault: 'kv-demo', secretName: 'ai-services-key1' }],
      {},
      [['copies[0].secretName', of('demo uses this one already')]],
    ],
    [
      'that is waited for longer than half a rotation',
      [{ ...web, cache: '5d' }],
      { rotateEvery: '9d' },
      [['rotateEvery', of('twice what its slowest copy is waited for')]],
    ],
    [
      'beyond eight',
      Array.from({ length: 9 }, (_, at) => ({ ...web, name: `c${at}`, secretName: `s${at}` })),
      {},
      [['copies', 'a list of at most 8 copies']],
    ],
  ])('%s is refused', (_, copies, more, expected) => {
    expect(problems(copies, more)).toEqual(expected);
  });

  it("is refused in the place of another target's secret, and of its copy", () => {
    const other = { ...demo, name: 'other', accountId: account('ai-other'), vault: 'kv-other' };
    const taken = (copy: object) =>
      declared({ ...demo, copies: [web] }, { ...other, copies: [copy] }).problems.map(({ field, accepted }) => [
        field,
        accepted,
      ]);
    const refused = [['KEYTURN_TARGETS[1].copies[0].secretName', 'a secret of its own: demo uses this one already']];
    expect(taken(web)).toEqual(refused);
    expect(taken({ ...web, vault: 'kv-demo', secretName: 'ai-services-active-key' })).toEqual(refused);
  });

  it('comes from no tag: who may write tags is not handed keys', () => {
    const tags = new Map([
      ['keyturn-vault', 'kv-demo'],
      ['keyturn-copies', JSON.stringify([web])],
    ]);
    expect(taggedTarget({ account: buildTarget().account, tags: {} }, tags, 'vault.azure.net')).toMatchObject({
      problems: [{ field: 'keyturn-copies', found: 'a tag that is not known here' }],
    });
  });
});
