import { describe, expect, it } from 'vitest';
import type { DecisionContext } from '../../../src/rotation/decision.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import type { Arm } from '../../../src/rotation/states/arm.ts';
import type { FactsByState } from '../../../src/rotation/states/pages.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import { buildContext, buildState, expectOwnDeadline, hourMs, keysSwitched as keys, nowMs } from '../row-builder.ts';
import { decide, type Facts } from './decide.ts';
import { buildPointer, buildSecret, vaultAfterSwitch as vault, vaultBeforeSwitch } from './vault-builder.ts';

type Over = Extract<FactsByState['overlapping'], { kind: 'over' }>;

const account = {
  internalId: 'i1',
  kind: 'AIServices',
  location: 'eastus',
  endpoint: 'https://contoso.cognitiveservices.azure.com/',
  provisioningState: 'Succeeded',
  endpointIsAzure: true,
  localAuthDisabled: false,
  tags: {},
};
const yes = { kind: 'accepted' } as const;
const no = { kind: 'refused' } as const;
const sent = { atMs: nowMs - 1_000 };
const over = ({ keys: found = keys, account: asked = account, ...change }: Partial<Over & Arm> = {}): Over => ({
  kind: 'over',
  arm: { account: asked, keys: found },
  vault: vault(),
  proof: yes,
  copies: [],
  ...change,
});
const last = (
  change: Partial<Extract<FactsByState['retiring'], { kind: 'proof' }>> = {},
): FactsByState['retiring'] => ({
  kind: 'proof',
  keys,
  vault: vault(),
  proof: yes,
  copies: [],
  ...change,
});
const back = (change: Partial<FactsByState['rolling-back']> = {}): FactsByState['rolling-back'] => ({
  keys,
  vault: vault(),
  proof: yes,
  ...change,
});
const suspend = (reason: string) => ({ kind: 'suspend', reason });
const overlapping = buildState('overlapping');
const retiring = buildState('retiring');
const rollingBack = buildState('rolling-back');
const known = { name: 'ai-services-key2', version: 'v0' };
const secretNames = { key1: 'ai-services-key1', key2: 'ai-services-key2', direct: 'ai-services-key' };
const withDirect = {
  versionsBefore: { pointer: 'p1', key1: 'v1', key2: 'v2', direct: 'd1' },
  followed: { pointer: 'p2', key: 'v3', direct: 'd2' },
};
const superseded = [
  { name: 'ai-services-key1', version: 'v1' },
  { name: 'ai-services-key2', version: 'v2' },
  { name: 'ai-services-key', version: 'd1' },
];
const otherPointer = vault({ pointer: buildPointer('key2', 'p9') });
const oldKeyDead = { ...keys, key1: 'x' as Fingerprint };

