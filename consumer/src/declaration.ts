import type { Declaration } from './contract.ts';

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** What a target says of consumers that keep a key for `cacheMs` and whose calls take up to `longestRequestMs`. */
export function declarationOf(cacheMs: number, longestRequestMs: number): Declaration {
  const cache = durationText(cacheMs);
  return {
    pointerCache: cache,
    keyCache: cache,
    snapshotReads: true,
    longestRequest: durationText(longestRequestMs),
  };
}

/** As Keyturn's settings take it, in the greatest unit that leaves no remainder: `30m`. */
function durationText(durationMs: number): string {
  const wholeMs = Math.ceil(durationMs);
  const [unit, size] = units.find(([, each]) => wholeMs % each === 0) ?? ['ms', 1];
  return `${wholeMs / size}${unit}`;
}
