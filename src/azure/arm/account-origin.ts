import { hostKindIn } from '../../keys/account-hosts.ts';
import type { Cloud } from '../clouds.ts';

/** Nothing that two readers of addresses could understand in two ways: no user, port, query, fragment or backslash. */
const plainAddress = /^https:\/\/[a-z0-9.-]+(?:\/[\w./-]*)?$/i;

/** `endpoint`'s origin, when it is surely an AI account's host: keys and tokens go nowhere else, and consumers are sent nowhere else. */
export function accountOrigin(endpoint: string, { cognitive }: Pick<Cloud, 'cognitive'>): string | null {
  const url = plainAddress.test(endpoint) ? URL.parse(endpoint) : null;
  if (url === null) return null;
  return hostKindIn(cognitive.hosts, url.hostname) === null ? null : url.origin;
}
