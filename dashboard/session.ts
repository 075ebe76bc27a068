import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { AppRole } from '../src/api/app-role.ts';
import { grants } from '../src/api/app-role.ts';
import type { Account } from './sign-in.ts';

const nobody: Account = { name: '', roles: [] };

export const SessionContext = createContext<Account>(nobody);

export function useRoles(): readonly string[] {
  return useContext(SessionContext).roles;
}

/** Whether the person has the role; the API decides, this only shows what it would. */
export function useMay(role: AppRole): boolean {
  return grants(useRoles(), role);
}

const roleWords: Readonly<Record<AppRole, string>> = {
  'Keyturn.Read': 'Reader',
  'Keyturn.Operate': 'Operator',
  'Keyturn.Admin': 'Admin',
};

/** The highest of the roles, as a person says it. */
export function roleWord(roles: readonly string[]): string {
  const held = (['Keyturn.Admin', 'Keyturn.Operate', 'Keyturn.Read'] as const).find((role) => roles.includes(role));
  return held === undefined ? 'no role' : roleWords[held];
}

/** Why a button waits: the role that it needs. */
export function lacksText(role: AppRole): string {
  return `Needs the role ${roleWords[role]} (${role}).`;
}
