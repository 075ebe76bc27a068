import type { Endpoint } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';

/** The operation of that name, such as `read-fleet`. */
export function endpointNamed(name: string): Endpoint {
  const found = endpoints.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no operation is called ${name}`);
  return found;
}
