import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../src/keys/ports.ts';
import { secretNames } from '../../../src/keys/target.ts';
import type { WaitReason } from '../../../src/rotation/reasons.ts';
import { recheck, recheckOf } from '../../../src/rotation/run/recheck.ts';
import type { ActiveState, AzureCallName, States } from '../../../src/rotation/state.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Life } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { buildContext, buildState } from '../row-builder.ts';
import { rowOf } from '../row-of.ts';
import { type Scene, stepScene } from '../states/steps/step-scene.ts';
import { doOutside } from '../whole/outside.ts';

const hourMs = 3_600_000;
const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const names = secretNames(target);

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const isVaultWrite = (call: Call, effect: 'read' | 'write') => call.service === 'vault' && effect === 'write';

/** Lives until the vault has refused writes in `publishing` for an hour; from then on `after` befalls calls. */
async function refused(
  after: (life: Life) => (call: Call, effect: 'read' | 'write') => Fault | null = () => () => null,
) {
  let isHealed = false;
  const life: Life = await openTarget(target, 'key1', {
    workerFor: () =>
      life.start({
        fault: (call, effect) => {
          if (isHealed) return after(life)(call, effect);
          const strikes = stateOf(life) === 'publishing' && isVaultWrite(call, effect);
          return strikes ? { kind: 'refused', reason: 'vault-read-only' } : null;
        },
      }),
  });
  await askForRotation(life);
  await life.run(() => stateOf(life) === 'publishing', life.world.clock.nowMs() + 24 * hourMs);
  await life.run(() => false, life.world.clock.nowMs() + hourMs);
  expect(rowOf(life)?.rotation).toMatchObject({ kind: 'publishing', waiting: 'vault-read-only' });
  const written: string[] = [];
  life.world.watchers.push((happening) => {
    if (happening.kind === 'stored' && happening.by !== 'person') written.push(happening.name);
  });
  return {
    life,
    written,
    /** The vault takes writes again. */
    async heal() {
      isHealed = true;
      const isOver = () => ['none', 'suspended'].includes(stateOf(life));
      await life.run(isOver, life.world.clock.nowMs() + 48 * hourMs);
    },
  };
}

describe('a vault that takes writes again is tried with the endpoint secret', () => {
  it('which is stored as it is, and the rotation goes on', async () => {
    const { life, written, heal } = await refused();
    const before = life.world.vault.versionsOf(names.endpoint).at(-1);
    await heal();
    expect(written[0]).toBe(names.endpoint);
    const after = life.world.vault.versionsOf(names.endpoint).at(-1);
    expect(after?.value).toBe(before?.value);
    expect(after?.version.tags).toEqual(before?.version.tags);
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
  });

  it('but not if another instance has taken the target over meanwhile', async () => {
    const { life, written, heal } = await refused();
    doOutside(life, target, 'other-instance-claims');
    await heal();
    expect(written).toEqual([]);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
  });

  it.each([
    ['its machine stands still', true],
    ['its process stands still', false],
  ])('nor if another instance takes it over while %s right before the write leaves', async (_, machine) => {
    let hasFrozen = false;
    const { life, written, heal } = await refused((life) => (call, effect) => {
      if (hasFrozen || !isVaultWrite(call, effect)) return null;
      hasFrozen = true;
      life.line.at(life.world.clock.nowMs() + 1_000, () => doOutside(life, target, 'other-instance-claims'));
      return { kind: 'freeze', forMs: 7_000, machine, when: 'before' };
    });
    await heal();
    expect(hasFrozen).toBe(true);
    expect(written).toEqual([]);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
  });

  it.each([
    ['is deleted', (life: Life) => life.world.vault.setDeleted(names.endpoint, true)],
    ['is disabled', (life: Life) => life.world.vault.setEnabled(names.endpoint, null, false)],
    [
      'is the secret of another account',
      (life: Life) => put(life, { ProviderAddress: `${target.account.armId}-other` }),
    ],
    ['has no room for our tags', (life: Life) => put(life, manyTags)],
  ])('nor if that secret %s: the rotation goes on without a try', async (_, change) => {
    const { life, written, heal } = await refused();
    change(life);
    await heal();
    expect(written).not.toContain(names.endpoint);
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
  });
});

