import { describe, expect, it } from 'vitest';
import { type KeylessFacts, planKeyless } from '../../../src/hardening/keyless/plan-keyless.ts';
import { authFacts } from './keyless-builder.ts';

const facts = (change: Partial<KeylessFacts> = {}): KeylessFacts => ({
  account: authFacts,
  token: { kind: 'accepted' },
  identities: [{ principalId: 'p', hasRole: true }],
  keyUse: { kind: 'unknown', detail: 'Nobody tells.' },
  copies: [],
  ...change,
});
const off = { ...authFacts, localAuthDisabled: true };
const stepsOf = (enabled: boolean, isOff: boolean, isKeyless: boolean) =>
  planKeyless(enabled, facts({ account: isOff ? off : authFacts }), isKeyless).map(({ change }) => change.kind);
const risksOf = (change: Partial<KeylessFacts>) =>
  planKeyless(true, facts(change), false).map(({ risks }) => risks.map(({ name, level }) => `${name} (${level})`));

describe('the plan of going without keys', () => {
  it.each<[string, boolean, boolean, boolean, readonly string[]]>([
    ['turns keys off and proves it', true, false, false, ['disable-local-auth', 'prove-keyless']],
    ['proves keys that somebody else turned off', true, true, false, ['disable-local-auth', 'prove-keyless']],
    ['turns keys off again that somebody turned on', true, false, true, ['disable-local-auth', 'prove-keyless']],
    ['is empty if keys are off and that is known', true, true, true, []],
    ['turns keys on and stores them', false, true, true, ['enable-local-auth', 'adopt-keys']],
    ['stores keys that somebody else turned on', false, false, true, ['enable-local-auth', 'adopt-keys']],
    ['turns keys on that somebody else turned off', false, true, false, ['enable-local-auth', 'adopt-keys']],
    ['is empty if keys are on', false, false, false, []],
  ])('%s', (_, enabled, isOff, isKeyless, expected) => {
    expect(stepsOf(enabled, isOff, isKeyless)).toEqual(expected);
  });

  it('asks for a confirmation by name before a leaked key is valid again', () => {
    const [turnOn] = planKeyless(false, facts({ account: off }), true, ['key1']);
    expect(turnOn?.risks).toEqual([
      {
        name: 'leaked-key1',
        level: 'confirm',
        text: 'The key in key1 was reported as leaked: it is valid again when keys are turned on.',
      },
    ]);
    expect(planKeyless(false, facts({ account: off }), true)[0]?.risk).toBe('none');
  });

  it.each<[boolean, string]>([
    [true, 'It is off already'],
    [false, 'The account takes keys'],
  ])('says what Azure shows: off is %s', (isOff, why) => {
    expect(planKeyless(true, facts({ account: isOff ? off : authFacts }), false)[0]?.why).toContain(why);
  });

  it.each<[string, Partial<KeylessFacts>, readonly string[]]>([
    ['tells that nobody knows all uses of keys', {}, ['key-use-unknown (advisory)']],
    [
      'asks for a word on each copy of the key',
      { copies: ['web', 'worker'] },
      ['copy-web (confirm)', 'copy-worker (confirm)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked without a custom subdomain',
      { account: { ...authFacts, customSubdomain: null } },
      ['no-custom-subdomain (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked when the endpoint says that it takes no tokens',
      { token: { kind: 'no-custom-subdomain' } },
      ['no-custom-subdomain (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked if Keyturn may not call the endpoint',
      { token: { kind: 'unknown', code: 'control-plane-only' } },
      ['endpoint-not-called (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked when the token is not accepted',
      { token: { kind: 'denied' } },
      ['token-not-accepted (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked while the quota of calls is used up, and does not call the token refused',
      { token: { kind: 'unknown', code: 'quota-used-up' } },
      ['quota-used-up (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked while the endpoint says nothing of the token',
      { token: { kind: 'unknown', code: 'http-429' } },
      ['endpoint-unclear (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'is blocked for each identity without a role, not only the first',
      {
        identities: [
          { principalId: 'p', hasRole: true },
          { principalId: 'q', hasRole: false },
          { principalId: 'r', hasRole: false },
        ],
      },
      ['identity-without-role (blocked)', 'identity-without-role (blocked)', 'key-use-unknown (advisory)'],
    ],
    [
      'wants a word when no identity is named',
      { identities: [] },
      ['no-identities-named (confirm)', 'key-use-unknown (advisory)'],
    ],
    [
      'wants a word when others asked for the keys',
      { keyUse: { kind: 'seen', callers: [{ caller: 'x', lastAt: '' }] } },
      ['keys-in-use (confirm)'],
    ],
  ])('%s', (_, change, expected) => {
    expect(risksOf(change)).toEqual([expected, []]);
  });

  it.each<[KeylessFacts['token'], string]>([
    [{ kind: 'denied' }, "Keyturn's own identity has no role that lets it call"],
    [{ kind: 'denied', action: 'Microsoft.X/read' }, 'It lacks Microsoft.X/read.'],
    [{ kind: 'network-denied' }, "The account's network rules keep Keyturn out"],
    [{ kind: 'unknown', code: 'http-401' }, "Keyturn's own token was not accepted (http-401)"],
    [{ kind: 'unknown', code: 'http-503' }, "did not say whether it accepts Keyturn's own token (http-503)"],
    [{ kind: 'unknown', code: 'quota-used-up' }, "The account's quota of calls is used up"],
  ])('says why the token is not accepted: %o', (token, text) => {
    expect(planKeyless(true, facts({ token }), false)[0]?.risks[0]?.text).toContain(text);
  });

  it('names whoever asked for the keys, and the identity without a role', () => {
    const callers = ['one', 'other'].map((caller) => ({ caller, lastAt: '' }));
    const identities = [{ principalId: 'the-app', hasRole: false }];
    const [difference] = planKeyless(true, facts({ keyUse: { kind: 'seen', callers }, identities }), false);
    expect(difference?.risks.map(({ text }) => text)).toEqual([
      'the-app has no role at the account that lets it call without a key: PUT …/access grants one.',
      'Others asked for the keys lately and may hold them: one, other.',
    ]);
  });
});
