import { customTopicsOf } from './event-grid-topics/custom-topic.ts';
import type { SimulatedAzure } from './simulated-azure.ts';

/**
 * Every key that an account has or had, every token, and the passwords of apps and people: what must be found nowhere
 * but where it belongs. Keys of purged accounts are gone with them.
 */
export function issuedSecrets({ world, issuedTokens }: Pick<SimulatedAzure, 'world' | 'issuedTokens'>): string[] {
  const keys = [...world.accounts, ...world.deletedAccounts].flatMap((account) => account.keys);
  const topicKeys = customTopicsOf(world).flatMap(({ keys: { key1, key2 } }) => [key1, key2]);
  const passwords = world.principals.flatMap(({ secret }) => (secret === null ? [] : [secret]));
  return [...keys.map(({ value }) => value), ...topicKeys, ...issuedTokens, ...passwords];
}
