import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../src/keys/ports.ts';
import type { DecisionContext } from '../../../src/rotation/decision.ts';
import type { States } from '../../../src/rotation/state.ts';
import type { Arm } from '../../../src/rotation/states/arm.ts';
import type { FactsByState } from '../../../src/rotation/states/pages.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import {
  buildContext,
  buildState,
  fingerprintsBefore,
  hourMs,
  keysSwitched as keys,
  newFingerprint,
  nowMs,
} from '../row-builder.ts';
import { decide } from './decide.ts';
import { buildPointer, buildSecret, vaultBeforeSwitch as vault } from './vault-builder.ts';

type Touched = Extract<FactsByState['cancelling'], { kind: 'touched' }>;

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
const before = { fingerprints: fingerprintsBefore, versions: { pointer: 'p1', key1: 'v1', key2: 'v2', direct: 'd1' } };
const yes = { kind: 'accepted' } as const;
interface Seen extends Touched, Arm {
  readonly proof: ProbeAnswer;
}
const seen = ({
  keys: found = keys,
  account: asked = account,
  vault: read = vault(),
  proof = yes,
  ...change
}: Partial<Seen> = {}): Touched => ({
  kind: 'touched',
  before,
  arm: { account: asked, keys: found },
  vault: read,
  ahead:
    read.direct?.kind === 'stored' && read.direct.fingerprint !== before.fingerprints.key1
      ? { direct: read.direct, proof }
      : null,
  newKeyProof: null,
  ...change,
});
const firstLook = { fingerprint: newFingerprint, atMs: nowMs - 5_000 };
const looked = buildState('cancelling', { firstLook, before });
const suspend = (reason: string) => ({ kind: 'suspend', reason });
const x = 'x' as Fingerprint;
const ahead = vault({ direct: buildSecret('new2', 'd2') });
const stale = (name: string, version: string) => ({ name, version });
const withDirect: Partial<DecisionContext> = {
  secretNames: { key1: 'ai-services-key1', key2: 'ai-services-key2', direct: 'ai-services-key' },
};

