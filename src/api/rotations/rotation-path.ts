import type { HttpRequest } from '@azure/functions';

/** Where rotation `id` of the request's target is read. A path, since a proxy may have changed the host; the prefix is the host's. */
export function rotationPath(request: HttpRequest, id: string): string {
  const { pathname } = new URL(request.url);
  const prefix = pathname.slice(0, pathname.toLowerCase().indexOf('/targets/'));
  return `${prefix}/targets/${encodeURIComponent(request.params.name ?? '')}/rotations/${encodeURIComponent(id)}`;
}
