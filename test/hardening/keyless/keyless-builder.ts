import type { KeylessChange, KeylessState } from '../../../src/hardening/keyless/keyless-state.ts';
import { keylessWork } from '../../../src/hardening/keyless/keyless-work.ts';
import type { AuthFacts, KeylessPorts } from '../../../src/hardening/keyless/ports.ts';
import type { ProbeAnswer, TokenAnswer } from '../../../src/keys/ports.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (account === null) throw new TypeError();
export const keylessAccount = account;

export const authFacts: AuthFacts = {
  internalId: 'i',
  kind: 'AIServices',
  endpoint: 'https://a.cognitiveservices.azure.com/',
  customSubdomain: 'a',
  provisioningState: 'Succeeded',
  localAuthDisabled: false,
};

export const minuteMs = 60_000;
export const nowMs = 1_000_000_000;

/** A change that began a minute ago; `at` and what else matters come from the test. */
export function changeAt(at: KeylessChange['at'], more: Partial<KeylessChange> = {}): KeylessState {
  const change: KeylessChange = {
    id: 'change-1',
    by: 'someone',
    startedAtMs: nowMs - minuteMs,
    proveWithinMs: 60 * minuteMs,
    hadKeys: true,
    storedKeySeen: { print: fingerprint(new SecretText('an-old-key'), 'change-1'), atMs: nowMs },
    at,
    stepSinceMs: nowMs - minuteMs,
    calledOff: null,
    tries: 0,
    sends: 0,
    sent: false,
    waiting: null,
    code: null,
    ...more,
  };
  return { verified: null, offSinceMs: null, change, last: null };
}

export interface KeylessWorld {
  readonly localAuthDisabled?: boolean;
  readonly provisioningState?: string;
  readonly marks?: 'marked' | 'busy' | 'newer-schema';
  readonly adopts?: 'adopted' | 'busy' | 'newer-schema' | 'refused';
  readonly hasKey?: boolean;
  /** The account's first key, or why it names none. */
  readonly accountHas?: string | Failure;
  readonly isPaused?: boolean;
  /** Answers to calls with the token and with the key, by the number of the call, from 0. */
  readonly token?: (call: number) => TokenAnswer;
  readonly key?: (call: number) => ProbeAnswer;
  readonly random?: number;
  readonly resumedAtMs?: number;
}

/** Keyless work on ports that answer as told, and what was asked of them. */
export function keylessWorld({
  localAuthDisabled = false,
  provisioningState = 'Succeeded',
  marks = 'marked',
  adopts = 'adopted',
  hasKey = true,
  accountHas = 'an-old-key',
  isPaused = false,
  token = () => ({ kind: 'accepted' }),
  key = () => ({ kind: 'refused' }),
  random = 0,
  resumedAtMs = 0,
}: KeylessWorld = {}) {
  const asked: string[] = [];
  const counts = { token: 0, key: 0 };
  const clock = memoryClock(nowMs);
  const ports: KeylessPorts = {
    localAuth: {
      read: async () => ({ ...authFacts, localAuthDisabled, provisioningState }),
      setDisabled: async (of, disabled, fence) => {
        asked.push(`${of.armId === keylessAccount.armId ? '' : 'another account: '}${disabled ? 'off' : 'on'}`);
        if (!fence()) throw new TypeError('the fence of another');
      },
    },
    tokenProbe: { call: async () => token(counts.token++) },
    keyProbe: { call: async () => key(counts.key++) },
    clock,
    listKeys: async () => {
      asked.push('list keys');
      if (typeof accountHas !== 'string') throw new FailureError(accountHas);
      return { key1: new SecretText(accountHas), key2: new SecretText('another-key') };
    },
    storedKey: async () => (hasKey ? new SecretText('an-old-key') : null),
    markKeyless: async () => marks,
    adoptAgain: async (onlyMarked, isLast) => {
      asked.push(`adopt${onlyMarked ? ' what is marked' : ''}${isLast ? ' for the last time' : ''}`);
      return adopts === 'refused' ? { refused: { code: 'vault-stale' } } : adopts;
    },
    isPaused: async () => isPaused,
  };
  const work = keylessWork(ports, keylessAccount, () => random, resumedAtMs);
  return {
    work,
    asked,
    counts,
    clock,
    step: (state: KeylessState) => work.step(state, { fence: () => true, nowMs, keepLease: async () => {} }),
  };
}
