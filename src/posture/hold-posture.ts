import type * as z from 'zod';
import { busyForMs, type RowPlace } from '../durable/leased-row.ts';
import type { OwnedRow } from '../durable/owned-row.ts';
import { takeLease, type Woken } from '../durable/take-lease.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { Posture, PostureRows } from './ports.ts';
import { newPostureRow, type PostureRow, parsePostureRow } from './posture-row.ts';

export interface PosturePlace<State> {
  readonly account: AccountId;
  readonly posture: Posture;
  readonly schema: z.ZodType<State>;
  /** The state of a posture that nobody has asked anything of. */
  readonly initial: State;
}

/** A posture's row under this invocation's lease. */
export type HeldPosture<State> = OwnedRow<PostureRow<State>>;

export type Hold<State> =
  | { readonly kind: 'held'; readonly held: HeldPosture<State> }
  /** Another invocation is at it, or a dead one's last calls may still arrive. */
  | { readonly kind: 'busy'; readonly forMs: number }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'stale-message' };

/**
 * A posture as its row says, without taking its lease.
 * @returns `busyForMs`: how long at most the lease of somebody else, or a dead one's last calls, keep `holdPosture` from it; 0:
 * it is free
 * @throws FailureError
 */
export async function readPosture<State>(
  rows: PostureRows,
  { account, posture, schema, initial }: PosturePlace<State>,
): Promise<{ readonly state: State; readonly busyForMs: number }> {
  const stored = await rows.load(account, posture);
  if (stored === null) return { state: initial, busyForMs: 0 };
  const row = parsePostureRow(schema, stored.fields);
  return { state: row.state, busyForMs: busyForMs(row.lease, stored) };
}

/**
 * Takes the lease of one posture of one account; `takeLease` says how.
 * @param woken null for who has nothing that is to go on
 * @throws FailureError
 */
export async function holdPosture<State>(
  ports: { readonly rows: PostureRows; readonly clock: Clock; readonly newId: () => string },
  place: PosturePlace<State>,
  woken: Woken | null,
): Promise<Hold<State>> {
  const taken = await takeLease(rowPlace(ports.rows, place), ports.clock, ports.newId(), woken);
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
      throw new TypeError('a posture has an initial row, and rows of one schema');
  }
}

function rowPlace<State>(
  rows: PostureRows,
  { account, posture, schema, initial }: PosturePlace<State>,
): RowPlace<PostureRow<State>> {
  return {
    initial: newPostureRow(initial),
    load: () => rows.load(account, posture),
    parse: (fields) => parsePostureRow(schema, fields),
    save: (row, etag) => rows.save(account, posture, row, etag),
    remove: (etag) => rows.remove(account, posture, etag),
  };
}
