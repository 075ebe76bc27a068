import * as z from 'zod';
import type { Failure, RefusalReason } from '../shared/failure.ts';
import { dayMs } from '../shared/time.ts';

/** The sentence for each of Azure's refusals, where a change of an account's network, access or keys is concerned. */
export const hardeningRefusals: Readonly<Record<RefusalReason, string>> = {
  'identity-not-found': "The app's identity endpoint knows no identity of this client id.",
  'token-invalid': "Azure calls the token of Keyturn's identity invalid.",
  'vault-in-another-tenant': "The vault trusts another tenant than the one of Keyturn's identity.",
  'subscription-in-another-tenant': "A subscription trusts another tenant than the one of Keyturn's identity.",
  'subscription-disabled': 'A subscription is disabled, and so read-only.',
  'subscription-not-found': "A subscription does not exist, or Keyturn's identity may not see it.",
  'provider-not-registered': 'The subscription is not registered for a resource provider that the step needs.',
  'account-access-denied': "Keyturn's identity lacks an action that the step needs.",
  'vault-access-denied': "Keyturn's identity lacks an action on the vault.",
  'deny-assignment': "A deny assignment forbids the change to Keyturn's identity; no role overrides that.",
  'vault-network-denied': "The vault's network rules keep Keyturn out.",
  'vault-perimeter-denied': "The vault's network security perimeter keeps Keyturn out.",
  'resource-lock': 'A lock on the resource, its group or subscription forbids the change.',
  'azure-policy': 'An Azure policy forbids the change.',
  'vault-policy': 'A policy of the vault refuses the change.',
  'vault-read-only': 'The vault is read-only.',
  'local-auth-disabled': 'Keys are turned off on this account.',
  'account-not-found':
    'The account, or a group that a resource is to be made in, does not exist, or Keyturn may not see it.',
  'vault-not-found': 'The vault does not exist.',
  'bad-request': 'Azure calls the request itself wrong.',
  'journal-unreadable':
    "A row of Keyturn's own journal cannot be read: an older or unreleased build wrote it, or a person. Azure refused nothing.",
  'unknown-refusal': 'Azure refused with a code that Keyturn does not know.',
};

/** What a change keeps of the call that held it up or ended it. */
export const cause = {
  /** Azure's own code, or Keyturn's where Azure gave none. */
  code: z.string().nullable(),
  /** What the identity lacked for that very call, where Azure named it. */
  action: z.string().optional(),
};

/** How long Azure may refuse the way back to what was found before the change ends and a person has to act. */
export const wayOutPatienceMs = 7 * dayMs;

export type Cause = Readonly<z.infer<z.ZodObject<typeof cause>>>;

export const noCause: Cause = { code: null };

export function causeOf(failure: Failure): Cause {
  const action = failure.kind === 'refused' ? failure.action : undefined;
  return { code: failure.code, ...(action === undefined ? {} : { action }) };
}
