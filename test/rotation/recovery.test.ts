import { describe, expect, it } from 'vitest';
import { wakeGraceMs } from '../../src/durable/numbers.ts';
import type { Call } from '../memory-world/call.ts';
import { type Life, redeliveryMs } from '../memory-world/life.ts';
import { askForRotation, openTarget } from '../memory-world/open-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import type { Fault } from '../memory-world/worker.ts';
import { rowOf } from './row-of.ts';

/** What docs/operations.md promises: so long after a crash, at most, beyond what the rotation waits for anyway, the next write leaves. */
const recoveryMs = 200_000;
/** As `KEYTURN_SWEEP_SCHEDULE` has it by default. */
const sweepEveryMs = 5 * 60_000;
const dayMs = 24 * 3_600_000;

/** How a worker ends around a write; what is under way arrives later, to vault and account well within the service's bound. */
const deaths = {
  'before it leaves': () => ({ kind: 'crash', when: 'before' }),
  'while it is under way': ({ service }) => ({
    kind: 'crash',
    when: 'in-flight',
    appliedAfterMs: service === 'arm' || service === 'vault' ? 100_000 : 5_000,
  }),
  'with its answer in hand': () => ({ kind: 'crash', when: 'after' }),
} as const satisfies Record<string, (call: Call) => Fault>;
type Death = keyof typeof deaths;

/** A call that changes something, and when it was made. */
interface Write {
  readonly call: Call;
  readonly state: string;
  /** The first write of its invocation: the message that came for it has left no other one yet. */
  readonly isFirst: boolean;
  readonly atMs: number;
}

const isOfAzure = ({ call }: Write) => call.service === 'arm' || call.service === 'vault';

/** Every write of a rotation from its first message on; after a crash at number `at` up to the next one to vault or account. */
async function writesOf(lostMs: number, crash: { readonly at: number; readonly death: Death } | null) {
  const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
  const writes: Write[] = [];
  const workerFor = () => {
    let isFirst = true;
    const fault = (call: Call, effect: 'read' | 'write'): Fault | null => {
      if (effect === 'read') return null;
      writes.push({ call, state: rowOf(life)?.rotation?.kind ?? 'none', isFirst, atMs: life.world.clock.nowMs() });
      isFirst = false;
      return crash !== null && writes.length - 1 === crash.at ? deaths[crash.death](call) : null;
    };
    return life.start({ fault });
  };
  const life: Life = await openTarget(target, 'key1', { workerFor, redeliveryMs: lostMs, sweepEveryMs });
  await askForRotation(life);
  const isOver = () => rowOf(life)?.rotation === null || (crash !== null && writes.slice(crash.at + 1).some(isOfAzure));
  await life.run(isOver, life.world.clock.nowMs() + 5 * dayMs);
  expect(life.watch.breaches).toEqual([]);
  return writes;
}

/** How long after write number `at` the next one to vault or account leaves; null where none follows. */
function untilNextMs(writes: readonly Write[], at: number): number | null {
  const next = writes.slice(at + 1).find(isOfAzure);
  return next === undefined ? null : next.atMs - (writes[at]?.atMs ?? 0);
}

describe.each([
  ['a worker is killed, and its host gives its message back', redeliveryMs.ofKilledWorker, recoveryMs],
  // Whoever ends before it has sent anything at all has changed nothing: the sweep finds what nobody has begun.
  ['a host is lost, with its timers and the message', redeliveryMs.ofLostHost, wakeGraceMs + sweepEveryMs + 1_000],
])('%s', (_, lostMs, unsentMs) => {
  it.each(Object.keys(deaths) as Death[])(
    'at any write of a rotation, %s: the next one leaves within 200 seconds of when it is due',
    async (death) => {
      const healthy = await writesOf(lostMs, null);
      const late: string[] = [];
      let longestMs = 0;
      for (const [at, { call, state, isFirst }] of healthy.entries()) {
        const dueMs = untilNextMs(healthy, at);
        if (dueMs === null) continue;
        const tookMs = untilNextMs(await writesOf(lostMs, { at, death }), at) ?? Number.POSITIVE_INFINITY;
        const lostForMs = tookMs - dueMs;
        const isUnsent = isFirst && death !== 'with its answer in hand';
        if (!isUnsent) longestMs = Math.max(longestMs, lostForMs);
        if (lostForMs > (isUnsent ? unsentMs : recoveryMs))
          late.push(`${state} ${call.operation} ${call.subject}: ${Math.round(lostForMs / 1000)} s`);
      }
      console.log(`at most ${Math.round(longestMs / 1000)} s after one of ${healthy.length} writes`);
      expect(late).toEqual([]);
    },
    120_000,
  );
});
