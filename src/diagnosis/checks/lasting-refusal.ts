import { type RefusalReason, refusalRemedies } from '../../shared/refusals.ts';
import type { DiagnosisFacts, Tried } from '../diagnosis-facts.ts';
import type { DiagnosisReason } from '../diagnosis-reasons.ts';
import { type Finding, type Found, problem, unknown } from '../finding.ts';
import type { HeldLock } from '../ports.ts';

type Facts = Pick<DiagnosisFacts, 'locks' | 'target'>;

const subscriptionOf = ({ target }: Facts) => target.account.subscriptionId;

/**
 * What Azure refuses whichever role is held, with the command that applies its remedy; null: none does. No check may read a
 * missing role, or a quiet vault, into it.
 */
const commands = {
  'identity-not-found': () =>
    'az functionapp identity assign --name <your-function-app> --resource-group <your-group> --identities <your-identity-id>',
  'token-invalid': null,
  'vault-in-another-tenant': ({ target }) =>
    `az keyvault update --name ${new URL(target.vaultUrl).hostname.split('.')[0]} --set properties.tenantId=<your-tenant-id>`,
  'subscription-in-another-tenant': (facts) =>
    `az account show --subscription ${subscriptionOf(facts)} --query tenantId`,
  'subscription-disabled': (facts) => `az account show --subscription ${subscriptionOf(facts)} --query state`,
  'subscription-not-found': (facts) => `az account show --subscription ${subscriptionOf(facts)}`,
  'provider-not-registered': (facts) =>
    `az provider register --namespace Microsoft.CognitiveServices --subscription ${subscriptionOf(facts)}`,
  'deny-assignment': null,
  'vault-perimeter-denied': () =>
    'az network perimeter profile access-rule create --perimeter-name <your-perimeter> --profile-name <your-profile> --resource-group <your-group> --name keyturn --subscriptions "[{id:/subscriptions/<your-subscription-id>}]"',
  'resource-lock': unlockCommand,
  'azure-policy': ({ target }) => `az policy state list --resource "${target.account.armId}"`,
  'account-not-found': (facts) => `az cognitiveservices account list-deleted --subscription ${subscriptionOf(facts)}`,
} as const satisfies Partial<Record<RefusalReason & DiagnosisReason, ((facts: Facts) => string) | null>>;

/** What a failed call says by itself, whichever check made it; null: it answered, or the check must judge it. */
export function lastingRefusal(asked: Tried<unknown>, facts: Facts, evidence: Finding['evidence']): Found | null {
  if (asked.kind === 'answered') return null;
  const { failure } = asked;
  const told = { ...evidence, code: failure.code };
  if (failure.code === 'token-unavailable') return unknown('token-unavailable', told);
  if (failure.kind !== 'refused') return null;
  if (failure.reason === 'unknown-refusal') return unknown('unknown-refusal', told);
  if (!isRemedied(failure.reason)) return null;
  const command = commands[failure.reason]?.(facts) ?? null;
  const locks = failure.reason === 'resource-lock' ? lockEvidence(facts) : {};
  return problem(failure.reason, { ...told, ...locks }, { text: refusalRemedies[failure.reason], command });
}

function isRemedied(reason: RefusalReason): reason is keyof typeof commands {
  return reason in commands;
}

/** The locks that keep Keyturn from an account's keys; none if they could not be read. */
function blockingLocks({ locks }: Facts): readonly HeldLock[] {
  return locks.kind === 'failed' ? [] : (locks.value ?? []).filter(({ level }) => level === 'ReadOnly');
}

/** What a finding says of them: each by name and id; null if they could not be read. */
export function lockEvidence(facts: Facts) {
  const found = blockingLocks(facts);
  const all = (of: (lock: HeldLock) => string) => (found.length === 0 ? null : found.map(of).join(' '));
  return { lock: all(({ name }) => name), lockId: all(({ id }) => id) };
}

/** Lifts those that were found; else lists them. */
export function unlockCommand(facts: Facts): string {
  const ids = blockingLocks(facts).map(({ id }) => `"${id}"`);
  const { armId } = facts.target.account;
  return ids.length === 0 ? `az lock list --resource "${armId}"` : `az lock delete --ids ${ids.join(' ')}`;
}
