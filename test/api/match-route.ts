import type { Endpoint } from '../../src/functions/endpoint.ts';

/** The endpoint that a host would hand this request to, and what stands in its route's places. */
export function matchRoute(endpoints: readonly Endpoint[], method: string, target: string) {
  const [path = ''] = target.split('?');
  for (const endpoint of endpoints) {
    const pattern = endpoint.route.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const match = new RegExp(`^/api/${pattern}$`).exec(path);
    if (match !== null && endpoint.method === method) return { endpoint, params: { ...match.groups } };
  }
  throw new TypeError(`no operation answers ${method} ${path}`);
}
