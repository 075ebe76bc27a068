import { type VaultAnswer, type VaultCall, vaultUrl } from './vault-call.ts';
import { badParameter } from './vault-refusal.ts';

/** https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets: up to 25 results unless told otherwise. */
const maxResults = 25;

/**
 * One page of a list: walks up to `maxresults` of the sorted `keys` from where `$skiptoken` left off.
 * @param show the item of a key, or null when the list does not show it
 */
export function page(
  call: VaultCall,
  keys: readonly string[],
  show: (key: string) => Record<string, unknown> | null,
): VaultAnswer {
  const query = call.exchange.url.searchParams;
  const size = pageSize(query.get('maxresults'));
  const from = startKey(query.get('$skiptoken'));
  const rest = keys.filter((key) => key >= from);
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
function nextLink(call: VaultCall, nextKey: string): string {
  const { pathname, searchParams } = call.exchange.url;
  const asked = searchParams.get('maxresults');
  const token = Buffer.from(JSON.stringify({ NextMarker: nextKey, TargetLocation: 0 })).toString('base64url');
  const size = asked === null ? '' : `&maxresults=${asked}`;
  return `${vaultUrl(call)}:443${pathname}?api-version=${call.apiVersion}&$skiptoken=${token}${size}`;
}

function startKey(token: string | null): string {
  if (token === null) return '';
  try {
    const { NextMarker } = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof NextMarker === 'string') return NextMarker;
  } catch {
    // Refused below, like a token of another shape.
  }
  throw badParameter('The specified skiptoken is invalid.');
}