const manyTags = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`contoso-${at}`, 'yes']));

function put({ world }: Life, tags: Readonly<Record<string, string>>): void {
  const value = world.vault.value(names.endpoint) ?? 'https://contoso.example/';
  world.vault.put({ name: names.endpoint, contentType: null, tags, expiresAtMs: null }, value);
}

describe('what a retry begins with', () => {
  it.each<
    [AzureCallName | 'endpoint' | null, WaitReason | null, States['probing' | 'publishing']['kind'], AzureCallName?]
  >([
    ['account', 'account-busy', 'publishing'],
    ['account', 'account-provisioning-failed', 'publishing', 'keys'],
    ['endpoint', 'endpoint-unclear', 'publishing'],
    ['endpoint', 'new-key-spreading', 'publishing'],
    ['endpoint', 'quota-used-up', 'publishing', 'keys'],
    [null, 'endpoint-unclear', 'probing'],
    [null, 'new-key-spreading', 'probing'],
    [null, 'quota-used-up', 'probing'],
    ['keys', 'retry-later', 'probing', 'keys'],
    ['account', 'role-spreading', 'publishing', 'account'],
    ['regenerate', 'token-invalid', 'publishing', 'regenerate'],
    ['vault-read', 'unknown-refusal', 'publishing', 'vault-read'],
    ['vault-write', 'vault-read-only', 'publishing', 'vault-write'],
    [null, 'retry-later', 'publishing'],
    [null, 'settling', 'publishing', 'keys'],
    [null, 'caches-not-expired', 'publishing', 'keys'],
    [null, null, 'publishing', 'keys'],
  ])('is %s if it waits for %s in %s', (begins, waiting, kind, call) => {
    const lastFailure = call === undefined ? null : { code: 'http-503', atMs: 0, call };
    expect(recheckOf(buildState(kind, { waiting, lastFailure }))).toBe(begins);
  });

  it('is no store at a vault that is asked for too many', () => {
    const throttled = (call: AzureCallName, code = 'Throttled') =>
      recheckOf(buildState('publishing', { waiting: 'retry-later', lastFailure: { code, atMs: 0, call } }));
    expect([throttled('vault-write'), throttled('vault-write', 'http-429')]).toEqual([null, null]);
    expect([throttled('vault-read'), throttled('keys')]).toEqual(['vault-read', 'keys']);
  });

  const calls = (of: Scene) => of.world.calls.map(({ operation, subject }) => `${operation} ${subject}`);
  const tried = async (
    state: ActiveState,
    {
      provisioningState = 'Succeeded',
      mayWrite = false,
      answer,
    }: { provisioningState?: string; mayWrite?: boolean; answer?: ProbeAnswer } = {},
  ) => {
    const scene = stepScene();
    const { world } = scene;
    world.account.facts = { ...world.account.facts, provisioningState };
    const session = { ...scene.session, ...(answer && { probe: { call: async () => answer } }) };
    const still = await recheck(session, state, buildContext(), async () => mayWrite);
    return {
      still: still?.kind === 'wait' ? { reason: still.reason, forMs: still.forMs } : still,
      calls: calls(scene),
    };
  };

  it.each<[string, string[], string[], string[]]>([
    ['for a copy that could not be read', ['web'], [], ['get copy-web']],
    ['for none that was left behind since', ['web'], ['web'], []],
    ['for none that is no longer declared', [], [], []],
  ])('asks %s', async (_, declared, leftBehind, asked) => {
    const scene = stepScene(
      'pointer',
      {},
      declared.map((name) => buildCopy(name)),
    );
    const lastFailure = { code: 'http-403', atMs: 0, call: 'copy-read', copy: 'web' } as const;
    const state = buildState('overlapping', { waiting: 'retry-later', lastFailure, leftBehind });
    expect(await recheck(scene.session, state, buildContext(), async () => false)).toBe(null);
    expect(calls(scene)).toEqual(asked);
  });

  const failed = (call: AzureCallName) =>
    ({ waiting: 'retry-later', lastFailure: { code: 'http-503', atMs: 0, call } }) as const;

  it.each<[string, Partial<States['publishing']>, provisioningState: string, reason: WaitReason | null]>([
    ['a change that goes on', { waiting: 'account-busy' }, 'Updating', 'account-busy'],
    ['a change that is over', { waiting: 'account-busy' }, 'Succeeded', null],
    ['a change that failed', { waiting: 'account-busy' }, 'Failed', 'account-provisioning-failed'],
    [
      'a failed change that stands',
      { waiting: 'account-provisioning-failed' },
      'Failed',
      'account-provisioning-failed',
    ],
    ['a failed change that is repaired', { waiting: 'account-provisioning-failed' }, 'Succeeded', null],
    ['an account that answers again, whatever is changed there', failed('account'), 'Updating', null],
  ])('asks once for the account: %s', async (_, state, provisioningState, reason) => {
    const { still, calls: made } = await tried(buildState('publishing', state), { provisioningState });
    expect(still).toEqual(reason === null ? null : expect.objectContaining({ reason }));
    expect(made).toEqual(['get account']);
  });

  it.each<[AzureCallName, boolean, readonly string[]]>([
    ['keys', false, ['listKeys account']],
    ['regenerate', true, ['listKeys account']],
    ['vault-read', true, ['get ai-services-active-key']],
    ['vault-write', false, []],
    ['vault-write', true, ['get ai-services-active-key', 'get ai-services-endpoint', 'set ai-services-endpoint']],
  ])('asks once what failed: %s, if it may write: %s', async (call, mayWrite, made) => {
    expect(await tried(buildState('publishing', failed(call)), { mayWrite })).toEqual({ still: null, calls: made });
  });

  const unclear: ProbeAnswer = { kind: 'unknown', code: 'http-503', retryAfterMs: 40_000 };
  const refusal: ProbeAnswer = { kind: 'refused' };
  const waiting = 'endpoint-unclear';
  const revalidation = { first: null };
  it.each<[string, ActiveState, ProbeAnswer, object | null]>([
    ['a new key that is taken', buildState('overlapping', { waiting }), { kind: 'accepted' }, null],
    ['no clear answer', buildState('overlapping', { waiting }), unclear, { reason: 'endpoint-unclear', forMs: 40_000 }],
    [
      'a new key that is refused',
      buildState('overlapping', { waiting }),
      refusal,
      { reason: 'new-key-spreading', forMs: 1_000 },
    ],
    ['an old key that is refused, going back', buildState('rolling-back', { waiting }), refusal, null],
    ['an old key that is refused, cancelling', buildState('cancelling', { waiting }), refusal, null],
    [
      'no clear answer, going back',
      buildState('rolling-back', { waiting }),
      unclear,
      { reason: 'endpoint-unclear', forMs: 40_000 },
    ],
    [
      'no clear answer, cancelling',
      buildState('cancelling', { waiting }),
      unclear,
      { reason: 'endpoint-unclear', forMs: 40_000 },
    ],
    ['whatever, once it is looked over', buildState('overlapping', { waiting, revalidation }), unclear, null],
    ['whatever, if only the pointer tells', buildState('retiring', { waiting }), unclear, null],
  ])('asks the endpoint once: %s', async (_, state, answer, still) => {
    expect((await tried(state, { answer })).still).toEqual(still);
  });

  it.each([
    ['rolling-back', 'key1'],
    ['cancelling', 'key1'],
    ['overlapping', 'key2'],
  ] as const)('asks in %s with the value of %s', async (kind, slot) => {
    const { calls: made } = await tried(buildState(kind, { waiting }));
    expect(made.filter((call) => call.startsWith('get '))).toEqual([`get ai-services-${slot}`]);
  });
});
