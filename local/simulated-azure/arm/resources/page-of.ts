import type { ArmCall } from '../arm-call.ts';

/** `$top` items from where `$skiptoken` left off; a `nextLink` only when there are more, as recorded. A `$top` that is no number of items asks for all. */
export function pageOf(call: ArmCall, items: readonly unknown[]): { value: readonly unknown[]; nextLink?: string } {
  const { url } = call.exchange;
  const asked = Number(url.searchParams.get('$top'));
  const top = Number.isInteger(asked) && asked > 0 ? asked : items.length;
  const from = Number(Buffer.from(url.searchParams.get('$skiptoken') ?? '', 'base64').toString()) || 0;
  const value = items.slice(from, from + top);
  if (from + top >= items.length) return { value };
  const next = new URL(url);
  next.searchParams.set('$skiptoken', btoa(String(from + top)));
  return { value, nextLink: next.href };
}