describe('a rotation that is undone', () => {
  for (const [says, state, facts, change, next] of [
    [
      'ends at once if nothing was sent, and asks for the first word again',
      buildState('cancelling', { before: null }),
      { kind: 'untouched' },
      {},
      { kind: 'end', end: { outcome: 'cancelled' }, row: { firstRotationConfirmedBy: null } },
    ],
    [
      'does not end while a write may arrive',
      buildState('cancelling', { before: null }),
      { kind: 'untouched' },
      { settleUntilMs: nowMs + 7 },
      { kind: 'wait', reason: 'settling', forMs: 7 },
    ],
    [
      'looks at nothing while a write may arrive',
      looked,
      seen(),
      { settleUntilMs: nowMs + 7 },
      { kind: 'wait', reason: 'settling', forMs: 7 },
    ],
    [
      'believes the inactive key only at the second look',
      buildState('cancelling', { before }),
      seen(),
      {},
      {
        kind: 'wait',
        reason: 'recheck',
        state: { firstLook: { fingerprint: newFingerprint, atMs: nowMs } },
        forMs: 5_000,
      },
    ],
    [
      'begins its looks again if they differ',
      buildState('cancelling', { before, firstLook: { fingerprint: x, atMs: nowMs - hourMs } }),
      seen(),
      {},
      { kind: 'wait', reason: 'recheck', state: { firstLook: { fingerprint: newFingerprint } } },
    ],
    [
      'stores what the account has, if the vault has something else',
      looked,
      seen({ vault: vault({ key2: buildSecret('old2', 'v2') }) }),
      {},
      { kind: 'step', step: { kind: 'store-key', slot: 'key2', state: { firstLook } } },
    ],
    [
      'stores nothing that the account does not take, while consumers may read it',
      looked,
      seen({ vault: vault({ key2: buildSecret('old2', 'v2') }), newKeyProof: { kind: 'refused' } }),
      {},
      { kind: 'wait', reason: 'new-key-spreading' },
    ],
    [
      'stores what they may read once it is accepted',
      looked,
      seen({ vault: vault({ key2: buildSecret('old2', 'v2') }), newKeyProof: yes }),
      {},
      { kind: 'step', step: { kind: 'store-key', slot: 'key2' } },
    ],
    [
      'rests before it stores again what somebody keeps overwriting',
      { ...looked, storedAtMs: nowMs },
      seen({ vault: vault({ key2: buildSecret('old2', 'v2') }) }),
      {},
      { kind: 'wait', reason: 'retry-later', state: { storedAtMs: null, attempts: 1 } },
    ],
    [
      'gives nothing back while the endpoint says nothing of the old key',
      looked,
      seen({ vault: ahead, proof: { kind: 'unknown', code: 'http-503' } }),
      withDirect,
      { kind: 'wait', reason: 'endpoint-unclear' },
    ],
    [
      'tries the old key before consumers get it back',
      looked,
      seen({ vault: ahead, proof: { kind: 'refused' } }),
      withDirect,
      { kind: 'wait', reason: 'endpoint-unclear' },
    ],
    [
      'gives the direct-value secret back, and remembers the version to disable',
      looked,
      seen({ vault: ahead, proof: yes }),
      withDirect,
      {
        kind: 'step',
        step: {
          kind: 'store-direct',
          slot: 'key1',
          state: { superseded: [{ name: 'ai-services-key', version: 'd2' }] },
        },
      },
    ],
    [
      'remembers each version of the direct value that it takes back',
      { ...looked, superseded: [stale('ai-services-key', 'd9')] },
      seen({ vault: ahead, proof: yes }),
      withDirect,
      {
        kind: 'step',
        step: { state: { superseded: [stale('ai-services-key', 'd9'), stale('ai-services-key', 'd2')] } },
      },
    ],
    [
      'gives back before it stores the inactive key',
      looked,
      seen({ vault: { ...ahead, key2: buildSecret('old2', 'v2') }, proof: yes }),
      withDirect,
      { kind: 'step', step: { kind: 'store-direct' } },
    ],
    [
      'leaves a direct value alone that it did not write',
      looked,
      seen({ vault: vault({ direct: buildSecret('x', 'd2') }), proof: yes }),
      withDirect,
      suspend('direct-stale'),
    ],
    [
      'ends when vault and account agree, with everything young from now on',
      looked,
      seen(),
      withDirect,
      {
        kind: 'end',
        end: { outcome: 'cancelled' },
        row: {
          lastSeen: { pointer: 'key1', sinceMs: nowMs, versions: { key2: 'v3' } },
          superseded: [
            { name: 'ai-services-key2', version: 'v2' },
            { name: 'ai-services-key', version: 'd1' },
          ],
        },
      },
    ],
    [
      'leaves each superseded version to the next once: those of before, and what it stored and took back',
      { ...looked, superseded: [stale('ai-services-key', 'd2'), stale('ai-services-key2', 'v2')] },
      seen(),
      { ...withDirect, superseded: [stale('ai-services-key1', 'v2'), stale('ai-services-key', 'd1')] },
      {
        kind: 'end',
        row: {
          superseded: [
            stale('ai-services-key1', 'v2'),
            stale('ai-services-key', 'd1'),
            stale('ai-services-key2', 'v2'),
            stale('ai-services-key', 'd2'),
          ],
        },
      },
    ],
    [
      'keeps off if the pointer moved',
      looked,
      seen({ vault: vault({ pointer: buildPointer('key2', 'p2') }) }),
      {},
      suspend('pointer-moved'),
    ],
    [
      'keeps off without a pointer',
      looked,
      seen({ vault: vault({ pointer: { kind: 'absent' } }) }),
      {},
      suspend('pointer-missing'),
    ],
    [
      'keeps off what another instance has',
      looked,
      seen({ vault: vault({ pointer: buildPointer('key1', 'p1', { 'keyturn-instance': 'there' }) }) }),
      {},
      suspend('taken-over'),
    ],
    [
      'keeps off if the active key changed',
      looked,
      seen({ keys: { ...keys, key1: x } }),
      {},
      suspend('out-of-band-regenerated'),
    ],
    [
      'keeps off if the active secret changed',
      looked,
      seen({ vault: vault({ key1: buildSecret('x', 'v9') }) }),
      {},
      suspend('secret-changed'),
    ],
    [
      'keeps off another account',
      looked,
      seen({ account: { ...account, internalId: 'i2' } }),
      {},
      suspend('account-recreated'),
    ],
  ] as const satisfies readonly (readonly [
    string,
    States['cancelling'],
    FactsByState['cancelling'],
    Partial<DecisionContext>,
    object,
  ])[])
    it(says, () => expect(decide(state, facts, buildContext(change))).toMatchObject(next));
});
