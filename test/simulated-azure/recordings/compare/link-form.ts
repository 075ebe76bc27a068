import { masked } from './masked.ts';

/** A link by host, path form and names of its parameters; an entity tag by its quotes. */
export function linkForm(value: string): string {
  if (!/^https?:/.test(value)) return masked(value, '').replaceAll(/[0-9a-f-]{8,}/gi, '<id>');
  const url = new URL(value);
  const path = masked(url.pathname, '').toLowerCase();
  // `t`, `c`, `s` and `h` sign operation links since 2023.
  const names = [...url.searchParams.keys()].filter((name) => !/^[tcsh]$/.test(name));
  return `${url.hostname}${path}?${names.sort().join('&')}`;
}
