/** A range of IPv4 addresses as numbers; a single address is a range of one. */
export interface IpRange {
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
  /** False when bits after the prefix are set, as in 203.0.113.5/24. */
  readonly isExact: boolean;
}

const addressPattern = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** An address or CIDR range of IPv4, or null when `text` is neither. */
export function parseIpRange(text: string): IpRange | null {
  const [address = '', bits, ...rest] = text.split('/');
  if (!addressPattern.test(address) || rest.length > 0) return null;
  if (bits !== undefined && !/^(?:\d|[12]\d|3[0-2])$/.test(bits)) return null;
  const prefixLength = bits === undefined ? 32 : Number(bits);
  const size = 2 ** (32 - prefixLength);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, prefixLength, isExact: first === value };
}

export function contains(outer: IpRange, inner: IpRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlap(one: IpRange, other: IpRange): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether one of `ranges` holds the address. What cannot be read holds nothing. */
export function isInAny(address: string, ranges: readonly string[]): boolean {
  const own = parseIpRange(address);
  return own !== null && readable(ranges).some((range) => contains(range, own));
}

function readable(ranges: readonly string[]): readonly IpRange[] {
  return ranges.map(parseIpRange).filter((range) => range !== null);
}

/** RFC 1918. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** Ranges that nobody's calls come from over the internet: https://www.iana.org/assignments/iana-ipv4-special-registry */
const unroutableRanges = [
  ...privateRanges,
  '0.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
];

export function isPrivateAddress(address: string): boolean {
  return isInAny(address, privateRanges);
}

/** Whether any address of the range cannot be a caller's on the internet. */
export function holdsUnroutable(range: IpRange): boolean {
  return readable(unroutableRanges).some((unroutable) => overlap(unroutable, range));
}
