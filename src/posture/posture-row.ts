import * as z from 'zod';
import { FailureError } from '../shared/failure.ts';

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
  readonly state: State;
}

/** The row of a posture that nobody has asked anything of. */
export function newPostureRow<State>(state: State): PostureRow<State> {
  return { schemaVersion, lease: null, wakeAtMs: null, wakeSeq: 0, state };
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
      state: schema,
    })
    .safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'posture-row-unreadable' });
}
