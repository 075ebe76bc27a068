import { createHash } from 'node:crypto';
import type { AccountNetwork } from './ports.ts';

/** The entity tag of an account's network as it is: whoever changes it says which one was seen. */
export function networkEtag({ subdomain, rules, connections }: AccountNetwork): string {
  const text = JSON.stringify([subdomain, rules, connections.map(({ name, status }) => [name, status])]);
  return `"${createHash('sha256').update(text).digest('hex').slice(0, 20)}"`;
}
