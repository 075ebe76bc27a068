import { FailureError } from '../../shared/failure.ts';
import { allowsAction } from '../../shared/permissions.ts';
import type { WebApps } from '../ports.ts';

/**
 * Shows that Keyturn's identity may do something at an app without doing it. A lock, a policy or a deny assignment does not show.
 * @throws FailureError refused, with the action, as Azure would refuse it
 */
export async function mustBeAllowed(webApps: WebApps, siteId: string, action: string): Promise<void> {
  if (allowsAction(await webApps.permissions(siteId), action)) return;
  throw new FailureError({ kind: 'refused', reason: 'account-access-denied', code: 'action-not-granted', action });
}
