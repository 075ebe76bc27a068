import { describe, expect, it } from 'vitest';
import { keylessTag, viewKeyless } from '../../../src/app/hardening/view-keyless.ts';
import {
  type KeylessChange,
  type KeylessState,
  keylessState,
  keysAsEver,
} from '../../../src/hardening/keyless/keyless-state.ts';
import { authFacts, changeAt, minuteMs, nowMs } from '../../hardening/keyless/keyless-builder.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const action = 'Microsoft.CognitiveServices/accounts/write';
const keyUse = { kind: 'unknown', detail: 'no source' } as const;
const changeOf = (state: KeylessState): KeylessChange => {
  if (state.change === null) throw new TypeError('no change');
  return state.change;
};
const proving = { kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 } as const;
const last = {
  ...{ id: 'i', by: 'b', endedAtMs: 9, code: 'X', action },
  ...({ outcome: 'reverted', reason: 'token-not-accepted', keyProof: 'refused' } as const),
};

async function view(state: KeylessState, { isOff = false, isDeclared = false } = {}) {
  const facts = { ...authFacts, localAuthDisabled: isOff };
  const unasked = async () => Promise.reject(new TypeError('nothing is changed'));
  const hardening = { localAuth: { read: async () => facts, setDisabled: unasked } };
  const target = buildTarget(isDeclared ? { policy: { keyless: true } } : {});
  return await viewKeyless({ hardening }, target, state, keyUse);
}

describe('the way without keys, as it is shown', () => {
  it('is quiet if nothing was asked', async () => {
    expect(await view(keysAsEver)).toEqual({
      etag: keylessTag(keysAsEver, authFacts),
      view: {
        ...{ target: 'demo', enabled: false, account: { localAuthDisabled: false, customSubdomain: 'a' }, since: null },
        ...{ verified: null, keyUse, change: null, lastChange: null },
      },
    });
  });

  it('is a change under way, with what it lacks and when it reverts', async () => {
    const state = changeAt(proving, {
      ...{ waiting: 'retry-later', code: 'AuthorizationFailed', action },
      calledOff: { by: 'somebody', atMs: 1 },
    });
    const { change } = (await view({ ...state, verified: { atMs: 8, accepted: true, code: 'accepted' } })).view;
    expect(change).toEqual({
      ...{ id: 'change-1', by: 'someone', startedAt: iso(nowMs - minuteMs), at: 'proving', waiting: 'retry-later' },
      detail: expect.stringContaining(`It lacks ${action}.`),
      ...{ code: 'AuthorizationFailed', missingAction: action, fix: expect.stringContaining('role') },
      ...{ calledOffBy: 'somebody', revertsAt: iso(nowMs + 60 * minuteMs) },
    });
  });

  it('is how the last change ended', async () => {
    const state = { ...keysAsEver, last, verified: { atMs: 8, accepted: false, code: 'denied' } };
    expect((await view(state)).view).toMatchObject({
      verified: { at: iso(8), accepted: false, code: 'denied' },
      lastChange: {
        ...{
          id: 'i',
          by: 'b',
          endedAt: iso(9),
          outcome: 'reverted',
          reason: 'token-not-accepted',
          keyProof: 'refused',
        },
        ...{ detail: expect.stringContaining(`It lacks ${action}.`), code: 'X', missingAction: action },
        fix: expect.stringContaining('role'),
      },
    });
  });

  it.each<[says: string, state: KeylessState, options: Parameters<typeof view>[1], enabled: boolean]>([
    ['is on if keys are off, and proved', { ...keysAsEver, offSinceMs: 5 }, { isOff: true }, true],
    ['is on if keys are off, and declared so', keysAsEver, { isOff: true, isDeclared: true }, true],
    ['is not if somebody else has keys off', keysAsEver, { isOff: true }, false],
    ['is not if somebody has turned keys on', { ...keysAsEver, offSinceMs: 5 }, {}, false],
    ['is not if it is declared only', keysAsEver, { isDeclared: true }, false],
  ])('%s', async (_, state, options, enabled) => {
    const shown = (await view(state, options)).view;
    expect([shown.enabled, shown.since]).toEqual([enabled, state.offSinceMs === null ? null : iso(5)]);
  });

  it.each<[says: string, at: KeylessChange['at'], hadKeys: boolean, reverts: boolean]>([
    ['reverts while it is proved', proving, true, true],
    ['has nothing to revert to if there were no keys', proving, false, false],
    ['reverts by no date before', { kind: 'turning-off' }, true, false],
  ])('a change %s', async (_, at, hadKeys, reverts) => {
    const { change } = (await view(changeAt(at, { hadKeys }))).view;
    expect(change?.revertsAt).toBe(reverts ? iso(nowMs + 60 * minuteMs) : null);
  });

  it('has an entity tag that is another one whenever what it is differs', () => {
    const state = { ...changeAt(proving), last };
    const tags = [
      keylessTag(state, authFacts),
      keylessTag(state, { ...authFacts, localAuthDisabled: true }),
      keylessTag(state, { ...authFacts, customSubdomain: null }),
      keylessTag({ ...state, offSinceMs: 5 }, authFacts),
      keylessTag({ ...state, change: null }, authFacts),
      keylessTag({ ...state, last: { ...last, id: 'j' } }, authFacts),
    ];
    expect(new Set(tags).size).toBe(tags.length);
    // What a change is at is no other state of the account.
    expect(keylessTag({ ...state, change: { ...changeOf(state), tries: 9 } }, authFacts)).toBe(tags[0]);
  });
});

// What the row leaves out is lost by the next wake.
it.each<KeylessChange['at']>([
  { kind: 'announcing' },
  { kind: 'turning-off' },
  { ...proving, tokenRejectedSinceMs: 4, rounds: 5, calls: 6 },
  { kind: 'reverting', reason: 'key-still-accepted', code: 'X', action },
  { kind: 'turning-on' },
  { kind: 're-adopting', reason: 'called-off', code: 'X', action },
])('nothing is lost of a change in its row: $kind', (at) => {
  const more = {
    calledOff: { by: 'b', atMs: 1 },
    tries: 2,
    sends: 3,
    sent: true,
    waiting: 'paused',
    code: 'c',
    action,
  } as const;
  const state = { ...changeAt(at, more), last, offSinceMs: 7, verified: { atMs: 8, accepted: true, code: 'accepted' } };
  expect(keylessState.parse(state)).toEqual(state);
});
