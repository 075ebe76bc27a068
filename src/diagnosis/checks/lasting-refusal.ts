import type { RefusalReason } from '../../shared/failure.ts';
import type { DiagnosisFacts, Tried } from '../diagnosis-facts.ts';
import type { DiagnosisReason } from '../diagnosis-reasons.ts';
import { type Finding, type Found, problem, unknown } from '../finding.ts';
import type { HeldLock } from '../ports.ts';

interface Remedy {
  readonly text: string;
  readonly command: (
    target: DiagnosisFacts['target'],
    facts: Pick<DiagnosisFacts, 'locks' | 'target'>,
  ) => string | null;
}

const noCommand = () => null;
const subscriptionOf = ({ account }: DiagnosisFacts['target']) => account.subscriptionId;

/** What Azure refuses whichever role is held, with its fix: no check may read a missing role, or a quiet vault, into it. */
const remedies = {
  'identity-not-found': {
    text: 'Assign the user-assigned identity to the function app, or correct KEYTURN_IDENTITY_CLIENT_ID: it takes a client id, no object id. Without it the system-assigned identity is used, which must be turned on.',
    command: () =>
      'az functionapp identity assign --name <your-function-app> --resource-group <your-group> --identities <your-identity-id>',
  },
  'token-invalid': {
    text: 'Check that the app is set to the cloud of its subscriptions, and that no proxy removes the header Authorization.',
    command: noCommand,
  },
  'vault-in-another-tenant': {
    text: "Set the vault's tenant to the one of Keyturn's identity, or use a vault of that tenant.",
    command: ({ vaultUrl }) =>
      `az keyvault update --name ${new URL(vaultUrl).hostname.split('.')[0]} --set properties.tenantId=<your-tenant-id>`,
  },
  'subscription-in-another-tenant': {
    text: "Move the subscription back to the tenant of Keyturn's identity, or run a Keyturn with an identity of its new tenant.",
    command: (target) => `az account show --subscription ${subscriptionOf(target)} --query tenantId`,
  },
  'subscription-disabled': {
    text: 'Re-enable the subscription: pay, raise its spending limit, or reactivate it.',
    command: (target) => `az account show --subscription ${subscriptionOf(target)} --query state`,
  },
  'subscription-not-found': {
    text: "Correct the account's id in the target, or give Keyturn's identity its roles in that subscription.",
    command: (target) => `az account show --subscription ${subscriptionOf(target)}`,
  },
  'provider-not-registered': {
    text: 'Register the resource provider in the subscription.',
    command: (target) =>
      `az provider register --namespace Microsoft.CognitiveServices --subscription ${subscriptionOf(target)}`,
  },
  'deny-assignment': {
    text: 'A deny assignment stands above every role. Whoever owns it (a deployment stack, a managed application) must exclude Keyturn’s identity.',
    command: noCommand,
  },
  'vault-perimeter-denied': {
    text: "Give the profile of the vault's network security perimeter an inbound access rule for Keyturn's subscription or addresses.",
    command: () =>
      'az network perimeter profile access-rule create --perimeter-name <your-perimeter> --profile-name <your-profile> --resource-group <your-group> --name keyturn --subscriptions "[{id:/subscriptions/<your-subscription-id>}]"',
  },
  'resource-lock': {
    text: 'A ReadOnly lock blocks listing and regenerating keys. Lift it, or make it a CanNotDelete lock.',
    command: (_, facts) => unlockCommand(facts),
  },
  'azure-policy': {
    text: 'Exempt the account from the policy that forbids the operation.',
    command: ({ account }) => `az policy state list --resource "${account.armId}"`,
  },
  'account-not-found': {
    text: "Correct the account's id in the target. A deleted account can be recovered for 48 hours.",
    command: (target) => `az cognitiveservices account list-deleted --subscription ${subscriptionOf(target)}`,
  },
} as const satisfies Partial<Record<RefusalReason & DiagnosisReason, Remedy>>;

/** What a failed call says by itself, whichever check made it; null: it answered, or the check must judge it. */
export function lastingRefusal(
  asked: Tried<unknown>,
  facts: Pick<DiagnosisFacts, 'locks' | 'target'>,
  evidence: Finding['evidence'],
): Found | null {
  if (asked.kind === 'answered') return null;
  const { failure } = asked;
  const told = { ...evidence, code: failure.code };
  if (failure.code === 'token-unavailable') return unknown('token-unavailable', told);
  if (failure.kind !== 'refused') return null;
  if (failure.reason === 'unknown-refusal') return unknown('unknown-refusal', told);
  if (!isRemedied(failure.reason)) return null;
  const { text, command } = remedies[failure.reason];
  const locks = failure.reason === 'resource-lock' ? lockEvidence(facts) : {};
  return problem(failure.reason, { ...told, ...locks }, { text, call: null, command: command(facts.target, facts) });
}

function isRemedied(reason: RefusalReason): reason is keyof typeof remedies {
  return reason in remedies;
}

/** The locks that keep Keyturn from an account's keys; none where they could not be read. */
function blockingLocks({ locks }: Pick<DiagnosisFacts, 'locks'>): readonly HeldLock[] {
  return locks.kind === 'failed' ? [] : (locks.value ?? []).filter(({ level }) => level === 'ReadOnly');
}

/** What a finding says of them: each by name and id; null where they could not be read. */
export function lockEvidence(facts: Pick<DiagnosisFacts, 'locks'>) {
  const found = blockingLocks(facts);
  const all = (of: (lock: HeldLock) => string) => (found.length === 0 ? null : found.map(of).join(' '));
  return { lock: all(({ name }) => name), lockId: all(({ id }) => id) };
}

/** Lifts those that were found; else lists them. */
export function unlockCommand(facts: Pick<DiagnosisFacts, 'locks' | 'target'>): string {
  const ids = blockingLocks(facts).map(({ id }) => `"${id}"`);
  const { armId } = facts.target.account;
  return ids.length === 0 ? `az lock list --resource "${armId}"` : `az lock delete --ids ${ids.join(' ')}`;
}
