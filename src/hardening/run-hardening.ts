import type { RowChange } from '../durable/leased-row.ts';
import { settleMs, shortWaitMs } from '../durable/numbers.ts';
import type { Idle } from '../durable/run-until-idle.ts';
import { withCallCount } from '../shared/call-trail.ts';
import { type Failure, FailureError } from '../shared/failure.ts';
import type { Fence } from '../shared/fence.ts';
import { longestRetryMs, type Retrying, retryPauseMs } from '../shared/retry-pace.ts';
import type { HardeningRow } from './hardening-row.ts';
import type { LeasedHardening } from './lease-hardening.ts';

/** What one step of a change leads to. Each is saved before the next step begins. */
export type Stepped<State> =
  | { readonly kind: 'go-on'; readonly state: State }
  /**
   * Nothing to do before `forMs` have passed. `as`: whether that is a try in vain, which comes again after 15 minutes at most
   * and spares the calls of a day (`retry`, the default); one of which the step itself allows a few (`bounded`); or what the
   * change waits for by plan (`planned`).
   */
  | {
      readonly kind: 'rest';
      readonly state: State;
      readonly forMs: number;
      readonly as?: 'retry' | 'bounded' | 'planned';
    }
  | { readonly kind: 'done'; readonly state: State };

/** Goes on with the next step of a change. */
export function goOn<State extends { readonly change: unknown }>(
  state: State,
  change: State['change'],
): Stepped<State> {
  return { kind: 'go-on', state: { ...state, change } };
}

export interface StepContext {
  readonly fence: Fence;
  /** The storage service's clock. */
  readonly nowMs: number;
  /** Before each of many calls: keeps the lease from running out meanwhile. @throws LeaseLost */
  readonly keepLease: () => Promise<void>;
}

/** How an area's change is carried through, one step at a time. */
export interface HardeningWork<State> {
  /** Asks first whether the step is already done; repeated after any crash. May throw `FailureError`. */
  step(state: State, context: StepContext): Promise<Stepped<State>>;
  /** What a failed call means for the change: patience, another way, or its end. */
  failed(state: State, failure: Failure, nowMs: number): Stepped<State>;
}

/**
 * Works until there is something to wait for, the change is over, or `budgetMs` of the storage service's clock are spent. What is
 * still to be saved is left to the save that gives the lease back. While a write may still be applied nothing else is done.
 * @param looksInDoubt while it is a write of its own, the change may look whether it has come, and write nothing: for somebody who
 * waits for the answer
 * @throws LeaseLost, FailureError when the row cannot be saved
 */
export async function runHardeningChange<State>(
  held: LeasedHardening<State>,
  clock: { sleep(durationMs: number): Promise<void> },
  work: HardeningWork<State>,
  budgetMs: number,
  looksInDoubt = false,
): Promise<Idle<HardeningRow<State>>> {
  const startedAtMs = held.nowMs();
  const idle = (untilMs: number | null, row: RowChange<HardeningRow<State>>) => ({ untilMs, row });
  for (;;) {
    const { state, inDoubt, settleUntilMs } = held.row;
    const isInDoubt = inDoubt !== null && held.nowMs() < settleUntilMs;
    if (isInDoubt && !(looksInDoubt && inDoubt.kind === 'write')) return idle(settleUntilMs, {});
    // What no answer came of when patience was over is looked at once more, and not sent again.
    const endsWith = isInDoubt ? null : (inDoubt?.endsWith ?? null);
    const fence = isInDoubt || endsWith !== null ? () => false : held.fence;
    const count = { calls: 0 };
    const step = withCallCount(count, () =>
      work.step(state, { fence, nowMs: held.nowMs(), keepLease: held.keepLease }),
    );
    let doubt: RowChange<HardeningRow<State>> | null = null;
    const stepped = await step.catch((error: unknown) => {
      if (!(error instanceof FailureError)) throw error;
      const failure: Failure =
        endsWith === null || error.failure.kind === 'refused'
          ? error.failure
          : { kind: 'not-applied', code: endsWith, retryAfterMs: null };
      const afterwards = work.failed(state, failure, held.nowMs());
      // No change ends while a call of its may still take effect.
      if (isInDoubt && afterwards.kind === 'done')
        return { kind: 'rest' as const, state, forMs: settleUntilMs - held.nowMs() };
      if (failure.kind !== 'outcome-unknown') return afterwards;
      const nowMs = held.nowMs();
      const sent = { kind: 'write', sentAtMs: nowMs } as const;
      const isEnd = afterwards.kind === 'done';
      doubt = {
        inDoubt: isEnd ? { ...sent, endsWith: failure.code } : sent,
        settleUntilMs: Math.max(held.row.settleUntilMs, nowMs + settleMs),
      };
      return { kind: 'rest' as const, state: isEnd ? state : afterwards.state, forMs: settleMs };
    });
    // What went on has seen it come.
    doubt ??= isInDoubt && stepped.kind !== 'go-on' ? {} : { inDoubt: null };
    if (stepped.kind === 'done') return idle(null, { ...doubt, state: stepped.state, retrying: null });
    const { restMs, retrying } = rested(stepped, held.row.retrying, Math.max(1, count.calls), held.nowMs());
    const change = { ...doubt, state: stepped.state, retrying };
    const spentMs = held.nowMs() - startedAtMs;
    if (restMs > shortWaitMs || spentMs + restMs > budgetMs) return idle(held.nowMs() + restMs, change);
    await held.saveResult(change);
    if (restMs > 0) await clock.sleep(restMs);
  }
}

/** How long a change rests, and what is remembered of its tries in vain. */
function rested(
  stepped: Exclude<Stepped<unknown>, { kind: 'done' }>,
  before: Retrying | null,
  calls: number,
  nowMs: number,
): { readonly restMs: number; readonly retrying: Retrying | null } {
  if (stepped.kind === 'go-on') return { restMs: 0, retrying: null };
  const { forMs, as = 'retry' } = stepped;
  if (as === 'planned') return { restMs: forMs, retrying: null };
  const sinceMs = before?.sinceMs ?? nowMs;
  if (as === 'bounded') return { restMs: Math.min(forMs, longestRetryMs), retrying: { sinceMs, calls: 0 } };
  const retrying = { sinceMs, calls: (before?.calls ?? 0) + calls };
  const restMs = retryPauseMs(forMs, longestRetryMs, retrying, calls, nowMs, Number.POSITIVE_INFINITY);
  return { restMs, retrying };
}
