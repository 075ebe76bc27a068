import type * as z from 'zod';
import { busyForMs, type RowPlace } from '../durable/leased-row.ts';
import type { OwnedRow } from '../durable/owned-row.ts';
import { takeLease, type Woken } from '../durable/take-lease.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { type HardeningRow, newHardeningRow, parseHardeningRow } from './hardening-row.ts';
import type { HardeningArea, HardeningRows } from './ports.ts';

export interface HardeningPlace<State> {
  readonly account: AccountId;
  readonly area: HardeningArea;
  readonly schema: z.ZodType<State>;
  /** The state of an area that nobody has asked anything of. */
  readonly initial: State;
}

/** An area's row under this invocation's lease. */
export type LeasedHardening<State> = OwnedRow<HardeningRow<State>>;

export type Hold<State> =
  | { readonly kind: 'held'; readonly held: LeasedHardening<State> }
  /** Another invocation is at it, or a dead one's last calls may still arrive. */
  | { readonly kind: 'busy'; readonly forMs: number }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'stale-message' };

/**
 * A hardening as its row says, without taking its lease.
 * @returns `busyForMs`: how long at most the lease of somebody else, or a dead one's last calls, keep `leaseHardening` from it; 0:
 * it is free
 * @throws FailureError
 */
export async function readHardening<State>(
  rows: HardeningRows,
  { account, area, schema, initial }: HardeningPlace<State>,
): Promise<{ readonly state: State; readonly busyForMs: number }> {
  const stored = await rows.load(account, area);
  if (stored === null) return { state: initial, busyForMs: 0 };
  const row = parseHardeningRow(schema, stored.fields);
  return { state: row.state, busyForMs: busyForMs(row.lease, stored) };
}

/**
 * Takes the lease of one area of one account; `takeLease` says how.
 * @param woken null for who has nothing that is to go on
 * @throws FailureError
 */
export async function leaseHardening<State>(
  ports: { readonly hardeningRows: HardeningRows; readonly clock: Clock; readonly newId: () => string },
  place: HardeningPlace<State>,
  woken: Woken | null,
): Promise<Hold<State>> {
  const taken = await takeLease(rowPlace(ports.hardeningRows, place), ports.clock, ports.newId(), woken);
  switch (taken.kind) {
    case 'owned':
      return { kind: 'held', held: taken.owned };
    case 'stale-message':
      return taken;
    case 'busy':
    case 'taken-over':
      return { kind: 'busy', forMs: taken.forMs };
    case 'absent':
    case 'newer-schema':
      throw new TypeError('an area has an initial row, and rows of one schema');
  }
}

function rowPlace<State>(
  rows: HardeningRows,
  { account, area, schema, initial }: HardeningPlace<State>,
): RowPlace<HardeningRow<State>> {
  return {
    initial: newHardeningRow(initial),
    load: () => rows.load(account, area),
    parse: (fields) => parseHardeningRow(schema, fields),
    save: (row, etag) => rows.save(account, area, row, etag),
    remove: (etag) => rows.remove(account, area, etag),
  };
}
