import { FailureError } from '../../shared/failure.ts';
import { allowsAction } from '../../shared/permissions.ts';
import type { WebApps } from '../ports.ts';
import type { SettingCopy } from './copy.ts';

/** The action of this name at an app, or at one of its slots. */
export function siteAction({ slot }: Pick<SettingCopy, 'slot'>, name: string): string {
  return `Microsoft.Web/sites/${slot === null ? '' : 'slots/'}${name}`;
}

/**
 * Shows that Keyturn's identity may do all of this at an app without doing it. A lock, a policy or a deny assignment does not show.
 * @throws FailureError refused, with the first action that it lacks, as Azure would refuse it
 */
export async function mustBeAllowed(webApps: WebApps, siteId: string, ...actions: readonly string[]): Promise<void> {
  const permissions = await webApps.permissions(siteId);
  const action = actions.find((one) => !allowsAction(permissions, one));
  if (action === undefined) return;
  throw new FailureError({ kind: 'refused', reason: 'account-access-denied', code: 'action-not-granted', action });
}

/** Whether an app has a slot, or production, in which its setting is no declared copy. @param declared null: production */
export async function hasUndeclaredSlot(
  webApps: WebApps,
  appId: string,
  declared: readonly (string | null)[],
): Promise<boolean> {
  const slots = [null, ...(await webApps.slots(appId))];
  return slots.some((one) => !declared.some((slot) => slot?.toLowerCase() === one?.toLowerCase()));
}
