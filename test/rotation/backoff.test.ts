import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/rotation/backoff.ts';

describe('the pause after failures in a row', () => {
  for (const [says, attempts, random, retryAfterMs, pauseMs] of [
    ['the first is one second at least', 1, 0, null, 1_000],
    ['the first is two seconds at most', 1, 1, null, 2_000],
    ['each further one doubles it', 4, 0, null, 8_000],
    ['it never exceeds fifteen minutes', 50, 1, null, 900_000],
    ['what the service asked for is obeyed', 1, 0, 40_000, 40_000],
    ['what the service asked for never shortens it', 8, 0, 1_000, 128_000],
    ['no failure at all counts as one', 0, 0, null, 1_000],
  ] as const)
    it(says, () => expect(backoffMs(attempts, random, retryAfterMs)).toBe(pauseMs));
});
