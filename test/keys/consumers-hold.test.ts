import { expect, it } from 'vitest';
import { consumersHoldMs, pointerHoldMs } from '../../src/keys/consumers-hold.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const direct = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
const policy = (hours: number) => ({
  pointerCacheMs: hours * hourMs,
  keyCacheMs: 2 * minuteMs,
  longestRequestMs: 3_000,
});
const byPointerMs = (hours: number) => hours * hourMs + 2 * minuteMs + 3_000 + 1_000;

it.each([
  ['both caches, the longest request and a second', buildTarget({ policy: policy(1) }), byPointerMs(1)],
  ['a day and two hours by the direct value', buildTarget({ policy: policy(1), layout: direct }), 26 * hourMs],
  ['longer where caches are', buildTarget({ policy: policy(30), layout: direct }), byPointerMs(30)],
])('a consumer holds a key for %s', (_, target, expected) => {
  expect(consumersHoldMs(target)).toBe(expected);
  expect(pointerHoldMs(target.policy)).toBe(byPointerMs(target.policy.pointerCacheMs / hourMs));
});
