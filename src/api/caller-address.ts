import type { HttpRequest } from '@azure/functions';
import { parseIpRange } from '../shared/ip-range.ts';

/**
 * The IPv4 address that the request came from, as App Service tells it: the last entry of X-Forwarded-For, with a port.
 * Whoever calls may write the entries before it; nothing is decided by this address, it is only tested and shown.
 */
export function callerAddress(request: HttpRequest): string | null {
  const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
  const address = last.replace(/:\d+$/, '');
  return parseIpRange(address) === null || address.includes('/') ? null : address;
}
