import type { LeasedRow, RowChange } from './leased-row.ts';
import { leastWaitMs } from './numbers.ts';
import type { OwnedRow } from './owned-row.ts';
import type { HistoryRow } from './ports.ts';

/** How an invocation leaves its row. `untilMs` null: only a request goes on. */
export interface Idle<Row extends LeasedRow> {
  readonly untilMs: number | null;
  readonly row: RowChange<Row>;
  /** Default none. */
  readonly history?: readonly HistoryRow[];
}

/**
 * Works until there is something to wait for, and gives the lease back. The message by which it goes on is sent first: there is no
 * rest without one. A request that came in at the last moment is met before that.
 * @param wake sends the message of the number that the row is about to have
 * @throws LeaseLost, FailureError when the row cannot be saved
 */
export async function runUntilIdle<Row extends LeasedRow>(
  owned: OwnedRow<Row>,
  work: () => Promise<Idle<Row>>,
  wake: (wakeSeq: number, delayMs: number) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { row, untilMs, history } = await work();
    const next = { wakeAtMs: untilMs, wakeSeq: owned.row.wakeSeq + 1 };
    if (untilMs !== null) await wake(next.wakeSeq, Math.max(leastWaitMs, untilMs - owned.nowMs()));
    if ((await owned.release({ ...row, ...next }, history)) === 'released') return;
  }
}
