import type { SuspendReason } from './reasons.ts';
import type { ActiveState } from './state.ts';

/** Reasons that say: an account's or a secret's key may be another than the one that was written down. */
const keysChanged: ReadonlySet<SuspendReason> = new Set([
  'account-moved',
  'out-of-band-regenerated',
  'vault-stale',
  'secret-changed',
  'direct-stale',
]);

/** The revalidation with which a rotation goes on that was suspended for `reason`; null where none is needed. */
export function revalidationAfter(reason: SuspendReason | null): ActiveState['revalidation'] {
  return reason !== null && keysChanged.has(reason) ? { first: null } : null;
}
