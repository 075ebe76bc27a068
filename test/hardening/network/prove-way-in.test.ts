import { describe, expect, it } from 'vitest';
import type { NetworkState } from '../../../src/hardening/network/network-state.ts';
import type { ProbeAnswer } from '../../../src/keys/ports.ts';
import { seededRandom } from '../../attacks/seeded-random.ts';
import { changeIn, closed, networkWorld, nowMs, open } from './network-builder.ts';

const accepted: ProbeAnswer = { kind: 'accepted' };
const shutOut: ProbeAnswer = { kind: 'unknown', code: 'http-403' };
const closing = changeIn({ kind: 'closing', from: open, to: closed, sends: 1, inForceAtMs: null, rounds: 0 });
const working = changeIn({ kind: 'working', first: null, proved: false });

/**
 * Goes on until the proof is made or given up: how, and with how many calls. Before each round the account and its keys are read;
 * for a plan also its endpoints, their network, zones and links: nine more.
 */
async function prove(begun: NetworkState, rules: typeof open, answer: (call: number) => ProbeAnswer) {
  const { work, calls, fence } = networkWorld({ account: { rules }, key: answer });
  let state = begun;
  let looks = 0;
  for (let atMs = nowMs; ; ) {
    const stepped = await work.step(state, { fence, nowMs: atMs, keepLease: async () => {} });
    looks += 1;
    if (stepped.kind !== 'rest') {
      const end = stepped.kind === 'done' ? stepped.state.last?.end : stepped.state.change?.phase;
      const reads = begun === closing ? 2 : 11;
      return { end, calls: calls.key, all: calls.key + calls.vault + reads * looks };
    }
    atMs += stepped.forMs;
    state = stepped.state;
  }
}

describe.each([
  ['after the rules were changed', closing, closed, 'applied'],
  ['of the private way in', working, open, { kind: 'working', first: null, proved: true }],
] as const)('the proof %s', (_, begun, rules, proved) => {
  it.each(Array.from({ length: 40 }, (_none, call) => call))(
    'meets a node that only call %i leads to, and begins again',
    async (lagging) => {
      const { end, calls } = await prove(begun, rules, (call) => (call === lagging ? shutOut : accepted));
      expect(end).toEqual(proved);
      expect(calls).toBe(lagging + 1 + 40);
    },
  );

  it.each<[string, (call: number) => ProbeAnswer]>([
    ['shuts Keyturn out', () => shutOut],
    ['does so at the last call of each round', (call) => (call % 8 === 7 ? shutOut : accepted)],
    ['does so at the last call of each fifth round', (call) => (call % 40 === 39 ? shutOut : accepted)],
    [
      'is out of calls in every third one',
      (call) => (call % 3 === 2 ? { kind: 'unknown', code: 'quota-used-up' } : accepted),
    ],
    ['refuses the first key, too', (call) => (call % 2 === 0 ? { kind: 'refused' } : accepted)],
    ['lets everybody in', () => accepted],
  ])('costs at most 300 calls and ends, if the gateway %s', async (_case, answer) => {
    expect((await prove(begun, rules, answer)).all).toBeLessThanOrEqual(300);
  });

  it('misses one of eight nodes in one proof of a hundred at most', async () => {
    const random = seededRandom(11);
    let missed = 0;
    for (let run = 0; run < 200; run += 1) {
      let hasMet = false;
      await prove(begun, rules, () => {
        const meets = Math.floor(random() * 8) === run % 8;
        hasMet ||= meets;
        return meets ? shutOut : accepted;
      });
      if (!hasMet) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(2);
  });
});
