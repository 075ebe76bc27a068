import { describe, expect, it } from 'vitest';
import { leakedKeyLives } from '../../../src/rotation/run/pace-retry.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { tried } from '../../vitest/whole-search.ts';
import { rowOf } from '../row-of.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const layout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;

/** What is refused, for ever. */
interface Refusal {
  readonly hits: (call: Call, effect: 'read' | 'write') => boolean;
  readonly fault: Fault;
}

const daysOf = (code: string): Fault => ({ kind: 'not-applied', code, retryAfterMs: 15 * dayMs });
const operationIs =
  (...operations: readonly string[]) =>
  ({ operation }: Call) =>
    operations.includes(operation);
const isVaultWrite = ({ service }: Call, effect: 'read' | 'write') => service === 'vault' && effect === 'write';

const refusals = {
  'every call to the endpoint, 429 with 15 days': { hits: operationIs('probe'), fault: daysOf('http-429') },
  'every call to the endpoint, without an answer': {
    hits: operationIs('probe'),
    fault: { kind: 'not-applied', code: 'no-answer', retryAfterMs: null },
  },
  'listKeys, 429 with 15 days': { hits: operationIs('listKeys'), fault: daysOf('TooManyRequests') },
  'get, 429 with 15 days': { hits: operationIs('get'), fault: daysOf('TooManyRequests') },
  'regenerate, 429 with 15 days': { hits: operationIs('regenerate'), fault: daysOf('TooManyRequests') },
  'regenerate, without an answer': {
    hits: operationIs('regenerate'),
    fault: { kind: 'no-reply', forMs: 30_000, appliedAfterMs: null },
  },
  'reads of the vault, 429 with 15 days': {
    hits: ({ service }, effect) => service === 'vault' && effect === 'read',
    fault: daysOf('429'),
  },
  'writes of the vault, 429 with 15 days': { hits: isVaultWrite, fault: daysOf('429') },
  'writes of the vault, read-only': { hits: isVaultWrite, fault: { kind: 'refused', reason: 'vault-read-only' } },
  'writes of the vault, without an answer': {
    hits: isVaultWrite,
    fault: { kind: 'no-reply', forMs: 30_000, appliedAfterMs: null },
  },
  'all writes of the vault but one to the endpoint secret': {
    hits: (call, effect) => isVaultWrite(call, effect) && call.subject !== 'ai-services-endpoint',
    fault: daysOf('429'),
  },
  'everything, 503': {
    hits: ({ service }) => service !== 'journal' && service !== 'queue',
    fault: { kind: 'not-applied', code: '503', retryAfterMs: null },
  },
} as const satisfies Record<string, Refusal>;

const accounts = {
  'an account that is being changed': (life: Life) => setProvisioning(life, 'Accepted'),
  'an account that failed': (life: Life) => setProvisioning(life, 'Failed'),
  'an endpoint that knows no key': (life: Life) => {
    life.world.account.newKeyRefusedMs = Number.POSITIVE_INFINITY;
    life.world.account.acceptsOnNextNode = () => false;
  },
  'listKeys that stays as it was': () => {},
} as const;

function setProvisioning({ world }: Life, provisioningState: string) {
  world.account.facts = { ...world.account.facts, provisioningState };
}

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const isAzure = ({ service }: Call) => service === 'arm' || service === 'vault' || service === 'endpoint';

interface Sent {
  readonly atMs: number;
  readonly call: Call;
  readonly state: string;
  readonly leakLives: boolean;
}

/** Lives until a refusal that begins in `state` has led to a person, or for two days; what was sent since. */
async function live(
  state: ActiveState['kind'],
  refusal: Refusal | null,
  change: ((life: Life) => void) | null,
  isLeak: boolean,
): Promise<{
  readonly life: Life;
  readonly sent: readonly Sent[];
  readonly beganMs: number;
  readonly endedMs: number;
}> {
  const target = buildTarget({ layout });
  let beganMs = Number.NaN;
  let staleKeys = 0;
  const life: Life = await openTarget(target, 'key1', {
    workerFor: () =>
      life.start({
        fault: (call, effect) => {
          if (Number.isNaN(beganMs) && stateOf(life) === state) {
            beganMs = life.world.clock.nowMs();
            change?.(life);
            if (change === accounts['listKeys that stays as it was']) staleKeys = 9_999 * dayMs;
          }
          return !Number.isNaN(beganMs) && refusal?.hits(call, effect) ? refusal.fault : null;
        },
        listKeysAgeMs: () => staleKeys,
      }),
  });
  const sent: Sent[] = [];
  life.world.watchers.push((happening) => {
    const row = rowOf(life);
    if (happening.kind !== 'sent' || Number.isNaN(beganMs) || row?.rotation == null || !isAzure(happening.call)) return;
    sent.push({
      atMs: life.world.clock.nowMs(),
      call: happening.call,
      state: stateOf(life),
      leakLives: leakedKeyLives(row),
    });
  });
  const { worker, app } = life.start();
  // Of a leaked inactive key the rotation goes another way.
  const slot = state === 'regenerating' || state === 'publishing' ? 'key2' : 'key1';
  const leak = { slot, reason: 'found in a log', overlapSeconds: 7_200, dryRun: false } as const;
  if (isLeak) await life.during(worker, app.leak('demo', leak, operator));
  else await askForRotation(life);
  if (state === 'rolling-back' || state === 'cancelling') {
    await life.run(
      () => stateOf(life) === (state === 'cancelling' ? 'probing' : 'overlapping'),
      life.world.clock.nowMs() + dayMs,
    );
    const asked = life.start();
    const id = rotationIdOf(rowOf(life)?.rotation ?? fail());
    const action = state === 'cancelling' ? 'cancel' : 'rollBack';
    // Cancelled while a leaked key is replaced, that key lives on: who asks for it names it.
    await life.during(asked.worker, asked.app[action]('demo', id, operator, isLeak ? ['leaked-key1'] : []));
  }
  const isOver = () => ['none', 'suspended'].includes(stateOf(life));
  await life.run(isOver, life.world.clock.nowMs() + 2.5 * dayMs);
  return { life, sent, beganMs, endedMs: life.world.clock.nowMs() };
}

