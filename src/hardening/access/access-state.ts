import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { refusalReasons } from '../../shared/refusals.ts';
import { cause } from '../hardening-refusals.ts';
import { principalTypes } from './ports.ts';
import { roleSchema } from './role.ts';

/** Why a change of access rests and goes on by itself. */
export const accessWaits = {
  'principal-spreading': 'The directory does not know the new identity everywhere yet.',
  'role-spreading': 'Azure denied access; a new role assignment takes up to ten minutes to count.',
  proving:
    "The account accepts Keyturn's token so far; a node of its gateway may lag behind, so Keyturn calls for a minute.",
  'endpoint-unclear':
    "The account's endpoint does not say whether the new role counts: its network, its quota of calls, or an outage.",
  'retry-later': 'Azure did not answer, or asked Keyturn to wait.',
} as const;

/** Why a change of access ended before all of it was done, besides Azure's refusals. What was done stays; asking again goes on from there. */
export const accessFailures = {
  'principal-not-found': 'The directory has no such principal: check its object id (not its client id) and tenant.',
  'principal-type-wrong': 'The principal is of another type than was said.',
  'assignment-name-taken': 'The name of the new assignment belongs to another one. Remove that one first.',
  'identity-missing': 'The user-assigned identity does not exist, or Keyturn may not read it.',
  'role-assignment-limit': 'The subscription has as many role assignments as Azure allows.',
  'role-not-found': 'Azure knows no role of this id at the scope.',
  'access-change-overdue': 'Azure could not be asked for too long.',
} as const;

export type AccessFailure = keyof typeof accessFailures;

/** Who is to have a role. `armId` without `createIn` exists already. */
const identitySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('principal'), principalId: z.string(), principalType: z.enum(principalTypes) }),
  z.object({ kind: z.literal('user-assigned'), armId: z.string(), createIn: z.string().nullable() }),
  z.object({ kind: z.literal('keyturn'), principalId: z.string() }),
]);

/** One role for one identity at one ARM scope. */
const grantSchema = z.object({ identity: identitySchema, role: roleSchema, scope: z.string() });

const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create-identity'), armId: z.string(), location: z.string() }),
  z.object({ kind: z.literal('assign'), grant: grantSchema }),
  z.object({ kind: z.literal('prove-own-access') }),
  z.object({
    kind: z.literal('unassign'),
    scope: z.string(),
    name: z.string(),
    principalId: z.string(),
    roleGuid: z.string(),
  }),
]);

const stepSchema = z.object({
  what: z.string(),
  why: z.string(),
  change: changeSchema,
  doneAtMs: z.number().nullable(),
});

const ended = z.object({
  id: z.string(),
  by: z.string(),
  endedAtMs: z.number(),
  outcome: z.enum(['applied', 'failed']),
  reason: z.enum([...namesOf(accessFailures), ...refusalReasons]).nullable(),
  /** The step that failed, and the action that it needs. */
  failedStep: z.object({ what: z.string(), needs: z.string() }).nullable(),
  /** Of the call that ended it. */
  ...cause,
  steps: z.array(stepSchema),
  /** Whether Keyturn's own new role was seen to work; null if it was given none. */
  ownAccess: z.enum(['proved', 'not-proved']).nullable(),
});

/** What was asked of a target's access, the change under way, and how the last one ended. Never holds a token. */
export const accessState = z.object({
  asked: z.array(grantSchema).nullable(),
  change: z
    .object({
      id: z.string(),
      by: z.string(),
      startedAtMs: z.number(),
      steps: z.array(stepSchema),
      /** Since when the first step that is not done has been tried, and how often in vain. */
      stepSinceMs: z.number(),
      tries: z.number(),
      waiting: z.enum(namesOf(accessWaits)).nullable(),
      /** Rounds of calls in a row, the last ones, in which Keyturn's own token was accepted each time. */
      rounds: z.number(),
      /** Of the last call that failed, while it waits. */
      code: z.string().nullable(),
      ownAccess: z.enum(['proved', 'not-proved']).nullable(),
    })
    .nullable(),
  last: ended.nullable(),
});

export type Grant = z.infer<typeof grantSchema>;
export type GrantIdentity = z.infer<typeof identitySchema>;
export type AccessChange = z.infer<typeof changeSchema>;
export type AccessStep = z.infer<typeof stepSchema>;
export type AccessState = z.infer<typeof accessState>;

export const noAccessAsked: AccessState = { asked: null, change: null, last: null };
