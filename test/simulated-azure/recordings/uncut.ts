import { isObject, type Json } from './recorded-file.ts';

/** A text that the collector cut was a long one: its beginning again and again, longer than any service's limit on a document. */
export function uncut(body: Json | undefined): Json | undefined {
  if (typeof body === 'string') {
    const [kept, cut] = body.split('…');
    return cut === undefined || kept === undefined || kept === '' ? body : kept.repeat(Math.ceil(6_000 / kept.length));
  }
  if (Array.isArray(body)) return body.map((item: Json) => uncut(item) ?? null);
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([member, value]) => [member, uncut(value) ?? null]));
}
