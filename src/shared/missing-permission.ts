import { allowsAction, type Permission, permissions } from './permissions.ts';

/** What the identity lacks, and what to do about it. */
export interface MissingPermission {
  readonly missingAction: string;
  readonly fix: string;
}

/**
 * @param action as a service named it, or undefined if it named none
 * @param ofCopy a declared copy was asked for, which has a role of its own
 */
export function missingPermission(action: string | null | undefined, ofCopy = false): MissingPermission | null {
  return action == null ? null : { missingAction: action, fix: fixFor(action, ofCopy) };
}

/** What a sentence about a refusal is followed by. */
export function withMissing(sentence: string, missing: MissingPermission | null): string {
  return missing === null ? sentence : `${sentence} It lacks ${missing.missingAction}. ${missing.fix}`;
}

/** As answers and log events show it: both members or neither. */
export function viewLacked(missing: MissingPermission | null | undefined) {
  return { missingAction: missing?.missingAction ?? null, fix: missing?.fix ?? null };
}

function fixFor(action: string, ofCopy: boolean): string {
  const known = permissions.filter(
    ({ name, features }) =>
      features.includes('copy') === ofCopy &&
      // Some refusals leave the provider out.
      (allowsAction([{ actions: [name], notActions: [] }], action) ||
        `/${name}`.toLowerCase().endsWith(`/${action}`.toLowerCase())),
  );
  const [first, ...others] = known;
  const spreads = 'A new assignment takes up to ten minutes to count.';
  if (first === undefined) return `Give Keyturn's identity a role with this action where the call was made. ${spreads}`;
  // Kinds of copies have roles of their own, which share some actions.
  const other = ofCopy ? others.find(({ role }) => role !== first.role) : undefined;
  const given = other === undefined ? grantOf(first) : `${grantOf(first)} Of another kind of copy: ${grantOf(other)}`;
  return `${given} ${spreads} docs/security.md has the roles and the command.`;
}

function grantOf({ scope, role, kind }: Permission): string {
  // As it is called where the template made it: role names are unique in a tenant.
  const named = role.startsWith('Keyturn ') ? `${role} (the template adds the function app's name)` : role;
  return `Give Keyturn's identity the role ${named}, or another with this ${kind}, on the ${scope}.`;
}
