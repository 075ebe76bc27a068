import { longestRetryOfLeakMs } from '../../../src/rotation/numbers.ts';
import { leakedKeyLives } from '../../../src/rotation/run/pace-retry.ts';
import { longestRetryMs } from '../../../src/shared/retry-pace.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Life } from '../../memory-world/life.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../../rotation/row-of.ts';

/** The journal's clock knows whole seconds. */
const roundingMs = 1_000;

/** Watches whether Keyturn leaves alone what asked to be left alone. */
export interface RetryAfterWatch {
  throttled(call: Call, fault: Fault): void;
  /** A person's wish may ask Azure again at once. */
  personAsked(): void;
  readonly disobeyed: string[];
}

export function watchRetryAfter(life: Life): RetryAfterWatch {
  const { world } = life;
  const closed = new Map<string, { untilMs: number; by: string | null; isKnown: boolean }>();
  const nameOf = ({ service, operation, subject }: Call) => `${service} ${operation} ${subject}`;
  const watch: RetryAfterWatch = {
    throttled(call, fault) {
      if (fault.kind !== 'not-applied' || fault.retryAfterMs === null) return;
      const row = rowOf(life);
      const mostMs = row !== null && leakedKeyLives(row) ? longestRetryOfLeakMs : longestRetryMs;
      const untilMs = world.clock.nowMs() + Math.min(fault.retryAfterMs, mostMs) - roundingMs;
      closed.set(nameOf(call), { untilMs, by: null, isKnown: false });
    },
    personAsked: () => closed.clear(),
    disobeyed: [],
  };
  world.watchers.push((happening) => {
    if (happening.kind === 'outside') closed.clear();
    if (happening.kind === 'saved') for (const one of closed.values()) if (one.by === happening.by) one.isKnown = true;
    if (happening.kind !== 'sent') return;
    const one = closed.get(nameOf(happening.call));
    if (one === undefined) return;
    // The throttled call itself leaves just after it was struck.
    if (one.by === null) one.by = happening.by;
    else if (world.clock.nowMs() < one.untilMs && (one.isKnown || one.by === happening.by))
      watch.disobeyed.push(`retry-after: ${happening.by} sent ${nameOf(happening.call)} too early`);
  });
  return watch;
}
