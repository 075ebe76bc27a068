import { type LastSeen, type SeenVersions, sameVersions } from '../keys/gate.ts';

/** No version is called so. */
const none = 'none';

/** What was last seen, made such that nothing is the same: the age of whatever the gate finds next restarts. */
export function invalidateLastSeen(lastSeen: LastSeen): LastSeen {
  return { ...lastSeen, versions: { ...lastSeen.versions, pointer: none } };
}

/** Whether nothing is known any more of what consumers were given lately. */
export function isLastSeenInvalidated({ versions }: LastSeen): boolean {
  return versions.pointer === none;
}

/** Whether a look at the vault found anything but the versions that were last seen, such that consumers may have been given it. */
export function isSeenOtherwise(lastSeen: LastSeen, found: SeenVersions): boolean {
  return !isLastSeenInvalidated(lastSeen) && !sameVersions(lastSeen.versions, found);
}
