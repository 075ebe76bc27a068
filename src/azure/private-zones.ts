import type { PrivateZoneNames } from '../lockdown/ports.ts';
import type { Cloud } from './clouds.ts';

/** Which private DNS zones an account needs, by its kind: AIServices answers at every host that AI accounts have. */
export function privateZoneNames({ privateDnsZones }: Pick<Cloud, 'privateDnsZones'>): PrivateZoneNames {
  const zones = Object.values(privateDnsZones.accounts);
  const starting = (start: string) => zones.find((zone) => zone.startsWith(`privatelink.${start}.`));
  return (kind) => {
    if (kind === 'AIServices') return zones;
    const zone = starting(kind === 'OpenAI' ? 'openai' : 'cognitiveservices');
    return zone === undefined ? null : [zone];
  };
}
