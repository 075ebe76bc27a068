import { hash } from 'node:crypto';

/** A strong entity tag of what an area is: another one whenever `facts` differ. */
export function entityTag(facts: unknown): string {
  return entityTagOfText(JSON.stringify(facts));
}

/** The same of what `facts` are as JSON. */
export function entityTagOfText(json: string): string {
  return `"${hash('sha256', json).slice(0, 32)}"`;
}

/** Whether `If-Match` allows a change of what has `etag`. */
export function matches(ifMatch: readonly string[] | null, etag: string): boolean {
  return ifMatch === null || ifMatch.includes('*') || ifMatch.includes(etag);
}
