import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../src/keys/ports.ts';
import { proveKey } from '../../src/keys/prove-key.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { memoryClock } from '../memory-world/memory-clock.ts';

const yes: ProbeAnswer = { kind: 'accepted' };
const no: ProbeAnswer = { kind: 'refused' };
const silence: ProbeAnswer = { kind: 'unknown', code: '503' };

describe('a proof of three acceptances over four seconds', () => {
  for (const [says, answers, ends, accepted, tookMs] of [
    ['takes three acceptances and four seconds', [yes, yes, yes], yes, 3, 4_000],
    ['stops at the first refusal', [yes, no, yes], no, 1, 2_000],
    ['stops at the first call without an answer', [silence], silence, 0, 0],
  ] as const)
    it(says, async () => {
      const clock = memoryClock(0);
      const left = [...answers];
      const probe = { call: async () => left.shift() ?? no };
      const account = { kind: 'AIServices', endpoint: 'https://contoso.cognitiveservices.azure.com/' };
      const run = await proveKey(probe, clock, account, new SecretText('k'), { acceptances: 3, spreadMs: 4_000 });
      expect(run).toEqual({ answer: ends, accepted });
      expect(clock.nowMs()).toBe(tookMs);
    });
});
