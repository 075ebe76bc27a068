/**
 * App roles of the admin API's registration, for people and for apps. Each includes those before it:
 * - `Keyturn.Read`: list and read targets and rotations; ask whose a key is, since anybody who asks holds it already
 * - `Keyturn.Operate`: start rotations and act on them: cancel, hold, expedite, roll back, resume
 * - `Keyturn.Admin`: bring accounts under care (adopt), which stores secrets in a vault; replace leaked keys (leak), which may
 *   break consumers; stop and resume the whole instance (pause)
 */
export const appRoles = ['Keyturn.Read', 'Keyturn.Operate', 'Keyturn.Admin'] as const;

export type AppRole = (typeof appRoles)[number];

/** Whether one of `held` is `needed` or includes it. Exact names: anything else grants nothing. */
export function grants(held: readonly string[], needed: AppRole): boolean {
  return appRoles.slice(appRoles.indexOf(needed)).some((role) => held.includes(role));
}
