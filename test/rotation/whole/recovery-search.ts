import { wakeGraceMs } from '../../../src/durable/numbers.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, type LifeOptions, redeliveryMs } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

/** What docs/operations.md promises: so long after a crash, at most, beyond what the rotation waits for anyway, the next write leaves. */
const recoveryMs = 200_000;
/** As `KEYTURN_SWEEP_SCHEDULE` has it by default. */
const sweepEveryMs = 5 * 60_000;
const dayMs = 24 * 3_600_000;

/** How a worker ends around a write; what is under way arrives later, to vault and account well within the service's bound. */
export const deaths = {
  'before it leaves': () => ({ kind: 'crash', when: 'before' }),
  'while it is under way': ({ service }) => ({
    kind: 'crash',
    when: 'in-flight',
    appliedAfterMs: service === 'arm' || service === 'vault' ? 100_000 : 5_000,
  }),
  'with its answer in hand': () => ({ kind: 'crash', when: 'after' }),
} as const satisfies Record<string, (call: Call) => Fault>;
export type Death = keyof typeof deaths;

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
async function writesOf(
  lostMs: number,
  crash: { readonly at: number; readonly death: Death } | null,
  createApp: LifeOptions['createApp'],
) {
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
  const life: Life = await openTarget(target, 'key1', {
    ...{ workerFor, redeliveryMs: lostMs, sweepEveryMs },
    ...(createApp === undefined ? {} : { createApp }),
  });
  await askForRotation(life);
  const isOver = () => rowOf(life)?.rotation === null || (crash !== null && writes.slice(crash.at + 1).some(isOfAzure));
  await life.run(isOver, life.world.clock.nowMs() + 5 * dayMs);
  const [breach] = life.watch.breaches;
  if (breach !== undefined) throw new RangeError(breach);
  return writes;
}

/** How long after write number `at` the next one to vault or account leaves; null where none follows. */
function untilNextMs(writes: readonly Write[], at: number): number | null {
  const next = writes.slice(at + 1).find(isOfAzure);
  return next === undefined ? null : next.atMs - (writes[at]?.atMs ?? 0);
}

/** How a worker's end is met, and how long it may take where it ended before it had sent anything at all. */
export const ends = [
  {
    name: 'a worker is killed, and its host gives its message back',
    lostMs: redeliveryMs.ofKilledWorker,
    unsentMs: recoveryMs,
  },
  // A worker that ends before it has sent anything at all has changed nothing: the sweep finds what nobody has begun.
  {
    name: 'a host is lost, with its timers and the message',
    lostMs: redeliveryMs.ofLostHost,
    unsentMs: wakeGraceMs + sweepEveryMs + 1_000,
  },
] as const;

/** What became of every write of a rotation at which its worker died. */
export interface Recovery {
  readonly writes: number;
  /** The longest time that a crash cost, beyond what the rotation waits for anyway. */
  readonly longestMs: number;
  /** Each crash that cost more than it may. */
  readonly late: readonly string[];
}

/**
 * Lives a rotation once for each of its writes, and ends the worker around that one.
 * @param lostMs when the message of a worker that died comes back
 * @param unsentMs how long it may take where the worker ended before it had sent anything at all
 * @throws RangeError for a breach of an invariant
 */
export async function recoveryAfter(
  death: Death,
  lostMs: number,
  unsentMs: number,
  createApp?: LifeOptions['createApp'],
): Promise<Recovery> {
  const healthy = await writesOf(lostMs, null, createApp);
  const late: string[] = [];
  let longestMs = 0;
  for (const [at, { call, state, isFirst }] of healthy.entries()) {
    const dueMs = untilNextMs(healthy, at);
    if (dueMs === null) continue;
    const tookMs = untilNextMs(await writesOf(lostMs, { at, death }, createApp), at) ?? Number.POSITIVE_INFINITY;
    const lostForMs = tookMs - dueMs;
    const isUnsent = isFirst && death !== 'with its answer in hand';
    if (!isUnsent) longestMs = Math.max(longestMs, lostForMs);
    if (lostForMs > (isUnsent ? unsentMs : recoveryMs))
      late.push(`${state} ${call.operation} ${call.subject}: ${Math.round(lostForMs / 1000)} s`);
  }
  return { writes: healthy.length, longestMs, late };
}
