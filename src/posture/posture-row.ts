import * as z from 'zod';
import { FailureError } from '../shared/failure.ts';
import type { Retrying } from '../shared/retry-pace.ts';

const schemaVersion = 1;

/** What every posture's row holds around the posture's own state. */
export interface PostureRow<State> {
  readonly schemaVersion: typeof schemaVersion;
  /** Whose invocation carries the change on, and which of its saves this is; null when nobody does. */
  readonly lease: { readonly token: string; readonly saveSeq: number } | null;
  /** When the change goes on; null when there is none under way. By the storage service's clock. */
  readonly wakeAtMs: number | null;
  /** Counts the saves that send a message; a message of another number is an old hint. */
  readonly wakeSeq: number;
  /** Since when the change makes no progress, and how many calls to Azure its tries have cost; null while it makes progress. */
  readonly retrying: Retrying | null;
  readonly state: State;
}

/** The row of a posture that nobody has asked anything of. */
export function newPostureRow<State>(state: State): PostureRow<State> {
  return { schemaVersion, lease: null, wakeAtMs: null, wakeSeq: 0, retrying: null, state };
}

/**
 * Parses a stored row.
 * @throws FailureError `refused` on a row that this release cannot read: better no change than a wrong one
 */
export function parsePostureRow<State>(schema: z.ZodType<State>, fields: unknown): PostureRow<State> {
  const parsed = z
    .object({
      schemaVersion: z.literal(schemaVersion),
      lease: z.object({ token: z.string(), saveSeq: z.number() }).nullable(),
      wakeAtMs: z.number().nullable(),
      wakeSeq: z.number(),
      retrying: z.object({ sinceMs: z.number(), calls: z.number() }).nullable(),
      state: schema,
    })
    .safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'posture-row-unreadable' });
}
