import type { AccessView } from '../api/views.ts';
import { entriesOf } from './network-form.ts';

/** One identity and its roles, as a person writes them. */
export interface GrantForm {
  /** An object id, the ARM id of a user-assigned identity, or `keyturn`. */
  readonly who: string;
  /** Names or GUIDs with commas between. */
  readonly roles: string;
}

export const newGrant: GrantForm = { who: '', roles: '' };

/** What was requested before, one row an identity. */
export function grantsOf({ asked }: Pick<AccessView, 'asked'>): readonly GrantForm[] {
  const byWho = new Map<string, string[]>();
  for (const { identity, principalId, role } of asked ?? []) {
    const who = identity === 'principal' ? (principalId ?? '') : identity;
    byWho.set(who, [...(byWho.get(who) ?? []), role.name]);
  }
  return [...byWho].map(([who, roles]) => ({ who, roles: roles.join(', ') }));
}

/** Where the form has a member of the body, such as `identities[0].roles`; null: nowhere. */
export function grantLabel(member: string): string | null {
  const [, index, rest = ''] = /^identities\[(\d+)\](.*)$/.exec(member) ?? [];
  return index === undefined ? null : `Identity ${Number(index) + 1}, ${rest.startsWith('.roles') ? 'roles' : 'who'}`;
}

/** The body of `PUT …/access`. */
export function accessBody(grants: readonly GrantForm[]): object {
  return { identities: grants.map(({ who, roles }) => ({ ...named(who.trim()), roles: entriesOf(roles) })) };
}

function named(who: string): object {
  if (who.toLowerCase() === 'keyturn') return { keyturn: true };
  return who.startsWith('/') ? { resourceId: who } : { principalId: who };
}
