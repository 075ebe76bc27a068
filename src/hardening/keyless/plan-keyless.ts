import { kindNotProbeable } from '../../keys/account-probe.ts';
import { notCalledCode } from '../../keys/endpoint-calls.ts';
import type { TokenAnswer } from '../../keys/ports.ts';
import { type Difference, difference, type Risk } from '../../shared/difference.ts';
import { missingPermission, withMissing } from '../../shared/missing-permission.ts';
import type { Slot } from '../../shared/slot.ts';
import { type Doubt, doubtOfToken } from './doubt.ts';
import type { AuthFacts } from './ports.ts';

/** What is known of the use of keys. There is no `none`: no source of Azure's tells every use of a key. */
export type KeyUse =
  /** Others than Keyturn asked for the keys: they may hold them. */
  | { readonly kind: 'seen'; readonly callers: readonly { readonly caller: string; readonly lastAt: string }[] }
  | { readonly kind: 'unknown'; readonly detail: string };

/** An identity that is to work without keys, and whether a role for it is there. */
export interface AskedIdentity {
  readonly principalId: string;
  /** An assignment at the account or above opens the data plane to it. */
  readonly hasRole: boolean;
}

export interface KeylessFacts {
  readonly account: AuthFacts;
  readonly token: TokenAnswer;
  readonly identities: readonly AskedIdentity[];
  readonly keyUse: KeyUse;
  /** Names of declared copies of the key. */
  readonly copies: readonly string[];
}

export interface KeylessStep {
  readonly kind: 'disable-local-auth' | 'prove-keyless' | 'enable-local-auth' | 'adopt-keys';
}

/** What is to be done so that the account takes no keys (`enabled`), or takes them again. Empty when it is so already. */
export function planKeyless(
  enabled: boolean,
  facts: KeylessFacts,
  isKeyless: boolean,
  /** Slots whose key was reported as leaked and has not been seen gone. Default none. */
  leaked: readonly Slot[] = [],
): readonly Difference<KeylessStep>[] {
  const { localAuthDisabled } = facts.account;
  if (enabled) {
    if (localAuthDisabled && isKeyless) return [];
    return [
      difference<KeylessStep>(
        'local authentication',
        localAuthDisabled
          ? 'It is off already; Keyturn takes it into its books.'
          : 'The account takes keys. Turned off, every caller with a key is refused.',
        { kind: 'disable-local-auth' },
        risksOfTurningOff(facts),
      ),
      difference<KeylessStep>(
        'proof',
        'Keys must become refused and the token stay accepted; otherwise keys are turned on again by themselves.',
        { kind: 'prove-keyless' },
      ),
    ];
  }
  if (!localAuthDisabled && !isKeyless) return [];
  return [
    difference<KeylessStep>(
      'local authentication',
      'Keys are off and are to work again.',
      { kind: 'enable-local-auth' },
      leaked.map((slot) => ({
        name: `leaked-${slot}`,
        level: 'confirm',
        text: `The key in ${slot} was reported as leaked: it is valid again when keys are turned on.`,
      })),
    ),
    difference<KeylessStep>(
      'the stored keys',
      'What the vault holds may be stale: the account’s keys are stored again, and their age restarts.',
      { kind: 'adopt-keys' },
    ),
  ];
}

const neededActions: Readonly<Record<KeylessStep['kind'], readonly string[]>> = {
  'disable-local-auth': ['Microsoft.CognitiveServices/accounts/write'],
  'enable-local-auth': ['Microsoft.CognitiveServices/accounts/write'],
  'adopt-keys': ['Microsoft.CognitiveServices/accounts/listKeys/action'],
  'prove-keyless': [],
};

/** The ARM actions that a step needs, besides the reads of every plan. */
export function actionsFor({ kind }: KeylessStep): readonly string[] {
  return neededActions[kind];
}

function risksOfTurningOff({ account, token, identities, keyUse, copies }: KeylessFacts): readonly Risk[] {
  const risks: Risk[] = [];
  const risk = (name: string, level: Risk['level'], text: string) => risks.push({ name, level, text });
  if (account.customSubdomain === null || token.kind === 'no-custom-subdomain')
    risk(
      'no-custom-subdomain',
      'blocked',
      'The account has no custom subdomain, and takes no tokens without one. Set customSubDomainName first; it can never be changed.',
    );
  else if (token.kind === 'unknown' && token.code === notCalledCode)
    risk(
      'endpoint-not-called',
      'blocked',
      "The target's settings (probe: control-plane-only) keep Keyturn off the account's endpoint, so it cannot prove that calls without keys are accepted, nor turn keys on again in time.",
    );
  else if (token.kind === 'unknown' && token.code === kindNotProbeable)
    risk(
      'kind-not-probeable',
      'blocked',
      'No call is known that proves a token of this kind of account at its endpoint, so Keyturn cannot prove that calls without keys are accepted, nor turn keys on again in time.',
    );
  else {
    const doubt = doubtOfToken(token);
    if (doubt !== null) risk(doubt.reason, 'blocked', tokenSentence(token, doubt));
  }
  for (const { principalId, hasRole } of identities)
    if (!hasRole)
      risk(
        'identity-without-role',
        'blocked',
        `${principalId} has no role at the account that lets it call without a key: PUT …/access grants one.`,
      );
  if (identities.length === 0)
    risk(
      'no-identities-named',
      'confirm',
      'No identity is named that will call without keys: whoever uses this account now may be cut off.',
    );
  for (const copy of copies)
    risk(
      `copy-${copy}`,
      'confirm',
      `The copy ${copy} holds the key: the ones who read it are refused once keys are off.`,
    );
  if (keyUse.kind === 'seen')
    risk(
      'keys-in-use',
      'confirm',
      `Others asked for the keys lately and may hold them: ${keyUse.callers.map(({ caller }) => caller).join(', ')}.`,
    );
  else risk('key-use-unknown', 'advisory', keyUse.detail);
  return risks;
}

function tokenSentence(token: TokenAnswer, { reason, cause: { code } }: Doubt): string {
  if (token.kind === 'denied')
    return withMissing(
      "Keyturn's own identity has no role that lets it call, or it has not spread yet: PUT …/access grants one.",
      missingPermission(token.action),
    );
  if (token.kind === 'network-denied') return "The account's network rules keep Keyturn out, so nothing can be proved.";
  switch (reason) {
    case 'quota-used-up':
      return "The account's quota of calls is used up, so nothing can be proved until it is renewed or a larger tier is chosen.";
    case 'endpoint-unclear':
      return `The account's endpoint did not say whether it accepts Keyturn's own token (${code}), so nothing can be proved.`;
    default:
      return `Keyturn's own token was not accepted (${code}), so nothing can be proved.`;
  }
}
