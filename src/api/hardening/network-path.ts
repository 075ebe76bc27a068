import type { HttpRequest } from '@azure/functions';

/** Where a change of the request's target's network is followed. A path, since a proxy may have changed the host. */
export function networkChangePath(request: HttpRequest, id: string): string {
  const { pathname } = new URL(request.url);
  const prefix = pathname.slice(0, pathname.toLowerCase().indexOf('/targets/'));
  return `${prefix}/targets/${encodeURIComponent(request.params.name ?? '')}/network/changes/${encodeURIComponent(id)}`;
}
