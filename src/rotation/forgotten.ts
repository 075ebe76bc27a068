import type { LastSeen, SeenVersions } from '../keys/gate.ts';

/** No version is called so. */
const none = 'none';

/** What was last seen, made such that nothing is the same: whatever the gate finds next counts as young from then on. */
export function forgotten(lastSeen: LastSeen): LastSeen {
  return { ...lastSeen, versions: { ...lastSeen.versions, pointer: none } };
}

/**
 * Whether a look at the vault found another version than was last seen, such that consumers may have been given it: a
 * secret that cannot be read gives them nothing.
 */
export function isSeenOtherwise({ versions }: LastSeen, found: Partial<SeenVersions>): boolean {
  if (versions.pointer === none) return false;
  return (['pointer', 'key1', 'key2', 'direct'] as const).some(
    (name) => found[name] !== undefined && found[name] !== versions[name],
  );
}