function fail(): never {
  throw new TypeError('no rotation');
}

/** The most calls that one state makes within any day. */
function mostInADay(sent: readonly Sent[]): number {
  const within = ({ atMs, state }: Sent) =>
    sent.filter((one) => one.state === state && one.atMs >= atMs && one.atMs < atMs + dayMs).length;
  return Math.max(0, ...sent.map(within));
}

/** The longest pause between two calls of one state, but for the planned waits of `confirming`. */
function longestGapMs(sent: readonly Sent[]): number {
  const gaps = sent
    .slice(1)
    .map(({ atMs, state }, at) => (sent[at]?.state === state ? atMs - (sent[at]?.atMs ?? atMs) : 0));
  return Math.max(0, ...gaps.filter((_, at) => sent[at]?.state !== 'confirming'));
}

/**
 * Whether a refusal asks for days, and whether a try costs so much that a day's calls would not last: if it came each
 * minute, or, of a write to the vault that is tried after a look at whose target and secret they are, each 15 minutes.
 */
function asks(refusal: Refusal | null) {
  const isDays = refusal?.fault.kind === 'not-applied' && refusal.fault.retryAfterMs !== null;
  const isTriedByWriting = refusal === refusals['writes of the vault, 429 with 15 days'];
  const dear: readonly (Refusal | null)[] = [
    refusals['regenerate, 429 with 15 days'],
    refusals['all writes of the vault but one to the endpoint secret'],
  ];
  return {
    isDays: isDays && refusal !== dear[1],
    mostMs: (isTriedByWriting ? 22 : 15) * minuteMs,
    isLeakSlow: dear.includes(refusal),
    /** For so long a leaked key's rotation tries each minute. */
    eachMinuteForMs: (isTriedByWriting ? 20 : 30) * minuteMs,
  };
}

const states = [
  'preparing',
  'regenerating',
  'publishing',
  'probing',
  'switching',
  'overlapping',
  'retiring',
  'restocking',
  'confirming',
  'rolling-back',
  'cancelling',
] as const;

describe('a refusal that lasts for ever', () => {
  const rows = [
    ...Object.entries(refusals).map(([says, refusal]) => ({ says, refusal, change: null })),
    ...Object.entries(accounts).map(([says, change]) => ({ says, refusal: null, change })),
  ];
  const lives = [false, true].flatMap((isLeak) =>
    states.flatMap((state) => rows.map((row) => ({ ...row, isLeak, state }))),
  );
  for (const { isLeak, state, says, refusal, change } of tried(lives, 8))
    it(`costs at most 300 calls a day, in ${state}${isLeak ? ' of a leaked key' : ''}: ${says}`, async () => {
      const { life, sent, beganMs } = await live(state, refusal, change, isLeak && state !== 'rolling-back');
      expect(beganMs).toBeGreaterThan(0);
      expect(mostInADay(sent)).toBeLessThanOrEqual(300);
      // Where it refuses every key, consumers' own calls fail: no fault of the rotation.
      if (change !== accounts['an endpoint that knows no key']) expect(life.watch.breaches).toEqual([]);
      // At its deadline it was tried once more.
      const rotation = rowOf(life)?.rotation;
      if (rotation?.kind === 'suspended') expect(rotation.sinceMs - (sent.at(-1)?.atMs ?? 0)).toBeLessThan(31_000);
      const { isDays, mostMs, isLeakSlow, eachMinuteForMs } = asks(refusal);
      if (isDays && !isLeak) expect(longestGapMs(sent)).toBeLessThanOrEqual(mostMs + 1_000);
      const early = sent.filter(({ atMs, leakLives }) => leakLives && atMs < beganMs + eachMinuteForMs);
      // Any other caller that is refused in the same subscription moves it by the seconds over which callers are spread.
      if (isDays && isLeak && !isLeakSlow) expect(longestGapMs(early)).toBeLessThanOrEqual(minuteMs + 5_000);
    });
});
