import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { taggedTarget } from '../../src/targets/tagged-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const account = (name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/${name}`;
const demo = { name: 'demo', accountId: account('ai-demo'), vault: 'kv-demo' };
const web = { name: 'web', kind: 'key-vault-secret', vault: 'kv-contoso-web', secretName: 'ai-key' };
const appId =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-web/providers/Microsoft.Web/sites/app-contoso';
const setting = { name: 'app', kind: 'app-setting', app: appId, setting: 'AI_KEY', acceptWholeSetWrites: true };
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
      [['copies[0].kind', 'an object whose kind is key-vault-secret, app-setting or reference-refresh']],
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
      'in a setting, without the word that all settings are replaced',
      [{ ...setting, acceptWholeSetWrites: undefined }],
      {},
      [['copies[0].acceptWholeSetWrites', of('Azure replaces all settings of an app at once')]],
    ],
    [
      'in a setting, with a no to that',
      [{ ...setting, acceptWholeSetWrites: false }],
      {},
      [['copies[0].acceptWholeSetWrites', of('Azure replaces all settings of an app at once')]],
    ],
    [
      'in a setting of something else than an app',
      [{ ...setting, app: account('ai-demo') }],
      {},
      [['copies[0].app', of('Microsoft.Web/sites')]],
    ],
    [
      'in a setting of an app that is named by its slot',
      [{ ...setting, app: `${appId}/slots/staging` }],
      {},
      [['copies[0].app', of('without its slot')]],
    ],
    [
      'in a slot that is production',
      [{ ...setting, slot: 'Production' }],
      {},
      [['copies[0].slot', of('nothing for production')]],
    ],
    [
      'in a setting that code has left sooner than workers restart',
      [{ ...setting, cache: '9 min' }],
      {},
      [['copies[0].cache', of('from 10 min to 7d')]],
    ],
    [
      'in a setting that another copy has, in other letters',
      [setting, { ...setting, name: 'other', setting: 'ai_key' }],
      {},
      [['copies[1].setting', of('demo uses this one already')]],
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

  it('in a setting needs no more than its app and name, and has its own place in each slot', () => {
    const staging = { ...setting, name: 'staging', slot: 'staging' };
    expect(declared({ ...demo, copies: [setting, staging] })).toMatchObject({
      problems: [],
      targets: [
        {
          copies: [
            { name: 'app', kind: 'app-setting', appId, slot: null, setting: 'AI_KEY', cacheMs: 3_600_000 },
            { name: 'staging', slot: 'staging' },
          ],
        },
      ],
    });
  });

  describe('that refers to the direct value', () => {
    const reference = { name: 'app', kind: 'reference-refresh', app: appId, setting: 'AI_KEY' };
    const direct = { directSecretName: 'ai-key' };
    const overlapOf = (more: object) => {
      const { targets, problems: flaws } = declared({ ...demo, ...direct, copies: [reference], ...more });
      return targets[0]?.policy.overlapMs ?? flaws.map(({ field }) => field.replace('KEYTURN_TARGETS[0].', ''));
    };

    it.each<[string, object, unknown]>([
      ['leaves the overlap at 26 hours: others may read it, too', {}, 26 * 3_600_000],
      ['takes no less than that', { overlap: '2h' }, ['overlap']],
      ['makes it two hours if all readers are declared', { directReadersAreCopies: true }, 2 * 3_600_000],
      ['and as short as other caches allow', { directReadersAreCopies: true, overlap: '80 min' }, 80 * 60_000],
      ['but not without such a copy', { directReadersAreCopies: true, copies: [setting] }, ['directReadersAreCopies']],
    ])('%s', (_, more, expected) => {
      expect(overlapOf(more)).toEqual(expected);
    });

    it('is refused without a direct value, and so is the word that its readers are declared', () => {
      expect(problems([reference])).toEqual([['copies[0].kind', of('only beside directSecretName')]]);
      expect(problems([], { directReadersAreCopies: true })).toEqual([
        ['directReadersAreCopies', of('every app that refers to it')],
      ]);
    });

    it('is refused in the place of a copy in a setting', () => {
      expect(problems([setting, { ...reference, name: 'other' }], direct)).toEqual([
        ['copies[1].setting', of('demo uses this one already')],
      ]);
    });
  });

  it("is refused in a setting of Keyturn's own app, in any case and slot", () => {
    const copies = [setting, { ...setting, name: 'staging', slot: 'staging' }];
    const { problems } = declaredTargets([{ ...demo, copies }], 'vault.azure.net', 'KEYTURN_TARGETS', 'APP-contoso');
    expect(problems).toMatchObject([
      { field: 'KEYTURN_TARGETS[0].copies[0].app', accepted: of("not Keyturn's own") },
      { field: 'KEYTURN_TARGETS[0].copies[1].app' },
    ]);
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
