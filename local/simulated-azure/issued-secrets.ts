import { customTopicsOf } from './event-grid-topics/custom-topic.ts';
import type { SimulatedAzure } from './simulated-azure.ts';
import { parsedReference, webSitesOf } from './web-apps/web-site.ts';

/** A shorter setting, such as a flag, is no secret. */
const shortestSecret = 16;

/**
 * Every key that an account has or had, every token, the passwords of apps and people, and what settings of apps hold: what must be found nowhere
 * but where it belongs. Keys of purged accounts are gone with them.
 */
export function issuedSecrets({ world, issuedTokens }: Pick<SimulatedAzure, 'world' | 'issuedTokens'>): string[] {
  const keys = [...world.accounts, ...world.deletedAccounts].flatMap((account) => account.keys);
  const topicKeys = customTopicsOf(world).flatMap(({ keys: { key1, key2 } }) => [key1, key2]);
  const passwords = world.principals.flatMap(({ secret }) => (secret === null ? [] : [secret]));
  const settings = webSitesOf(world).flatMap((site) => Object.values(site.settings));
  const secretSettings = settings.filter((text) => text.length >= shortestSecret && parsedReference(text) === null);
  return [...keys.map(({ value }) => value), ...topicKeys, ...issuedTokens, ...passwords, ...secretSettings];
}
