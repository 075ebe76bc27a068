import { ownerOf } from './ownership-tags.ts';
import type { SecretVersion } from './ports.ts';
import type { DisabledVersion } from './whose-secret.ts';

/**
 * The current version of a secret that is disabled, by the list of its versions; null where none is. Key Vault keeps
 * whole seconds: of several that may be it, the one that least says that it is ours.
 * @param armIds every id that the account has or had
 */
export function disabledVersion(versions: readonly SecretVersion[], armIds: readonly string[]): DisabledVersion | null {
  const newestMs = Math.max(...versions.map(({ createdAtMs }) => createdAtMs));
  const current = versions.filter(({ createdAtMs, enabled }) => createdAtMs === newestMs && !enabled);
  return current.find(({ tags }) => ownerOf(tags, armIds) !== 'this-account') ?? current[0] ?? null;
}
