import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/shared/retry-pace.ts';

describe('the pause after failures in a row', () => {
  for (const [says, schedule, attempts, random, askedMs, pauseMs] of [
    ['the first is one second at least', 'rotation', 1, 0, null, 1_000],
    ['the first is two seconds at most', 'rotation', 1, 1, null, 2_000],
    ['each further one doubles it', 'rotation', 4, 0, null, 8_000],
    ['it never exceeds fifteen minutes', 'rotation', 50, 1, null, 900_000],
    ['what the service asked for is obeyed', 'rotation', 1, 0, 40_000, 40_000],
    ['what the service asked for never shortens it', 'rotation', 8, 0, 1_000, 128_000],
    ['no failure at all counts as one', 'rotation', 0, 0, null, 1_000],
    ['of a role is half a minute at most', 'access', 5_000, 1, null, 30_000],
    ['of a change of keys is a minute at most', 'keyless', 5_000, 1, null, 60_000],
    ['of a network is a fifth longer each time', 'network', 3, 1, null, 21_600],
    ['of a private path grows faster', 'private-path', 3, 1, null, 27_337.5],
    ['of a message to people is a minute', 'notification', 1, 1, null, 60_000],
    ['of a message to people is an hour at most', 'notification', 7, 1, null, 3_600_000],
  ] as const)
    it(says, () => expect(backoffMs(schedule, attempts, random, askedMs)).toBeCloseTo(pauseMs));
});
