import { createHash } from 'node:crypto';

/** A strong entity tag of what an area is: another one whenever `facts` differ. */
export function entityTag(facts: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)}"`;
}

/** Whether `If-Match` allows a change of what has `etag`. */
export function matches(ifMatch: readonly string[] | null, etag: string): boolean {
  return ifMatch === null || ifMatch.includes('*') || ifMatch.includes(etag);
}
