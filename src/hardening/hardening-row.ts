import * as z from 'zod';
import { leasedRow } from '../durable/leased-row.ts';
import { FailureError } from '../shared/failure.ts';

const schemaVersion = 1;

/** What every area's row holds around the area's own state: made once, since making and compiling it costs more than a hundred readings. */
const rowAround = z.object({
  schemaVersion: z.literal(schemaVersion),
  ...leasedRow,
  /** `endsWith`: code of the call without an answer that used up the patience; what it did is looked at before the change ends. */
  inDoubt: z
    .object({ kind: z.enum(['write', 'takeover']), sentAtMs: z.number(), endsWith: z.string().exactOptional() })
    .nullable(),
  /** Since when the change makes no progress, and how many calls to Azure its tries have cost; null while it makes progress. */
  retrying: z.object({ sinceMs: z.number(), calls: z.number() }).nullable(),
  state: z.unknown(),
});

export type HardeningRow<State> = Readonly<Omit<z.infer<typeof rowAround>, 'state'>> & { readonly state: State };

/** The row of an area that nobody has asked anything of. */
export function newHardeningRow<State>(state: State): HardeningRow<State> {
  const lease = { kind: 'released', token: '', saveSeq: 0 } as const;
  return { schemaVersion, lease, settleUntilMs: 0, inDoubt: null, wakeAtMs: null, wakeSeq: 0, retrying: null, state };
}

/**
 * Parses a stored row.
 * @throws FailureError `refused` on a row that this release cannot read: better no change than a wrong one
 */
export function parseHardeningRow<State>(schema: z.ZodType<State>, fields: unknown): HardeningRow<State> {
  const row = rowAround.safeParse(fields);
  const state = row.success ? schema.safeParse(row.data.state) : row;
  if (row.success && state.success) return { ...row.data, state: state.data };
  throw new FailureError({ kind: 'refused', reason: 'journal-unreadable', code: 'hardening-row-unreadable' });
}
