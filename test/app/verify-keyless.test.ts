import { describe, expect, it } from 'vitest';
import { verifyKeyless } from '../../src/app/verify-keyless.ts';
import type { TokenAnswer } from '../../src/keys/ports.ts';
import { authFacts, changeAt, keylessAccount, minuteMs, nowMs } from '../keyless/keyless-builder.ts';
import { memoryPostures } from '../memory-world/memory-postures.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const action = 'Microsoft.CognitiveServices/accounts/Language/analyze-text/action';

interface Given {
  readonly answer: TokenAnswer;
  readonly facts?: Partial<typeof authFacts> | { readonly customSubdomain: null };
  readonly state?: object;
  readonly probe?: 'data-plane' | 'control-plane-only';
}

async function verify({ answer, facts = {}, state, probe = 'data-plane' }: Given) {
  const { rows, ports: postures } = memoryPostures(() => nowMs);
  const key = `${keylessAccount.armId.toLowerCase()} keyless`;
  const target = buildTarget({ account: keylessAccount, policy: { probe } });
  const envelope = {
    ...{ schemaVersion: 1, lease: { kind: 'released', token: '', saveSeq: 0 }, settleUntilMs: 0, inDoubt: null },
    ...{ wakeAtMs: null, wakeSeq: 1, retrying: null },
  };
  if (state !== undefined) await postures.save(keylessAccount, 'keyless', { ...envelope, state }, null);
  let calls = 0;
  const posture = {
    postures,
    localAuth: { read: async () => ({ ...authFacts, ...facts }) },
    tokenProbe: {
      call: async () => {
        calls += 1;
        return answer;
      },
    },
  };
  const parts = { ...memoryWorld(nowMs).ports, posture, targets: null } as never;
  const { view } = (await verifyKeyless(parts, target)) as { readonly view: Readonly<Record<string, unknown>> };
  return { view, calls, verified: Reflect.get(Object(Object(rows.get(key)?.fields).state), 'verified') ?? null };
}

describe('a call with the token of Keyturn’s own identity', () => {
  it.each<[TokenAnswer, view: object]>([
    [{ kind: 'accepted' }, { accepted: true, code: 'accepted', because: expect.stringContaining('without any key') }],
    [
      { kind: 'denied', action },
      {
        ...{ accepted: false, code: 'denied', missingAction: action },
        ...{ because: expect.stringContaining(`It lacks ${action}.`), fix: expect.stringContaining('role') },
      },
    ],
    [
      { kind: 'denied' },
      { code: 'denied', missingAction: null, fix: null, because: expect.stringContaining('no role') },
    ],
    [{ kind: 'network-denied' }, { code: 'network-denied', because: expect.stringContaining('network rules') }],
    [
      { kind: 'unknown', code: 'http-503' },
      { code: 'http-503', because: expect.stringContaining('no clear answer') },
    ],
    [
      { kind: 'unknown', code: 'kind-not-probeable' },
      { code: 'kind-not-probeable', because: expect.stringContaining('this kind of account') },
    ],
  ])('that is answered %o is shown, and noted', async (answer, expected) => {
    const { view, verified } = await verify({ answer });
    expect(view).toMatchObject({ target: 'demo', method: 'detect-language', ...expected });
    expect(verified).toEqual({ atMs: nowMs, accepted: answer.kind === 'accepted', code: view.code });
  });

  it('is not made where the account takes no token', async () => {
    const { view, calls, verified } = await verify({ answer: { kind: 'accepted' }, facts: { customSubdomain: null } });
    expect([view.accepted, view.code, calls]).toEqual([false, 'no-custom-subdomain', 0]);
    expect(verified).toMatchObject({ accepted: false, code: 'no-custom-subdomain' });
  });

  it('is not noted where the settings keep Keyturn off the endpoint', async () => {
    const answer = { kind: 'unknown', code: 'endpoint-not-called' } as const;
    expect((await verify({ answer, probe: 'control-plane-only' })).verified).toBeNull();
  });

  it('is not noted while a change is under way, whose own proof counts', async () => {
    const state = changeAt({ kind: 'proving', sinceMs: nowMs, tokenDoubtedSinceMs: null, rounds: 0, calls: 0 });
    expect((await verify({ answer: { kind: 'accepted' }, state })).verified).toBeNull();
  });

  it('has no method of an account whose kind nobody can prove', async () => {
    expect((await verify({ answer: { kind: 'accepted' }, facts: { kind: 'LUIS' } })).view.method).toBeNull();
  });

  it('takes the place of what was noted before', async () => {
    const before = { verified: { atMs: nowMs - minuteMs, accepted: true, code: 'accepted' } };
    const state = { ...before, offSinceMs: null, change: null, last: null };
    const { verified } = await verify({ answer: { kind: 'denied' }, state });
    expect(verified).toEqual({ atMs: nowMs, accepted: false, code: 'denied' });
  });
});
