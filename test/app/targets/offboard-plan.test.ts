import { describe, expect, it } from 'vitest';
import { type OffboardFacts, planOffboarding } from '../../../src/app/targets/offboard-plan.ts';
import { accountTags } from '../../../src/keys/ownership-tags.ts';
import type { StoredSecret } from '../../../src/keys/ports.ts';
import type { SecretPart, Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { KnownTarget } from '../../../src/targets/target-source.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, nowMs } from '../../rotation/row-builder.ts';

type Vault = Readonly<Partial<Record<SecretPart, StoredSecret>>>;

const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
/** The longest id that an account can have does not fit into a tag. */
const account = parseAccountId(
  direct.account.armId.replace('rg-ai102-challenge09', 'r'.repeat(90)).replace('ai-secure-demo', 'a'.repeat(64)),
);
const long: Target = { ...direct, account: account ?? direct.account };
const ours = { 'keyturn-instance': 'here' };
const stored = (
  version: string,
  tags: Record<string, string> = {},
  expiresAtMs: number | null = null,
): StoredSecret => ({
  ...{ kind: 'stored', name: 'any', version, enabled: true, createdAtMs: nowMs, expiresAtMs, contentType: null },
  ...{ tags, value: new SecretText('a-value') },
});
const rules = { instance: 'here', history: 'keep' } as const;
const nothing: OffboardFacts = { row: null, hardeningRows: [], vault: {}, hasHistory: false };

function plan(facts: Partial<OffboardFacts>, target: Target = direct, change: Partial<typeof rules> | object = {}) {
  const known: KnownTarget = { target, origin: 'declared', blocked: null };
  return planOffboarding(known, { ...nothing, ...facts }, { ...rules, ...change });
}
const changesOf = (...args: Parameters<typeof plan>) => plan(...args).map(({ change }) => change);
type Told = readonly [named: string, ...says: string[]];

/** Forgetting the target tells of these risks, each with all that it says, besides that settings declare the target still. */
function expectRisks(facts: Partial<OffboardFacts>, told: readonly Told[], target: Target = direct): void {
  const risks = plan(facts, target).flatMap((one) => one.risks);
  const named = told.map(([name]) => name);
  expect(risks.map(({ level, name }) => `${level} ${name}`)).toEqual([...named, 'advisory still-declared']);
  for (const [index, [, ...says]] of told.entries()) for (const one of says) expect(risks[index]?.text).toContain(one);
}
const row = (change: Partial<AccountRow> = {}) => ({ row: buildRow(change) });

describe('what offboarding a target changes', () => {
  it('is nothing if nothing is left of it', () => {
    expect(plan({})).toEqual([]);
    expect(plan({}, direct, { history: 'remove' })).toEqual([]);
    expect(plan({ hasHistory: true })).toEqual([]);
  });

  it('is its tags, its record and its history, in this order', () => {
    const facts = { ...row(), vault: { pointer: stored('p1', { ...ours, mine: 'kept' }) }, hasHistory: true };
    expect(plan(facts, direct, { history: 'remove' }).map(({ risks: _, ...rest }) => rest)).toEqual([
      {
        what: 'tags of ai-services-active-key',
        why: expect.stringMatching(/^keyturn-instance /),
        risk: 'none',
        change: { kind: 'untag', secret: 'ai-services-active-key', version: 'p1', tags: ['keyturn-instance'] },
      },
      {
        what: "Keyturn's record of the target",
        why: expect.stringMatching(/^Without it nothing is rotated/),
        risk: 'advisory',
        change: { kind: 'forget-target' },
      },
      {
        what: 'history and audit trail',
        why: expect.stringContaining('history=remove'),
        risk: 'none',
        change: { kind: 'remove-history' },
      },
    ]);
  });

  it.each<[string, Partial<OffboardFacts>]>([
    ['its row', row()],
    ['an area of it', { hardeningRows: [{ area: 'network', isChanging: false }] }],
    ['a tag', { vault: { key1: stored('v1', ours) } }],
  ])('is its record if no more than %s is left', (_, facts) => {
    expect(changesOf(facts)).toContainEqual({ kind: 'forget-target' });
  });

  it.each<[string, Vault, Target, object[]]>([
    [
      'of each secret, the direct value too',
      { key1: stored('v1', ours), key2: stored('v2', ours), endpoint: stored('e1', ours), direct: stored('d1', ours) },
      direct,
      [
        { secret: 'ai-services-key1', version: 'v1', tags: ['keyturn-instance'] },
        { secret: 'ai-services-key2', version: 'v2', tags: ['keyturn-instance'] },
        { secret: 'ai-services-endpoint', version: 'e1', tags: ['keyturn-instance'] },
        { secret: 'ai-services-key', version: 'd1', tags: ['keyturn-instance'] },
      ],
    ],
    ['of no direct value that the target has no more', { direct: stored('d1', ours) }, buildTarget(), []],
    [
      'that stand in for an account id too long for a tag',
      { key1: stored('v1', accountTags(long.account.armId)) },
      long,
      [{ secret: 'ai-services-key1', version: 'v1', tags: ['keyturn-account'] }],
    ],
    [
      'not if they say another account',
      { key1: stored('v1', { ...ours, ProviderAddress: `${direct.account.armId}-2` }) },
      direct,
      [],
    ],
    [
      'not of another instance, nor any other secret then',
      { key1: stored('v1', ours), pointer: stored('p1', { 'keyturn-instance': 'there' }) },
      direct,
      [],
    ],
    ['not those of Microsoft’s convention', { key1: stored('v1', accountTags(direct.account.armId)) }, direct, []],
    ['not of what is disabled or absent', { key1: { kind: 'disabled' }, key2: { kind: 'absent' } }, direct, []],
  ])('is tags %s', (_, vault, target, untagged) => {
    const changes = changesOf({ ...row(), vault }, target).filter(({ kind }) => kind === 'untag');
    expect(changes).toEqual(untagged.map((one) => ({ kind: 'untag', ...one })));
  });
});

describe('what stands in the way', () => {
  const suspended = (reason: 'vault-stale' | 'account-not-found' | 'vault-not-found' | 'account-recreated') =>
    ({ kind: 'suspended', reason, sinceMs: nowMs, from: buildState('probing') }) as const;
  const abandoned = (reason: string): Told => ['confirm rotation-abandoned', 'r1', `(${reason})`, 'probing'];
  const keyless = { by: 'operator-1', atMs: nowMs };
  const off: Told = ['advisory keys-stay-off'];
  const unresolved = (why: string): Told => ['confirm leak-unresolved', 'key1', why];
  it.each<[string, Partial<OffboardFacts>, Told[]]>([
    ['nothing, of a target at rest', row(), []],
    [
      'a rotation in flight',
      row({ rotation: buildState('overlapping') }),
      [['blocked in-flight', 'r1', '(overlapping)', 'cancel it']],
    ],
    [
      'a rotation that waits for a person',
      row({ rotation: suspended('vault-stale') }),
      [['blocked in-flight', 'r1', '(vault-stale)', 'probing', 'resume it']],
    ],
    [
      'one whose account is gone, unless confirmed',
      row({ rotation: suspended('account-not-found') }),
      [abandoned('account-not-found')],
    ],
    [
      'one whose vault is gone, unless confirmed',
      row({ rotation: suspended('vault-not-found') }),
      [abandoned('vault-not-found')],
    ],
    [
      'one whose account is another now, unless confirmed',
      row({ rotation: suspended('account-recreated') }),
      [abandoned('account-recreated')],
    ],
    [
      'a leaked key that is about to be replaced',
      row({ leak: buildLeak() }),
      [['blocked in-flight', 'A leaked key is about to be replaced']],
    ],
    [
      'a change of each area',
      {
        ...row(),
        hardeningRows: [
          { area: 'network', isChanging: true },
          { area: 'access', isChanging: false },
          { area: 'keyless', isChanging: true },
        ],
      },
      [
        ['blocked change-under-way', 'network', 'GET …/network'],
        ['blocked change-under-way', 'keyless', 'GET …/keyless'],
      ],
    ],
    [
      'each leaked key that may still be valid',
      row({ leaks: [buildLeak(), buildLeak({ slot: 'key2', failure: 'http-503' })] }),
      [
        ['blocked leak-open', 'key1', 'may still be valid'],
        ['blocked leak-open', 'key2', 'may still be valid'],
      ],
    ],
    ['no leaked key that is gone with its account', row({ leaks: [buildLeak({ failure: 'account-not-found' })] }), []],
    [
      'one that Azure refuses to show, unless confirmed',
      row({ leaks: [buildLeak({ failure: 'account-access-denied' })] }),
      [unresolved('(account-access-denied)')],
    ],
    [
      'one whose rotation is never finished, unless confirmed',
      row({ leaks: [buildLeak()], rotation: suspended('vault-not-found') }),
      [abandoned('vault-not-found'), unresolved('(vault-not-found)')],
    ],
    [
      'one whose rotation waits for a person',
      row({ leaks: [buildLeak()], rotation: suspended('vault-stale') }),
      [
        ['blocked in-flight', '(vault-stale)'],
        ['blocked leak-open', 'key1'],
      ],
    ],
    [
      'one that nothing replaces while keys are off, unless confirmed',
      row({ leaks: [buildLeak({ failure: 'http-503' })], keyless }),
      [unresolved('while keys are off'), off],
    ],
    ['nothing if keys are off: that is said', row({ keyless }), [off]],
    [
      'tags without a row',
      { vault: { endpoint: stored('e1', ours) } },
      [
        ['blocked journal-lost', 'row'],
        ['advisory readers-unknown', 'reads ai-services-endpoint. '],
      ],
    ],
    ['no row that is gone if no tag is left either', { hardeningRows: [{ area: 'network', isChanging: false }] }, []],
    [
      'a vault that refuses to be read, unless confirmed',
      { ...row(), vault: { refused: 'resource-lock', missing: null } },
      [['confirm tags-stay', '(resource-lock)']],
    ],
    [
      'no tag of another instance, which is said',
      { ...row(), vault: { pointer: stored('p1', { 'keyturn-instance': 'there' }) } },
      [['advisory taken-over'], ['advisory readers-unknown', 'reads ai-services-active-key. ']],
    ],
    [
      'nothing of secrets: it is said who may read which, and when the first of them ends',
      {
        ...row(),
        vault: {
          key1: stored('v1', {}, Date.UTC(2026, 3, 9)),
          key2: stored('v2', {}, Date.UTC(2026, 3, 7)),
          direct: stored('d1', {}, Date.UTC(2026, 3, 8)),
          pointer: stored('p1', ours),
        },
      },
      [
        [
          'advisory readers-unknown',
          'reads ai-services-key1, ai-services-key2, ai-services-active-key, ai-services-key. ',
        ],
        ['advisory secrets-expire', 'on 2026-04-07.'],
      ],
    ],
    [
      'not a pointer that is disabled, which keeps its tags',
      { ...row(), vault: { pointer: { kind: 'disabled' }, key1: { kind: 'disabled' } } },
      [['advisory disabled-keeps-tags', 'ai-services-active-key is']],
    ],
  ])('is %s', (_, facts, told) => expectRisks(facts, told));

  it('is not, either, what is disabled and says by a tag whose it is, if the account id is too long', () => {
    const vault: Vault = { key1: { kind: 'disabled' }, direct: { kind: 'disabled' }, endpoint: { kind: 'absent' } };
    expectRisks(
      { ...row(), vault },
      [
        ['advisory disabled-keeps-tags', 'ai-services-key1 is'],
        ['advisory disabled-keeps-tags', 'ai-services-key is'],
      ],
      long,
    );
  });

  it('is no direct value that the target has no more', () => {
    const vault = { direct: stored('d1'), key1: stored('v1') };
    expectRisks({ ...row(), vault }, [['advisory readers-unknown', 'reads ai-services-key1. ']], buildTarget());
  });

  it('is said of a discovered target: a person removes its tags', () => {
    const known: KnownTarget = { target: direct, origin: 'discovered', blocked: null };
    expect(planOffboarding(known, { ...nothing, ...row() }, rules)[0]?.risks).toMatchObject([
      { name: 'still-tagged', level: 'advisory' },
    ]);
  });
});
