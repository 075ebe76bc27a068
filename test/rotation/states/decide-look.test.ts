import { describe, expect, it } from 'vitest';
import type { DecisionContext } from '../../../src/rotation/decision.ts';
import type { States } from '../../../src/rotation/state.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import { buildContext, buildState, expectOwnDeadline, nowMs } from '../row-builder.ts';
import { decide } from './decide.ts';

const sent = { atMs: nowMs - 200_000 };
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
const keys = (key1: string, key2: string) => ({ key1: key1 as Fingerprint, key2: key2 as Fingerprint });
const seenAt = (print: string, agoMs: number) => ({ fingerprint: print as Fingerprint, atMs: nowMs - agoMs });
const idle = (firstLook: States['regenerating']['firstLook'] = null) => buildState('regenerating', { sent, firstLook });
const old = (firstLook: States['retiring']['firstLook'] = null) => buildState('retiring', { sent, firstLook });

describe('a look after a regenerate without an answer', () => {
  for (const [says, state, now, change, next] of [
    [
      'goes on with the new inactive key when it was applied',
      idle(),
      keys('old1', 'new2'),
      {},
      { kind: 'enter', state: { kind: 'publishing', newFingerprint: 'new2' } },
    ],
    [
      'goes on with the new key of the retired slot',
      old(),
      keys('new1', 'new2'),
      {},
      { kind: 'enter', state: { kind: 'restocking', newInactiveFingerprint: 'new1' } },
    ],
    [
      'waits while the request may still arrive',
      idle(),
      keys('old1', 'old2'),
      { settleUntilMs: nowMs + 9_000 },
      { kind: 'wait', reason: 'settling', forMs: 9_000 },
    ],
    [
      'forgets a look from before the dust has settled',
      idle(seenAt('old2', 6_000)),
      keys('old1', 'old2'),
      { settleUntilMs: nowMs + 1 },
      { state: { firstLook: null } },
    ],
    ['does not believe one look', idle(), keys('old1', 'old2'), {}, { kind: 'wait', reason: 'recheck', forMs: 5_000 }],
    [
      'does not believe two looks close together',
      idle(seenAt('old2', 4_999)),
      keys('old1', 'old2'),
      {},
      { kind: 'wait', forMs: 1 },
    ],
    [
      'believes two looks that lie apart, and takes the intent back',
      idle(seenAt('old2', 5_000)),
      keys('old1', 'old2'),
      {},
      { kind: 'enter', state: { kind: 'regenerating', sent: null } },
    ],
    [
      'takes the intent back in retiring, too',
      old(seenAt('old1', 5_000)),
      keys('old1', 'new2'),
      {},
      { kind: 'enter', state: { kind: 'retiring', sent: null } },
    ],
    [
      'calls a person when the other key changed',
      idle(),
      keys('x', 'new2'),
      {},
      { kind: 'suspend', reason: 'out-of-band-regenerated' },
    ],
    [
      'calls a person when the key in use changed',
      old(),
      keys('old1', 'x'),
      {},
      { kind: 'suspend', reason: 'out-of-band-regenerated' },
    ],
    [
      'calls a person when the account was recreated',
      idle(),
      keys('old1', 'new2'),
      { internalId: 'i0' },
      { kind: 'suspend', reason: 'account-recreated' },
    ],
  ] as const satisfies readonly (readonly [
    string,
    States['regenerating'] | States['retiring'],
    object,
    Partial<DecisionContext>,
    object,
  ])[])
    it(says, () => {
      const decision = decide(state, { kind: 'look', arm: { account, keys: now } }, buildContext(change));
      expect(decision).toMatchObject(next);
      expectOwnDeadline(decision);
    });
});
