import { describe, expect, it } from 'vitest';
import type { SlotSnapshot, VaultSnapshot } from '../../../src/keys/vault-snapshot.ts';
import type { DecisionContext } from '../../../src/rotation/decision.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import {
  buildContext,
  buildState,
  expectOwnDeadline,
  fingerprintsBefore,
  hourMs,
  keysSwitched as keys,
  nowMs,
} from '../row-builder.ts';
import { decide, type Facts, publishes } from './decide.ts';
import { buildPointer, buildSecret, vaultBeforeSwitch as vault, vaultAfterSwitch } from './vault-builder.ts';

const third = { ...keys, key2: 'third' as Fingerprint };
const thirdSeen = { fingerprint: third.key2, atMs: nowMs - 5_000 };
const elsewhere = { pointer: buildPointer('key1', 'p1', { 'keyturn-instance': 'there' }) };
const unstored = { key2: buildSecret('old2', 'v2') };
const publishing = buildState('publishing');
const switching = buildState('switching');
const suspend = (reason: string) => ({ kind: 'suspend', reason });
const step = (kind: string, slot: string) => ({ kind: 'step', step: { kind, slot } });
const withNewKey = (read: VaultSnapshot): SlotSnapshot => ({ ...read, key: read.key2 });
const ran = { secret: buildSecret('new2', 'v3') } as const;

