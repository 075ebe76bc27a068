import { describe, expect, it } from 'vitest';
import { failureInWords } from '../../src/rotation/explain-wait.ts';
import { viewRotation } from '../../src/rotation/rotation-view.ts';
import { afterFailure } from '../../src/rotation/run/after-failure.ts';
import { type AzureCallName, azureCalls } from '../../src/rotation/state.ts';
import { endpointPause } from '../../src/rotation/states/waits.ts';
import type { Failure } from '../../src/shared/failure.ts';
import { refusalReasons, refusalSentences } from '../../src/shared/refusals.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildState, nowMs } from './row-builder.ts';

const listKeys = 'Microsoft.CognitiveServices/accounts/listKeys/action';

/** What the view says of a failed call: the code as it was, and the sentence. */
function told(failure: Failure, call: AzureCallName | null = null) {
  const rested = afterFailure(buildState('preparing'), failure, 0, nowMs, 0, call);
  const lastFailure =
    'state' in rested ? rested.state.lastFailure : 'lastFailure' in rested ? rested.lastFailure : null;
  return viewRotation(buildState('preparing', { lastFailure }), [], buildTarget(), null).lastFailure;
}

describe('the last failure, in words', () => {
  it.each<[string, Failure, AzureCallName | null, string]>([
    [
      'a call that changed nothing',
      { kind: 'not-applied', code: 'ECONNREFUSED', retryAfterMs: null },
      'account',
      'Reading the account failed and changed nothing; it is tried again.',
    ],
    [
      'a call without an answer',
      { kind: 'outcome-unknown', code: 'timeout' },
      'regenerate',
      'Regenerating a key got no clear answer; whether it was applied is looked up before anything else is done.',
    ],
    [
      'a missing role',
      { kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed', action: listKeys },
      'keys',
      `Listing the account's keys was refused. Keyturn's identity lacks an action on the account. It lacks ${listKeys}. Give Keyturn's identity the role Keyturn Key Rotator (the template adds the function app's name), or another with this action, on the account. A new assignment takes up to ten minutes to count. docs/security.md has the roles and the command.`,
    ],
    [
      'a code that nobody knows',
      { kind: 'refused', reason: 'unknown-refusal', code: 'SomethingNew' },
      'vault-write',
      'Writing to the vault was refused. Azure refused with a code that Keyturn does not know. Code: SomethingNew.',
    ],
    [
      'a call that was not sent in time',
      { kind: 'not-applied', code: 'fence-lost', retryAfterMs: null },
      null,
      'A call was not sent, since another worker might have taken over: the calls before it took too long, or the machine’s clock was set back.',
    ],
    [
      "Keyturn's own share of requests",
      { kind: 'not-applied', code: 'own-rate-limit', retryAfterMs: null },
      'keys',
      "A call was not sent, since Keyturn's own share of requests to the subscription was used up; Azure refused nothing.",
    ],
  ])('%s', (_, failure, call, detail) => {
    expect(told(failure, call)).toEqual({ code: failure.code, detail, copy: null, at: new Date(nowMs).toISOString() });
  });

  it.each(refusalReasons)('says of %s what it means, whichever call was refused', (reason) => {
    for (const call of [...azureCalls, null]) {
      const detail = told({ kind: 'refused', reason, code: 'SomeCode' }, call)?.detail;
      expect(detail).toContain(refusalSentences[reason]);
    }
  });

  it.each([
    [{ kind: 'refused' } as const, "The account's endpoint refused the key."],
    [{ kind: 'unknown', code: 'http-500' } as const, "The account's endpoint gave no clear answer on the key."],
    [
      { kind: 'unknown', code: 'quota-used-up' } as const,
      "The account's quota of calls is used up, so its keys cannot be tried until it is renewed or a larger tier is chosen.",
    ],
  ])('says of an endpoint that answers %o: %s', (answer, sentence) => {
    const { lastFailure } = endpointPause(buildState('probing'), answer, { nowMs, random: 0 }).tried;
    expect(failureInWords(lastFailure)).toBe(sentence);
  });

  it('says what became of the account or the vault, if no call failed', () => {
    expect(failureInWords({ code: 'provisioning-state-Moving', atMs: nowMs })).toBe(
      'Azure shows the account in the provisioning state Moving, and refuses key operations meanwhile.',
    );
    expect(failureInWords({ code: 'stored-key-gone', atMs: nowMs })).toContain('somebody else writes the same secret');
  });
});
