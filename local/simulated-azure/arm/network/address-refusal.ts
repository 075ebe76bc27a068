import { doOverlap, isInside, rangeOf } from '../../network/cidr.ts';
import type { ArmCall } from '../arm-call.ts';
import { networkError } from './network-answer.ts';

/** What is wrong with the prefixes of a network or subnet as CIDR ranges; null when they can be read. IPv6 is not judged. */
export function prefixRefusal(resource: string, prefixes: readonly string[]): Response | null {
  for (const prefix of prefixes) {
    if (prefix.includes(':')) continue;
    const range = prefix.includes('/') ? rangeOf(prefix) : null;
    if (range === null) {
      return networkError(
        400,
        'InvalidAddressPrefixFormat',
        `Address prefix ${prefix} of resource ${resource} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`,
      );
    }
    if (!range.isExact) {
      return networkError(
        400,
        'InvalidCIDRNotation',
        `The address prefix ${prefix} in resource ${resource} has an invalid CIDR notation. For the given prefix length, the address prefix should be ${range.text}.`,
      );
    }
  }
  return null;
}

/** Where the prefixes of a subnet may not be: outside its network, or over another subnet. */
export function placeRefusal(
  call: ArmCall,
  network: { readonly name: string; readonly addressPrefixes: readonly string[] },
  name: string,
  prefixes: readonly string[],
  others: readonly { readonly name: string; readonly prefixes: readonly string[] }[],
): Response | null {
  for (const range of prefixes.flatMap((prefix) => rangeOf(prefix) ?? [])) {
    const isWithin = network.addressPrefixes.some((prefix) => {
      const outer = rangeOf(prefix);
      return outer !== null && isInside(range, outer);
    });
    if (!isWithin) return outside(call, network.name, name);
    for (const other of others) {
      if (!other.prefixes.some((prefix) => overlaps(prefix, range))) continue;
      return networkError(
        400,
        'NetcfgSubnetRangesOverlap',
        `Subnet '${name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '${network.name}'.`,
      );
    }
  }
  return null;
}

function overlaps(prefix: string, range: { readonly first: number; readonly last: number }): boolean {
  const other = rangeOf(prefix);
  return other !== null && doOverlap(other, { ...range, isExact: true, text: '' });
}

/** Said in other words since about 2018: Azure/azure-service-operator#4927. */
function outside({ apiVersion }: ArmCall, network: string, name: string): Response {
  return apiVersion < '2018-01-01'
    ? networkError(400, 'NetcfgInvalidSubnet', `Subnet '${name}' is not valid in virtual network '${network}'.`)
    : networkError(
        400,
        'NetcfgSubnetRangeOutsideVnet',
        `Subnet '${name}' is not valid because its IP address range is outside the IP address range of virtual network '${network}'.`,
      );
}
