import { describe, expect, it } from 'vitest';
import type { NetworkState } from '../../../src/hardening/network/network-state.ts';
import { networkRoundEveryMs } from '../../../src/keys/every-node.ts';
import type { ProbeAnswer } from '../../../src/keys/ports.ts';
import {
  asked,
  changeIn,
  closed,
  ended,
  foreign,
  minuteMs,
  type NetworkWorld,
  networkWorld,
  nowMs,
  open,
  refusedBy,
  rested,
} from './network-builder.ts';

const closing = (more: object = {}) =>
  ({ kind: 'closing', from: open, to: closed, sends: 1, inForceAtMs: null, rounds: 0, ...more }) as const;
const restoring = {
  kind: 'restoring',
  from: open,
  to: closed,
  sinceMs: 1,
  reason: 'shut-out',
  code: 'http-403',
  action: 'data',
} as const;
const setRules = { what: 'network rules of the account', kind: 'set-network-rules', atMs: nowMs };
const backAgain = { what: 'former network rules of the account', kind: 'restore-network-rules', atMs: nowMs };
const inForce = { account: { rules: closed } };
const silent: ProbeAnswer = { kind: 'unknown', code: 'http-403' };
const usedUp: ProbeAnswer = { kind: 'unknown', code: 'quota-used-up' };
const at = 'set-network-rules';

const begun = changeIn(closing({ sends: 0 }));
const proving = changeIn(closing({ inForceAtMs: nowMs - minuteMs, rounds: 4 }));
const opening = changeIn(closing({ from: closed, to: open, inForceAtMs: nowMs - 5 * minuteMs - 1 }), {
  request: { ...asked, mode: 'public' },
});
const late = changeIn(closing({ inForceAtMs: nowMs - 5 * minuteMs - 1 }));
const atLimit = changeIn(closing({ inForceAtMs: nowMs - 5 * minuteMs }));
const putBack = changeIn(restoring);
const phaseOf = (state: NetworkState, more: object) => ({ phase: { ...state.change?.phase, ...more } });

/** One more round was accepted. */
const provedSoFar = (state: NetworkState) =>
  rested(state, 'proving-public-access', networkRoundEveryMs, {}, undefined, 'planned');
const restoringAfter = (state: NetworkState, reason: string, code: string) => ({
  kind: 'go-on',
  state: {
    ...state,
    change: {
      ...state.change,
      phase: { kind: 'restoring', from: open, to: closed, sinceMs: nowMs, reason, code },
      waitingFor: null,
    },
  },
});

