import { isIPv4 } from 'node:net';

/** A range of IPv4 addresses, as numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
  /** False where bits are set after the prefix, as in 10.0.0.1/24. */
  readonly isExact: boolean;
  /** The range with those bits cleared. */
  readonly text: string;
}

/** An address or a CIDR range; null for what is neither, IPv6 included. */
export function rangeOf(text: string): Range | null {
  const [address = '', bits = '32', ...rest] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || rest.length > 0) return null;
  const size = 2 ** (32 - Number(bits));
  const value = toNumber(address);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, isExact: first === value, text: `${toAddress(first)}/${Number(bits)}` };
}

export function isInside(inner: Range, outer: Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function doOverlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
