import * as z from 'zod';
import type { Failure } from '../shared/failure.ts';
import { type RefusalReason, refusalSentences } from '../shared/refusals.ts';
import { dayMs } from '../shared/time.ts';

/** The sentence for each of Azure's refusals, if a change of an account's network, access or keys is concerned. */
export const hardeningRefusals: Readonly<Record<RefusalReason, string>> = {
  ...refusalSentences,
  'provider-not-registered': 'The subscription is not registered for a resource provider that the step needs.',
  'account-access-denied': "Keyturn's identity lacks an action that the step needs.",
  'resource-lock': 'A lock on the resource, its group or subscription forbids the change.',
  'vault-policy': 'A policy of the vault refuses the change.',
  'vault-read-only': 'The vault is read-only.',
  'local-auth-disabled': 'Keys are turned off on this account.',
  'account-not-found':
    'The account, or a group that a resource is to be made in, does not exist, or Keyturn may not see it.',
};

/** What a change keeps of the call that held it up or ended it. */
export const cause = {
  /** Azure's own code, or Keyturn's if Azure gave none. */
  code: z.string().nullable(),
  /** What the identity lacked for that very call, if Azure named it. */
  action: z.string().optional(),
};

/** How long Azure may refuse the way back to what was found before the change ends and a person has to act. */
export const wayOutPatienceMs = 7 * dayMs;

export type Cause = Readonly<z.infer<z.ZodObject<typeof cause>>>;

export const noCause: Cause = { code: null };

export function causeOf(failure: Failure): Cause {
  return causeIn({ code: failure.code, action: failure.kind === 'refused' ? failure.action : undefined });
}

/** The cause, of anything that holds one beside more. */
export function causeIn({ code, action }: Cause): Cause {
  return { code, ...(action === undefined ? {} : { action }) };
}
