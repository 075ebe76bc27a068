import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { refusalReasons } from '../../shared/refusals.ts';
import { cause } from '../hardening-refusals.ts';
import { keylessEnds, keylessWaits } from './keyless-reasons.ts';

const instant = z.number();

const endReason = z.enum([...namesOf(keylessEnds), ...refusalReasons]);

/** A change of whether an account takes keys, by where it stands. */
const change = z.discriminatedUnion('kind', [
  /** The account's row says keyless before Azure does, so that no rotation begins meanwhile. */
  z.object({ kind: z.literal('announcing') }),
  z.object({ kind: z.literal('turning-off') }),
  /** Keys are off: the token must stay accepted and keys must become refused. */
  z.object({
    kind: z.literal('proving'),
    sinceMs: instant,
    tokenRejectedSinceMs: instant.nullable(),
    /** Rounds of looks in a row, the last ones, of which each call had the answer that is to be proved. */
    rounds: z.number(),
    /** What the proof has cost so far, in calls to Azure. */
    calls: z.number(),
  }),
  /** The proof failed: keys are turned on again. */
  z.object({ kind: z.literal('reverting'), reason: endReason, ...cause }),
  z.object({ kind: z.literal('turning-on') }),
  /** Keys are on again: they are stored again, and their age restarts. `reason`: why, if it is a revert. */
  z.object({ kind: z.literal('re-adopting'), reason: endReason.nullable(), ...cause }),
]);

/** Whether a target goes without keys, the change under way, and how the last one ended. Never holds a key or token. */
export const keylessState = z.object({
  /** The last verification with Keyturn's own token. */
  verified: z.object({ atMs: instant, accepted: z.boolean(), code: z.string() }).nullable(),
  /** Since when the account is proved to take no keys; null: it takes them, or that is not known. */
  offSinceMs: instant.nullable(),
  change: z
    .object({
      id: z.string(),
      by: z.string(),
      startedAtMs: instant,
      /** How long the proof may take before keys are turned on again. */
      proveWithinMs: z.number(),
      /** Whether the account took keys when the change began: that is what a revert restores. */
      hadKeys: z.boolean(),
      /** Of the stored active key, with the change's id as salt, and when the account still had it; null: not looked for, or it had it no more. */
      storedKeySeen: z.object({ print: z.string().nullable(), atMs: instant }).nullable(),
      at: change,
      stepSinceMs: instant,
      tries: z.number(),
      /** Who wants keys on again while they are being turned off: nothing more is sent to turn them off, and the change reverts. */
      calledOff: z.object({ by: z.string(), atMs: instant }).nullable(),
      /** How often Azure has taken the change of this step without showing it. */
      sends: z.number(),
      /** Azure took the change of this step, or may have, and `tries` counts the looks since. */
      sent: z.boolean(),
      waiting: z.enum(namesOf(keylessWaits)).nullable(),
      /** Of the last call that failed since the step was entered, or since Azure took its change. */
      ...cause,
    })
    .nullable(),
  last: z
    .object({
      id: z.string(),
      by: z.string(),
      endedAtMs: instant,
      outcome: z.enum(['keys-off', 'keys-on', 'reverted', 'failed']),
      reason: endReason.nullable(),
      /** Whether a key that the account had just before was seen to be refused; `not-tried`: the vault held none such. */
      keyProof: z.enum(['refused', 'not-tried']).nullable(),
      /** Of the call that ended it. */
      ...cause,
    })
    .nullable(),
});

export type KeylessState = z.infer<typeof keylessState>;
export type KeylessChange = NonNullable<KeylessState['change']>;
export type KeylessEnd = z.infer<typeof endReason>;

export const keysAsEver: KeylessState = { verified: null, offSinceMs: null, change: null, last: null };
