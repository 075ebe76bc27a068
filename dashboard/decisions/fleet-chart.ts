import type { TargetSummary } from '../api/views.ts';

const dayMs = 24 * 60 * 60_000;

/** One day of the chart. */
interface Day {
  /** Its start in UTC, milliseconds. */
  readonly atMs: number;
  /** Rotations that ended on it: of each target only the last one is known. */
  readonly completed: number;
  readonly undone: number;
  /** Rotations that are due on it. */
  readonly due: number;
}

export interface FleetChart {
  readonly days: readonly Day[];
  /** The most of one day: the height of the chart. */
  readonly most: number;
  /** How long the last rotations took, milliseconds: half of them took no longer, and nineteen of twenty. Null: none ended. */
  readonly half: number | null;
  readonly most95: number | null;
}

type Shown = Pick<TargetSummary, 'lastRotation' | 'nextDueAt'>;

/** @param daysBack and ahead, from the day of `nowMs` */
export function fleetChart(
  targets: readonly Shown[],
  nowMs: number,
  { daysBack, daysAhead }: { readonly daysBack: number; readonly daysAhead: number },
): FleetChart {
  const todayMs = Math.floor(nowMs / dayMs) * dayMs;
  const days = Array.from({ length: daysBack + 1 + daysAhead }, (_, index) => ({
    atMs: todayMs + (index - daysBack) * dayMs,
    ...{ completed: 0, undone: 0, due: 0 },
  }));
  const dayOf = (at: string) => days[Math.floor((Date.parse(at) - todayMs) / dayMs) + daysBack];
  const took: number[] = [];
  for (const { lastRotation, nextDueAt } of targets) {
    if (lastRotation !== null) {
      const day = dayOf(lastRotation.endedAt);
      if (day !== undefined) day[lastRotation.outcome === 'completed' ? 'completed' : 'undone'] += 1;
      if (lastRotation.outcome === 'completed')
        took.push(Date.parse(lastRotation.endedAt) - Date.parse(lastRotation.startedAt));
    }
    // What was due before is due now.
    const due = nextDueAt === null ? undefined : dayOf(Date.parse(nextDueAt) < todayMs ? iso(todayMs) : nextDueAt);
    if (due !== undefined) due.due += 1;
  }
  const sorted = took.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
  const most = Math.max(1, ...days.map(({ completed, undone, due }) => completed + undone + due));
  return { days, most, half: at(0.5), most95: at(0.95) };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
