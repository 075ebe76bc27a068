import type { EnginePorts } from '../../src/rotation/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { RefusalReason } from '../../src/shared/refusals.ts';
import type { Call, Carry } from './call.ts';
import { memoryPorts } from './memory-ports.ts';
import type { MemoryWorld } from './memory-world.ts';
import type { Timeline } from './timeline.ts';

/** What befalls one call. Without one it takes its time and succeeds. */
export type Fault =
  | { readonly kind: 'not-applied'; readonly code: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** The caller gives up after `forMs`; the service applies the request `appliedAfterMs` after it left, or never. */
  | { readonly kind: 'no-reply'; readonly forMs: number; readonly appliedAfterMs: number | null }
  | { readonly kind: 'slow'; readonly forMs: number }
  /** The process ends: before the call leaves, with the call in flight, or with its reply in hand. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'crash'; readonly when: 'in-flight'; readonly appliedAfterMs: number }
  /** The process stands still before the call leaves, or before its reply is read; a whole machine takes its monotonic clock along. */
  | { readonly kind: 'freeze'; readonly forMs: number; readonly machine: boolean; readonly when: 'before' | 'after' };

export interface WorkerOptions {
  /** Asked for each call; `listKeysAgeMs` and clock jumps are asked apart. */
  readonly fault?: (call: Call, effect: 'read' | 'write') => Fault | null;
  /** One way of a call, milliseconds. */
  readonly latencyMs?: () => number;
  readonly listKeysAgeMs?: () => number;
  readonly random?: () => number;
  /** How far this worker's wall clock is ahead. */
  readonly wallAheadMs?: number;
}

/** Until when a request that nobody answered might have been applied. */
const latestMs = 119_000;

/** A worker process on the timeline. */
export interface Worker {
  readonly name: string;
  readonly ports: EnginePorts;
  readonly isDead: () => boolean;
  /** Called when the process ends. */
  onDeath: () => void;
  setWallAheadMs(aheadMs: number): void;
}

/** What the service makes of a request; its refusal is an answer, too. */
function applied<T>(apply: () => T): T | FailureError {
  try {
    return apply();
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

/** Starts a worker: each of its calls and sleeps takes its turn on the timeline, so that workers interleave. */
export function startWorker(world: MemoryWorld, line: Timeline, name: string, options: WorkerOptions = {}): Worker {
  const { clock: trueClock } = world;
  const latencyMs = options.latencyMs ?? (() => 20);
  let dead = false;
  let dying = false;
  let frozenUntilMs = 0;
  let wallAheadMs = options.wallAheadMs ?? 0;
  let monotonicLostMs = 0;

  const die = (): undefined => {
    dead = true;
    worker.onDeath();
  };
  /** Goes on at `dueAtMs`, or when the freeze ends; never, if the process has ended. */
  const goOnAt = (dueAtMs: number, act: () => void) =>
    line.at(dueAtMs, () => {
      if (dead) return;
      if (trueClock.nowMs() < frozenUntilMs) goOnAt(frozenUntilMs, act);
      else act();
    });
  const freeze = (forMs: number, machine: boolean) => {
    frozenUntilMs = trueClock.nowMs() + forMs;
    if (machine) monotonicLostMs += forMs;
  };

  const carry: Carry = ({ call, effect, fence, apply }) =>
    new Promise((resolve, reject) => {
      if (dying) die();
      if (dead) return;
      world.calls.push(call);
      const fault = options.fault?.(call, effect) ?? null;
      const sentAtMs = trueClock.nowMs() + latencyMs();
      const fail = (dueAtMs: number, error: FailureError): undefined => {
        goOnAt(dueAtMs, () => reject(error));
      };
      const notApplied = (code: string, retryAfterMs: number | null = null) =>
        new FailureError({ kind: 'not-applied', code, retryAfterMs });

      if (fault?.kind === 'freeze' && fault.when === 'before')
        line.at(trueClock.nowMs(), () => freeze(fault.forMs, fault.machine));
      goOnAt(sentAtMs, () => {
        const nowMs = trueClock.nowMs();
        if (fault?.kind === 'crash' && fault.when === 'before') return die();
        if (fence !== null && !fence()) return reject(notApplied('fence-lost'));
        world.happened({ kind: 'sent', by: name, call });
        const isVoid = () => world.happened({ kind: 'void', by: name, call });
        if (fault?.kind === 'not-applied' || fault?.kind === 'refused') isVoid();
        if (fault?.kind === 'not-applied') return fail(nowMs + latencyMs(), notApplied(fault.code, fault.retryAfterMs));
        if (fault?.kind === 'refused')
          return fail(nowMs + latencyMs(), new FailureError({ ...fault, code: fault.reason }));
        if (fault?.kind === 'crash' && fault.when === 'in-flight') {
          line.at(nowMs + fault.appliedAfterMs, () => void applied(apply));
          return die();
        }
        if (fault?.kind === 'no-reply') {
          if (fault.appliedAfterMs === null) line.at(nowMs + latestMs, isVoid);
          else if (effect === 'write') line.at(nowMs + fault.appliedAfterMs, () => void applied(apply));
          return fail(
            nowMs + fault.forMs,
            effect === 'write' ? new FailureError({ kind: 'outcome-unknown', code: 'timeout' }) : notApplied('timeout'),
          );
        }
        line.at(nowMs + latencyMs() + (fault?.kind === 'slow' ? fault.forMs : 0), () => {
          const result = applied(apply);
          if (fault?.kind === 'freeze' && fault.when === 'after') freeze(fault.forMs, fault.machine);
          goOnAt(trueClock.nowMs() + latencyMs(), () => {
            if (fault?.kind === 'crash') dying = true;
            if (result instanceof FailureError) reject(result);
            else resolve(result);
          });
        });
      });
    });

  const worker: Worker = {
    name,
    isDead: () => dead,
    onDeath: () => {},
    setWallAheadMs: (aheadMs) => {
      wallAheadMs = aheadMs;
    },
    ports: memoryPorts(world, {
      name,
      carry,
      random: options.random ?? (() => 0.5),
      nextId: world.nextId,
      listKeysAgeMs: options.listKeysAgeMs ?? (() => 0),
      clock: {
        nowMs: () => trueClock.nowMs() + wallAheadMs,
        monotonicMs: () => trueClock.nowMs() - monotonicLostMs,
        sleep: (durationMs) =>
          new Promise((resolve) => {
            if (dying) die();
            if (!dead) goOnAt(trueClock.nowMs() + durationMs, resolve);
          }),
      },
    }),
  };
  return worker;
}
