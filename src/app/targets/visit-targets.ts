import type { VisitInBulk } from '../../durable/ports.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import type { KnownTarget } from '../../targets/target-source.ts';

/** What the journal holds of accounts. */
interface VisitedJournal {
  readonly rows: AccountRows;
  readonly hardeningRows: HardeningRows;
}

export interface VisitParts {
  readonly rows: AccountRows;
  readonly hardening?: Pick<VisitedJournal, 'hardeningRows'>;
  /** Left out: every row is read by itself. */
  readonly visitInBulk?: VisitInBulk<VisitedJournal> | undefined;
}

/** With ten milliseconds a call, ten thousand targets take seconds. */
const mostVisitsAtOnce = 32;

/**
 * Visits targets with the journal as `VisitInBulk` has it; without hardening's ports there are none of its rows.
 * @param isWhole whether these are most of all targets
 */
export async function visitTargets<R>(
  { rows, hardening, visitInBulk }: VisitParts,
  targets: readonly KnownTarget[],
  isWhole: boolean,
  visit: (
    known: KnownTarget,
    journal: { readonly rows: AccountRows; readonly hardeningRows: HardeningRows | null },
  ) => Promise<R>,
): Promise<R[]> {
  const without = { rows, hardeningRows: hardening?.hardeningRows ?? null };
  if (visitInBulk === undefined) return await mapBounded(targets, mostVisitsAtOnce, (known) => visit(known, without));
  return await visitInBulk(
    targets,
    ({ target }) => target.account,
    isWhole,
    (known, journal) => visit(known, hardening === undefined ? { ...journal, hardeningRows: null } : journal),
  );
}
