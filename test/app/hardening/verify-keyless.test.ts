import { describe, expect, it } from 'vitest';
import { verifyKeyless } from '../../../src/app/hardening/verify-keyless.ts';
import type { TokenAnswer } from '../../../src/keys/ports.ts';
import { authFacts, changeAt, keylessAccount, minuteMs, nowMs } from '../../hardening/keyless/keyless-builder.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const action = 'Microsoft.CognitiveServices/accounts/Language/analyze-text/action';

interface Given {
  readonly answer: TokenAnswer;
  readonly facts?: Partial<typeof authFacts> | { readonly customSubdomain: null };
  readonly state?: object;
  readonly probe?: 'data-plane' | 'control-plane-only';
}

async function verify({ answer, facts = {}, state, probe = 'data-plane' }: Given) {
  const { rows, ports: hardeningRows } = memoryHardening(() => nowMs);
  const key = `${keylessAccount.armId.toLowerCase()} keyless`;
  const target = buildTarget({ account: keylessAccount, policy: { probe } });
  const envelope = {
    ...{ schemaVersion: 1, lease: { kind: 'released', token: '', saveSeq: 0 }, settleUntilMs: 0, inDoubt: null },
    ...{ wakeAtMs: null, wakeSeq: 1, retrying: null },
  };
  if (state !== undefined) await hardeningRows.save(keylessAccount, 'keyless', { ...envelope, state }, null);
  let calls = 0;
  const hardening = {
    hardeningRows,
    localAuth: { read: async () => ({ ...authFacts, ...facts }) },
    tokenProbe: {
      call: async () => {
        calls += 1;
        return answer;
      },
    },
  };
  const parts = { ...memoryWorld(nowMs).ports, hardening, targets: null } as never;
  const { view } = (await verifyKeyless(parts, target)) as { readonly view: Readonly<Record<string, unknown>> };
  return { view, calls, verified: Reflect.get(Object(Object(rows.get(key)?.fields).state), 'verified') ?? null };
}

describe('a call with the token of Keyturn’s own identity', () => {
  it.each<[TokenAnswer, view: object]>([
    [{ kind: 'accepted' }, { accepted: true, code: 'accepted', detail: expect.stringContaining('without any key') }],
    [
      { kind: 'denied', action },
      {
        ...{ accepted: false, code: 'denied', missingAction: action },
        ...{ detail: expect.stringContaining(`It lacks ${action}.`), fix: expect.stringContaining('role') },
      },
    ],
    [
      { kind: 'denied' },
      { code: 'denied', missingAction: null, fix: null, detail: expect.stringContaining('no role') },
    ],
    [{ kind: 'network-denied' }, { code: 'network-denied', detail: expect.stringContaining('network rules') }],
    [
      { kind: 'unknown', code: 'http-503' },
      { code: 'http-503', detail: expect.stringContaining('no clear answer') },
    ],
    [
      { kind: 'unknown', code: 'kind-not-probeable' },
      { code: 'kind-not-probeable', detail: expect.stringContaining('this kind of account') },
    ],
  ])('that is answered %o is shown, and noted', async (answer, expected) => {
    const { view, verified } = await verify({ answer });
    expect(view).toMatchObject({ target: 'demo', method: 'detect-language', ...expected });
    expect(verified).toEqual({ atMs: nowMs, accepted: answer.kind === 'accepted', code: view.code });
  });

  it('is not made if the account takes no token', async () => {
    const { view, calls, verified } = await verify({ answer: { kind: 'accepted' }, facts: { customSubdomain: null } });
    expect([view.accepted, view.code, calls]).toEqual([false, 'no-custom-subdomain', 0]);
    expect(verified).toMatchObject({ accepted: false, code: 'no-custom-subdomain' });
  });

  it('is not noted if the settings keep Keyturn off the endpoint', async () => {
    const answer = { kind: 'unknown', code: 'endpoint-not-called' } as const;
    expect((await verify({ answer, probe: 'control-plane-only' })).verified).toBeNull();
  });

  it('is not noted while a change is under way, whose own proof counts', async () => {
    const state = changeAt({ kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 });
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
