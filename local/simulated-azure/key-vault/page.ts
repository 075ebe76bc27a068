import { readSkipToken, writeSkipToken } from './skip-token.ts';
import { type VaultAnswer, type VaultCall, vaultUrl } from './vault-call.ts';
import { badParameter } from './vault-refusal.ts';

/** https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets: up to 25 results unless told otherwise. */
const maxResults = 25;

/**
 * One page of a list: walks up to `maxresults` of the sorted `rows` from where `$skiptoken` left off.
 * @param rows `name` or `name/version`, in lower case
 * @param show the item of a row, or null when the list does not show it
 */
export function page(
  call: VaultCall,
  rows: readonly string[],
  show: (row: string) => Record<string, unknown> | null,
): VaultAnswer {
  const query = call.exchange.url.searchParams;
  const size = pageSize(query.get('maxresults'));
  const from = startRow(query.get('$skiptoken'));
  const rest = rows.filter((row) => row >= from);
  const next = rest[size];
  const value = rest
    .slice(0, size)
    .map(show)
    .filter((item) => item !== null);
  return { status: 200, body: { value, nextLink: next === undefined ? null : nextLink(call, next) } };
}

function pageSize(asked: string | null): number {
  if (asked === null) return maxResults;
  const size = Number(asked);
  if (Number.isInteger(size) && size >= 1 && size <= maxResults) return size;
  throw badParameter(`maxresults must be between 1 and ${maxResults}.`);
}

/** Links name the port, and put the token before `maxresults`, as recorded. */
function nextLink(call: VaultCall, nextRow: string): string {
  const { pathname, searchParams } = call.exchange.url;
  const asked = searchParams.get('maxresults');
  const size = asked === null ? '' : `&maxresults=${asked}`;
  return `${vaultUrl(call)}:443${pathname}?api-version=${call.apiVersion}&$skiptoken=${writeSkipToken(nextRow)}${size}`;
}

function startRow(token: string | null): string {
  if (token === null) return '';
  const row = readSkipToken(token);
  if (row === null) throw badParameter('The specified skiptoken is invalid.');
  return row;
}
