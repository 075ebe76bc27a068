import type * as z from 'zod';
import { guidPattern, resourceGroupPattern } from '../shared/arm-id.ts';

/** What JSON Schema has to say of a value that is checked by code. */
type WireSchema = Readonly<Record<string, unknown>>;

/**
 * `schema`, with what the API's description says of it besides what it says by itself: a `refine` and a `transform` leave
 * no trace in JSON Schema. `describe-api.ts` takes it up.
 */
export function onTheWire<Schema extends z.ZodType>(schema: Schema, wire: WireSchema): Schema {
  return schema.meta({ ...schema.meta(), wire });
}

/** A text in any case, as a pattern without flags, which JSON Schema does not have. */
function anyCase(text: string): string {
  return text
    .replaceAll(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
    .replaceAll('.', '\\.');
}

/** The full id of a resource of `type` (`Microsoft.Network/virtualNetworks/subnets`). */
export function resourceIdPattern(type: string): string {
  const [provider = '', ...types] = type.split('/');
  const inside = (pattern: RegExp) => pattern.source.replace(/^\^|\$$/g, '');
  const subscription = inside(guidPattern).replaceAll('a-f', 'A-Fa-f');
  const group = `/${anyCase('subscriptions')}/${subscription}/${anyCase('resourceGroups')}/${inside(resourceGroupPattern)}`;
  const names = types.map((one) => `/${anyCase(one)}/[^\\s\\p{Cc}<>%&\\\\?/#{}]+`).join('');
  return `^${group}/${anyCase('providers')}/${anyCase(provider)}${names}$`;
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';

/** An IPv4 address. */
export const addressPattern = `^${octet}(?:\\.${octet}){3}$`;

/** An IPv4 address, or a range of these prefixes in CIDR notation. */
export function rangePattern(prefixes: string, isRangeOnly: boolean): string {
  return `^${octet}(?:\\.${octet}){3}(?:/(?:${prefixes}))${isRangeOnly ? '' : '?'}$`;
}
