import { type Carried, hasRoomForTags } from '../../../keys/key-secret.ts';
import { ownerOf } from '../../../keys/ownership-tags.ts';
import { type SecretPart, secretNames } from '../../../keys/target.ts';
import { disabledVersion } from '../../../keys/whose-secret.ts';
import type { Suspend } from '../../decision.ts';
import type { SuspendReason } from '../../reasons.ts';
import type { Session } from '../../run/session.ts';

type Existing = ({ readonly kind: 'stored' } & Carried) | { readonly kind: 'absent' | 'disabled' };

export type NextFrom =
  | { readonly kind: 'free'; readonly carried: Carried | null }
  /** Nothing is sent: as a step's outcome it suspends the rotation. */
  | { readonly kind: 'instead'; readonly decision: Suspend };

/**
 * What a secret's next version takes over from the one that stands, or why none may be stored there: it is somebody
 * else's, or has no room for Keyturn's tags. Reads the list of versions only if the current one shows nothing.
 * @param showsItself whether its value is one that only this target's secret holds
 * @throws FailureError
 */
export async function nextFrom(
  { secrets, target }: Pick<Session, 'secrets' | 'target'>,
  part: SecretPart,
  existing: Existing,
  showsItself = false,
): Promise<NextFrom> {
  const name = secretNames(target)[part];
  if (existing.kind === 'absent' || name === null) return { kind: 'free', carried: null };
  const blocked = (reason: SuspendReason): NextFrom => ({ kind: 'instead', decision: { kind: 'suspend', reason } });
  const armIds = [target.account.armId];
  const says = existing.kind === 'stored' ? ownerOf(existing.tags, armIds) : 'not-said';
  const isShown = showsItself && existing.kind === 'stored';
  const versions = says === 'not-said' && !isShown ? await secrets.listVersions(name) : [];
  const current = existing.kind === 'stored' ? existing : disabledVersion(versions, armIds);
  const { tags } = current ?? { tags: {} };
  const owner = ownerOf(tags, armIds);
  if (owner === 'another-account') return blocked('secrets-of-another-account');
  const wasOurs = versions.some((one) => ownerOf(one.tags, armIds) === 'this-account');
  if (owner === 'not-said' && !isShown && !wasOurs) return blocked('foreign-secret');
  return hasRoomForTags(part, tags) ? { kind: 'free', carried: current } : blocked('too-many-tags');
}