describe('on the way to the switch the rotation', () => {
  for (const [says, state, facts, change, next] of [
    ['stores the new key', publishing, publishes(vault(unstored)), {}, step('store-key', 'key2')],
    [
      'does not store while the account refuses what consumers may read at once',
      publishing,
      publishes(vault(unstored), keys, { kind: 'refused' }),
      {},
      { kind: 'wait', reason: 'new-key-spreading', state: { attempts: 1 } },
    ],
    [
      'stores what consumers may read at once when it is accepted',
      publishing,
      publishes(vault(unstored), keys, { kind: 'accepted' }),
      {},
      step('store-key', 'key2'),
    ],
    [
      'rests, longer each time, before it stores a key again that did not stay',
      buildState('publishing', { storedAtMs: nowMs - 1_000, attempts: 2 }),
      publishes(vault(unstored)),
      {},
      { kind: 'wait', reason: 'retry-later', forMs: 4_000, state: { storedAtMs: null, attempts: 3 } },
    ],
    [
      'proves a key that is stored',
      publishing,
      publishes(vault()),
      {},
      { kind: 'enter', state: { kind: 'probing', newSecretVersion: 'v3' } },
    ],
    [
      'proves a key that the vault has shown once it was stored',
      buildState('publishing', { storedAtMs: nowMs - 1_000 }),
      { kind: 'read-back', version: 'v3' },
      {},
      { kind: 'enter', state: { kind: 'probing', newSecretVersion: 'v3' } },
    ],
    [
      'does not store while the account lists the key from before',
      publishing,
      publishes(vault(unstored), fingerprintsBefore),
      {},
      { kind: 'wait', reason: 'keys-stale' },
    ],
    [
      'looks twice at a key that nobody expected',
      publishing,
      publishes(vault(unstored), third),
      {},
      { kind: 'wait', reason: 'recheck', state: { firstLook: { fingerprint: 'third' } } },
    ],
    [
      'takes it for the new key when both looks agree',
      buildState('publishing', { firstLook: thirdSeen }),
      publishes(vault(unstored), third),
      {},
      { kind: 'note', state: { newFingerprint: 'third' } },
    ],
    [
      'does not publish under a pointer that moved',
      publishing,
      publishes(vaultAfterSwitch(unstored)),
      {},
      suspend('pointer-moved'),
    ],
    [
      'does not publish without a pointer',
      publishing,
      publishes(vault({ pointer: { kind: 'absent' } })),
      {},
      suspend('pointer-missing'),
    ],
    [
      'does not publish under a disabled pointer',
      publishing,
      publishes(vault({ pointer: { kind: 'disabled' } })),
      {},
      suspend('pointer-disabled'),
    ],
    ['does not publish for another instance', publishing, publishes(vault(elsewhere)), {}, suspend('taken-over')],
    [
      'does not publish while consumers lose their key',
      publishing,
      publishes(vault(unstored), { ...keys, key1: 'x' as Fingerprint }),
      {},
      suspend('out-of-band-regenerated'),
    ],
    [
      'probes until the key was accepted often enough',
      buildState('probing', { accepted: 19, acceptedSinceMs: nowMs - hourMs }),
      ran,
      {},
      { kind: 'step', step: { kind: 'probe-new-key' } },
    ],
    [
      'probes until the acceptances lie long enough apart',
      buildState('probing', { accepted: 20, acceptedSinceMs: nowMs - 39_999 }),
      ran,
      {},
      { kind: 'step' },
    ],
    [
      'switches when the key is proved',
      buildState('probing', { accepted: 20, acceptedSinceMs: nowMs - 40_000 }),
      ran,
      {},
      { kind: 'enter', state: { kind: 'switching', sent: null } },
    ],
    [
      'does not prove what is not stored',
      buildState('probing'),
      { secret: buildSecret('x', 'v9') },
      {},
      suspend('secret-changed'),
    ],
    ['moves the pointer', switching, { vault: withNewKey(vault()), keys }, {}, step('store-pointer', 'key2')],
    [
      'moves the direct value first',
      switching,
      { vault: withNewKey(vault({ direct: buildSecret('old1', 'd1') })), keys },
      {},
      step('store-direct', 'key2'),
    ],
    [
      'moves the pointer once the direct value stands',
      switching,
      { vault: withNewKey(vault({ direct: buildSecret('new2', 'd2') })), keys },
      {},
      step('store-pointer', 'key2'),
    ],
    [
      'leaves a direct value that it does not know',
      switching,
      { vault: withNewKey(vault({ direct: buildSecret('x', 'd9') })), keys },
      {},
      suspend('direct-stale'),
    ],
    [
      'does not switch to a secret that changed',
      switching,
      { vault: withNewKey(vault({ key2: buildSecret('x', 'v9') })), keys },
      {},
      suspend('secret-changed'),
    ],
    [
      'publishes again when the proved key is no longer the account’s',
      buildState('switching', { firstLook: thirdSeen }),
      { vault: withNewKey(vault()), keys: third },
      {},
      { kind: 'enter', state: { kind: 'publishing', newFingerprint: 'third' } },
    ],
    [
      'does not go back while its own pointer write may arrive',
      buildState('switching', { firstLook: thirdSeen }),
      { vault: withNewKey(vault()), keys: third },
      { settleUntilMs: nowMs + 1 },
      { kind: 'wait', reason: 'settling' },
    ],
    [
      'counts the overlap from now, whatever date the pointer bears',
      switching,
      { vault: withNewKey(vaultAfterSwitch()), keys },
      {},
      {
        kind: 'enter',
        state: { kind: 'overlapping', switchedAtVaultMs: nowMs, overlapUntilMs: nowMs + 2 * hourMs + 1_000 },
      },
    ],
    [
      'counts it from the latest of the reads: the worker may have stood still between two of them',
      switching,
      { vault: withNewKey(vaultAfterSwitch({ seenByMs: nowMs + 75_000 })), keys },
      {},
      {
        kind: 'enter',
        state: { kind: 'overlapping', switchedAtVaultMs: nowMs + 75_000 },
        row: { lastSeen: { sinceMs: nowMs + 75_000 } },
      },
    ],
  ] as const satisfies readonly (readonly [string, ActiveState, Facts, Partial<DecisionContext>, object])[])
    it(says, () => {
      const decision = decide(state, facts, buildContext(change));
      expect(decision).toMatchObject(next);
      expectOwnDeadline(decision);
    });
});
