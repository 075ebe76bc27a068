import type { PrivateZoneNames } from '../../hardening/network/ports.ts';
import { accountKind } from '../../keys/account-kinds.ts';
import type { Cloud } from '../clouds.ts';

/**
 * Which private DNS zones an account needs, by its kind, as far as the cloud has them; null for a kind that Keyturn does not
 * know. An account's own list is `requiredZoneNames` of its private link resources, which is right where the two disagree.
 */
export function privateZoneNames({ cognitive }: Pick<Cloud, 'cognitive'>): PrivateZoneNames {
  return (kind) => {
    const hosts = accountKind(kind)?.zones;
    if (hosts === undefined) return null;
    const zones = hosts.flatMap((host) => cognitive.hosts[host]?.zone ?? []);
    return zones.length === 0 ? null : zones;
  };
}