describe('public access of an account while it is changed', () => {
  it.each<[string, NetworkState, NetworkWorld, unknown, readonly unknown[]]>([
    [
      'sends the new rules',
      begun,
      {},
      rested(begun, 'public-access-changing', 5_000, { done: [setRules], ...phaseOf(begun, { sends: 1 }) }),
      [['setRules', closed]],
    ],
    [
      'sends them once more, and notes them once',
      changeIn(closing({ sends: 3 }), { done: [{ ...setRules, atMs: 1 }] }),
      {},
      rested(changeIn(closing({ sends: 4 }), { done: [{ ...setRules, atMs: 1 }] }), 'public-access-changing', 5_000),
      [['setRules', closed]],
    ],
    [
      'sends them a twentieth time',
      changeIn(closing({ sends: 19 })),
      {},
      rested(changeIn(closing({ sends: 20 })), 'public-access-changing', 5_000, { done: [setRules] }),
      [['setRules', closed]],
    ],
    ['never sends them a twenty-first time', changeIn(closing({ sends: 20 })), {}, ended(begun, 'not-taking', at), []],
    [
      'sends nothing while Azure works',
      begun,
      { account: { provisioningState: 'Updating' } },
      rested(begun, 'azure-working', 5_000, {}, undefined, 'retry'),
      [],
    ],
    [
      'says nothing of rules that somebody else has set while Azure may be taking over its own',
      begun,
      { account: { rules: foreign, provisioningState: 'Accepted' } },
      rested(begun, 'azure-working', 5_000, {}, undefined, 'retry'),
      [],
    ],
    [
      'leaves rules alone that somebody else has set',
      begun,
      { account: { rules: foreign } },
      ended(begun, 'rules-changed-meanwhile', at),
      [],
    ],
    [
      'ends with what Azure refuses them for',
      begun,
      { handFails: { ...refusedBy('resource-lock', 'ScopeLocked') } },
      ended(begun, 'resource-lock', at, { code: 'ScopeLocked' }),
      [['setRules', closed]],
    ],
    [
      'counts a first round that is accepted, from now on',
      changeIn(closing()),
      inForce,
      provedSoFar(changeIn(closing({ inForceAtMs: nowMs, rounds: 1 }))),
      [],
    ],
    [
      'counts a fourth one, since it was first seen',
      changeIn(closing({ inForceAtMs: nowMs - 9, rounds: 3 })),
      inForce,
      provedSoFar(changeIn(closing({ inForceAtMs: nowMs - 9, rounds: 4 }))),
      [],
    ],
    ['is proved by the fifth', proving, inForce, ended(proving, 'applied', at, {}, nowMs), []],
    [
      'counts also while Azure is at work',
      proving,
      { account: { rules: closed, provisioningState: 'Updating' } },
      provedSoFar(changeIn(closing({ inForceAtMs: nowMs - minuteMs, rounds: 5 }))),
      [],
    ],
    [
      'then waits for Azure to end its work',
      changeIn(closing({ inForceAtMs: nowMs - 8 * minuteMs, rounds: 5 })),
      { account: { rules: closed, provisioningState: 'Updating' } },
      rested(
        changeIn(closing({ inForceAtMs: nowMs - 8 * minuteMs, rounds: 5 })),
        'azure-working',
        2 * minuteMs,
        {},
        undefined,
        'retry',
      ),
      [],
    ],
    [
      'and looks once more',
      changeIn(closing({ inForceAtMs: nowMs - 9 * minuteMs, rounds: 5 })),
      { ...inForce, key: () => silent },
      restoringAfter(changeIn(closing({ inForceAtMs: nowMs - 9 * minuteMs, rounds: 5 })), 'shut-out', 'http-403'),
      [],
    ],
    // A gateway's node that lags behind: five rounds in a row, or nothing.
    [
      'counts again after a call that was not accepted',
      proving,
      { ...inForce, key: () => silent },
      rested(proving, 'proving-public-access', 20_000, phaseOf(proving, { rounds: 0 }), { code: 'http-403' }),
      [],
    ],
    [
      'counts again when the last call of the last round is not accepted',
      proving,
      { ...inForce, key: (call) => (call === 7 ? silent : { kind: 'accepted' }) },
      rested(proving, 'proving-public-access', 20_000, phaseOf(proving, { rounds: 0 }), { code: 'http-403' }),
      [],
    ],
    [
      'counts again when the vault is out of reach',
      proving,
      { ...inForce, vaultReached: false },
      rested(proving, 'proving-public-access', 20_000, phaseOf(proving, { rounds: 0 }), { code: 'vault-not-reached' }),
      [],
    ],
    [
      'knows nothing while the quota of calls is used up',
      proving,
      { ...inForce, key: () => usedUp },
      rested(proving, 'quota-used-up', 20_000, phaseOf(proving, { rounds: 0 }), { code: 'quota-used-up' }),
      [],
    ],
    [
      'knows nothing while the endpoint throttles',
      proving,
      { ...inForce, key: () => ({ kind: 'unknown', code: 'http-429' }) },
      rested(proving, 'endpoint-unclear', 20_000, phaseOf(proving, { rounds: 0 }), { code: 'http-429' }),
      [],
    ],
    [
      'looks soon at first',
      changeIn(closing()),
      { ...inForce, key: () => silent },
      rested(changeIn(closing({ inForceAtMs: nowMs })), 'proving-public-access', 5_000, {}, { code: 'http-403' }),
      [],
    ],
    [
      'looks when the five minutes are over, not long afterwards',
      changeIn(closing({ inForceAtMs: nowMs - 4 * minuteMs })),
      { ...inForce, key: () => silent },
      rested(
        changeIn(closing({ inForceAtMs: nowMs - 4 * minuteMs })),
        'proving-public-access',
        minuteMs,
        {},
        { code: 'http-403' },
      ),
      [],
    ],
    [
      'waits five minutes for the proof',
      atLimit,
      { ...inForce, key: () => silent },
      rested(atLimit, 'proving-public-access', 5_000, {}, { code: 'http-403' }),
      [],
    ],
    [
      'then goes back to the former rules',
      late,
      { ...inForce, key: () => silent },
      restoringAfter(late, 'shut-out', 'http-403'),
      [],
    ],
    [
      'goes back when the vault is out of reach for so long',
      late,
      { ...inForce, vaultReached: false },
      restoringAfter(late, 'shut-out', 'vault-not-reached'),
      [],
    ],
    [
      'goes back when the quota stays used up, and does not call that shut out',
      late,
      { ...inForce, key: () => usedUp },
      restoringAfter(late, 'quota-used-up', 'quota-used-up'),
      [],
    ],
    [
      'goes back when the endpoint says neither yes nor no for so long',
      late,
      { account: { rules: closed, localAuthDisabled: true }, token: { kind: 'unknown', code: 'http-503' } },
      restoringAfter(late, 'endpoint-unclear', 'http-503'),
      [],
    ],
    [
      'does not go back while calls are accepted',
      late,
      inForce,
      provedSoFar(changeIn(closing({ inForceAtMs: nowMs - 5 * minuteMs - 1, rounds: 1 }))),
      [],
    ],
    [
      'leaves an account open that opens while the quota is used up',
      opening,
      { account: { rules: open }, key: () => usedUp },
      ended(opening, 'applied', at),
      [],
    ],
    [
      'leaves an account open that opens, whether that is proved or not',
      opening,
      { account: { rules: open }, key: () => silent },
      ended(opening, 'applied', at),
      [],
    ],
    [
      'puts the former rules back',
      putBack,
      { account: { rules: closed } },
      rested(putBack, 'rules-not-back', 10_000, { done: [backAgain] }),
      [['setRules', open]],
    ],
    [
      'puts them back again and again, noted once',
      changeIn(restoring, { done: [{ ...backAgain, atMs: 1 }] }),
      { account: { rules: closed } },
      rested(changeIn(restoring, { done: [{ ...backAgain, atMs: 1 }] }), 'rules-not-back', 10_000),
      [['setRules', open]],
    ],
    [
      'ends when they are back, and says what the proof lacked',
      { ...putBack, closedSinceMs: 7 },
      {},
      ended(putBack, 'shut-out', at, { code: 'http-403', action: 'data' }, 7),
      [],
    ],
    [
      "says nothing of somebody else's rules while Azure may be putting back the former ones",
      putBack,
      { account: { rules: foreign, provisioningState: 'Accepted' } },
      rested(putBack, 'rules-not-back', 10_000, {}, undefined, 'retry'),
      [],
    ],
    [
      "puts nothing back over somebody else's rules",
      putBack,
      { account: { rules: foreign } },
      ended(putBack, 'rules-changed-meanwhile', at),
      [],
    ],
  ])('%s', async (_, state, world, expected, sent) => {
    const { step, sent: did } = networkWorld(world);
    expect(await step(state)).toEqual(expected);
    expect(did.map(([name, ...args]) => [name, args.at(-1)])).toEqual(sent);
  });

  it('calls nobody if the settings keep Keyturn off the endpoint, and asks the vault all the same', async () => {
    const { step, calls } = networkWorld({ ...inForce, dataPlane: false });
    expect(await step(proving)).toEqual(ended(proving, 'applied', at, {}, nowMs));
    expect(calls).toEqual({ key: 0, token: 0, vault: 1, names: [] });
  });

  it('keeps since when it is closed', async () => {
    const state = { ...proving, closedSinceMs: 3 };
    expect(await networkWorld(inForce).step(state)).toEqual(ended(state, 'applied', at, {}, 3));
  });

  it('forgets since when it was closed, once it is open to everybody', async () => {
    const { step } = networkWorld({ account: { rules: open }, key: () => silent });
    expect(await step({ ...opening, closedSinceMs: 3 })).toMatchObject({ state: { closedSinceMs: null } });
  });

  it.each<[string, NetworkWorld, string | null, { key: number; token: number }]>([
    ['with the first key, eight times', inForce, null, { key: 8, token: 0 }],
    [
      'with the second key from then on when the first is dying',
      { ...inForce, key: (call) => (call === 0 ? { kind: 'refused' } : { kind: 'accepted' }) },
      null,
      { key: 9, token: 0 },
    ],
    [
      'with the second key when the first is refused in other words',
      { ...inForce, key: (call) => (call === 0 ? { kind: 'unknown', code: 'http-401' } : { kind: 'accepted' }) },
      null,
      { key: 9, token: 0 },
    ],
    // The second call could meet a node that lags behind.
    [
      'in vain with the first when that is shut out, whatever the second would be',
      { ...inForce, key: (call) => (call === 0 ? silent : { kind: 'accepted' }) },
      'http-403',
      { key: 1, token: 0 },
    ],
    ['in vain with both', { ...inForce, key: () => ({ kind: 'refused' }) }, 'key-refused', { key: 2, token: 0 }],
    [
      'with its token if keys are off',
      { account: { rules: closed, localAuthDisabled: true } },
      null,
      { key: 0, token: 8 },
    ],
    [
      'with its token if Azure lists no keys',
      { ...inForce, listKeys: { kind: 'refused', reason: 'local-auth-disabled', code: 'x' } },
      null,
      { key: 0, token: 8 },
    ],
    [
      'in vain with its token, by its code',
      { account: { rules: closed, localAuthDisabled: true }, token: { kind: 'unknown', code: 'http-503' } },
      'http-503',
      { key: 0, token: 1 },
    ],
    [
      'in vain with its token, by what kind of answer it got',
      { account: { rules: closed, localAuthDisabled: true }, token: { kind: 'denied', action: 'data' } },
      'denied',
      { key: 0, token: 1 },
    ],
  ])('is called %s', async (_, world, code, counts) => {
    const { step, calls } = networkWorld(world);
    const stepped = await step(changeIn(closing()));
    expect(stepped).toMatchObject({
      kind: 'rest',
      state: { change: { phase: { rounds: code === null ? 1 : 0 }, waitingFor: { code } } },
    });
    expect(calls).toMatchObject(counts);
  });

  it('passes on why keys could not be listed', async () => {
    const { step } = networkWorld({ ...inForce, listKeys: refusedBy('account-access-denied', 'AuthorizationFailed') });
    await expect(step(changeIn(closing()))).rejects.toThrow('AuthorizationFailed');
  });

  it('passes on what is no refusal, for it may have been applied', async () => {
    const { step } = networkWorld({ handFails: { kind: 'outcome-unknown', code: 'timeout' } });
    await expect(step(begun)).rejects.toThrow('timeout');
  });
});
