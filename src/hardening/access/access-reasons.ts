import type { AccessFailure, AccessState } from './access-state.ts';

type Waiting = NonNullable<NonNullable<AccessState['change']>['waiting']>;

/** Why a change of access rests and goes on by itself. */
export const accessWaits = {
  'principal-spreading': 'The directory does not know the new identity everywhere yet.',
  'role-spreading': 'Azure denied access; a new role assignment takes up to ten minutes to count.',
  proving:
    "The account accepts Keyturn's token so far; a node of its gateway may lag behind, so Keyturn calls for a minute.",
  'endpoint-unclear':
    "The account's endpoint does not say whether the new role counts: its network, its quota of calls, or an outage.",
  'retry-later': 'Azure could not be asked or asked to be left alone for a while.',
} as const satisfies Record<Waiting, string>;

/** Why a change of access ended before all of it was done, besides Azure's refusals. What was done stays; asking again goes on from there. */
export const accessFailures = {
  'principal-not-found': 'The directory has no such principal: check its object id (not its client id) and tenant.',
  'principal-type-wrong': 'The principal is of another type than was said.',
  'assignment-name-taken': 'The name of the new assignment belongs to another one. Remove that one first.',
  'identity-missing': 'The user-assigned identity does not exist, or Keyturn may not read it.',
  'role-assignment-limit': 'The subscription has as many role assignments as Azure allows.',
  'role-not-found': 'Azure knows no role of this id at the scope.',
  'access-change-overdue': 'Azure could not be asked for too long.',
} as const satisfies Record<AccessFailure, string>;