describe('between switch and end the rotation', () => {
  for (const [says, state, facts, change, next] of [
    [
      'rests while the overlap runs',
      buildState('overlapping', { overlapUntilMs: nowMs + hourMs }),
      { kind: 'runs', untilMs: nowMs + hourMs },
      {},
      { kind: 'wait', reason: 'overlap', forMs: hourMs },
    ],
    [
      'retires the old key after a first proof',
      overlapping,
      over(),
      {},
      { kind: 'enter', state: { kind: 'retiring', sent: null } },
    ],
    [
      'waits for the vault’s own clock',
      buildState('overlapping', { switchedAtVaultMs: nowMs - hourMs }),
      over(),
      {},
      { kind: 'wait', reason: 'overlap', forMs: hourMs + 1_000 },
    ],
    [
      'begins the overlap again at a pointer version that it did not write',
      overlapping,
      over({ vault: otherPointer }),
      {},
      { kind: 'note', state: { followed: { pointer: 'p9' }, overlapUntilMs: nowMs + 2 * hourMs + 1_000 } },
    ],
    [
      'begins the overlap again at a key version that it did not write',
      overlapping,
      over({ vault: vault({ key2: buildSecret('new2', 'v9') }) }),
      {},
      { kind: 'note', state: { followed: { key: 'v9' } } },
    ],
    [
      'keeps the old key when the pointer is elsewhere',
      overlapping,
      over({ vault: vaultBeforeSwitch() }),
      {},
      suspend('pointer-moved'),
    ],
    [
      'keeps the old key when the secret holds another',
      overlapping,
      over({ vault: vault({ key2: buildSecret('x', 'v9') }) }),
      {},
      suspend('secret-changed'),
    ],
    [
      'keeps the old key when the direct value is another',
      overlapping,
      over({ vault: vault({ direct: buildSecret('old1', 'd1') }) }),
      {},
      suspend('direct-stale'),
    ],
    [
      'keeps the old key when the account was recreated',
      overlapping,
      over(),
      { internalId: 'i0' },
      suspend('account-recreated'),
    ],
    [
      'keeps the old key while the new one is refused',
      overlapping,
      over({ proof: no }),
      {},
      { kind: 'wait', reason: 'new-key-spreading' },
    ],
    [
      'keeps the old key while nobody answers',
      overlapping,
      over({ proof: { kind: 'unknown', code: '503' } }),
      {},
      { kind: 'wait', reason: 'endpoint-unclear' },
    ],
    [
      'regenerates the old key at the point of no return',
      retiring,
      last(),
      {},
      { kind: 'step', step: { kind: 'regenerate', slot: 'key1' } },
    ],
    [
      'goes back to where a rollback is legal when the proof fails',
      retiring,
      last({ proof: no }),
      {},
      { kind: 'wait', state: { kind: 'overlapping' } },
    ],
    [
      'goes back to the overlap at another pointer version',
      retiring,
      last({ vault: otherPointer }),
      {},
      { kind: 'enter', state: { kind: 'overlapping' } },
    ],
    [
      'does not retire before a write has settled',
      retiring,
      last(),
      { settleUntilMs: nowMs + 5 },
      { kind: 'wait', reason: 'settling' },
    ],
    [
      'does not retire a key that somebody else replaced',
      retiring,
      last({ keys: oldKeyDead }),
      {},
      suspend('out-of-band-regenerated'),
    ],
    [
      'turns the pointer back to a living key',
      rollingBack,
      back(),
      {},
      { kind: 'step', step: { kind: 'store-pointer', slot: 'key1' } },
    ],
    [
      'turns the direct value back first',
      rollingBack,
      back({ vault: vault({ direct: buildSecret('new2', 'd2') }) }),
      {},
      { kind: 'step', step: { kind: 'store-direct', slot: 'key1' } },
    ],
    [
      'stays with the new key when the old one is dead',
      rollingBack,
      back({ proof: no }),
      {},
      {
        kind: 'enter',
        state: { kind: 'overlapping', deadlineMs: nowMs + 25 * hourMs },
        row: { requestRefused: { reason: 'old-key-dead' } },
      },
    ],
    [
      'calls a person when the old key died after something was sent',
      buildState('rolling-back', { sent: { ...sent, what: 'direct' } }),
      back({ keys: oldKeyDead }),
      {},
      suspend('out-of-band-regenerated'),
    ],
    [
      'goes on with what is half done when one node refuses a key that the account still has',
      buildState('rolling-back', { sent: { ...sent, what: 'direct' } }),
      back({ proof: no }),
      {},
      { kind: 'wait', reason: 'endpoint-unclear' },
    ],
    [
      'waits for a proof of the old key',
      rollingBack,
      back({ proof: { kind: 'unknown', code: '503' } }),
      {},
      { kind: 'wait', reason: 'endpoint-unclear' },
    ],
    [
      'ends rolled back once nothing can arrive any more',
      rollingBack,
      back({ vault: vaultBeforeSwitch() }),
      {},
      { kind: 'end', end: { outcome: 'rolled-back' } },
    ],
    [
      'leaves what a rollback superseded to the next: of the direct value also the version that went ahead',
      buildState('rolling-back', withDirect),
      back({ vault: vaultBeforeSwitch({ direct: buildSecret('old1', 'd3') }) }),
      { secretNames, superseded: [known] },
      { kind: 'end', row: { superseded: [known, ...superseded, { name: 'ai-services-key', version: 'd2' }] } },
    ],
    [
      'comes with what it superseded to its end, and with what was left to it',
      buildState('restocking', withDirect),
      { kind: 'stored', vault: vault({ key1: buildSecret('new1', 'v4') }), version: 'v4' },
      { secretNames, superseded: [known] },
      { kind: 'enter', state: { kind: 'confirming', superseded: [known, ...superseded] } },
    ],
    [
      'does not end while a write may arrive',
      rollingBack,
      back({ vault: vaultBeforeSwitch() }),
      { settleUntilMs: nowMs + 5 },
      { kind: 'wait', reason: 'settling' },
    ],
  ] as const satisfies readonly (readonly [string, ActiveState, Facts, Partial<DecisionContext>, object])[])
    it(says, () => {
      const decision = decide(state, facts, buildContext(change));
      expect(decision).toMatchObject(next);
      expectOwnDeadline(decision);
    });
});
