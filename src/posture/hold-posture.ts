import type * as z from 'zod';
import type { Clock } from '../shared/clock.ts';
import { FailureError } from '../shared/failure.ts';
import type { Fence } from '../shared/fence.ts';
import { requestTimeoutMs } from '../shared/request-timeout.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { Retrying } from '../shared/retry-pace.ts';
import type { Posture, PostureRows, StoredPosture } from './ports.ts';
import { newPostureRow, type PostureRow, parsePostureRow } from './posture-row.ts';

/** How long a lease counts since the row was last saved, milliseconds. */
export const postureLeaseMs = 60_000;

/** A write leaves only in the lease's first part: clocks run at slightly different rates. */
const leaseMarginMs = 10_000;

/** An older lease is renewed between two calls: the longest call that comes then still ends within the lease's first part. */
const renewAfterMs = 15_000;

/** After this long nothing of a call that was given up can still be applied: our own timeout, then ARM's 60 s and half of it again. */
export const postureSettleMs = requestTimeoutMs + 90_000;

/** Another worker carries the change on, or may: whoever catches this sends nothing more. */
export class PostureLost extends Error {
  constructor() {
    super('the lease on this posture is no longer ours');
    this.name = 'PostureLost';
  }
}

export interface PosturePlace<State> {
  readonly account: AccountId;
  readonly posture: Posture;
  readonly schema: z.ZodType<State>;
  /** The state of a posture that nobody has asked anything of. */
  readonly initial: State;
}

/** A posture's row under this invocation's lease. */
export interface HeldPosture<State> {
  readonly row: PostureRow<State>;
  readonly fence: Fence;
  /** The storage service's clock. */
  nowMs(): number;
  /** Saves and renews the lease. @throws PostureLost, FailureError */
  save(state: State, retrying?: Retrying | null): Promise<void>;
  /**
   * For a step of many calls, before each of them: renews the lease unless that was done a moment ago. What cannot be saved now
   * is left to the save that ends the step.
   * @throws PostureLost
   */
  keepLease(): Promise<void>;
  /** Saves, gives the lease back and says when to go on. Throws like `save`. */
  release(state: State, wakeAtMs: number | null, retrying?: Retrying | null): Promise<void>;
}

export type Hold<State> =
  | { readonly kind: 'held'; readonly held: HeldPosture<State> }
  /** Another invocation is at it, a dead one's last calls may still arrive, or the message comes too early. */
  | { readonly kind: 'busy'; readonly forMs: number }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'old-hint' };

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
  return { state: row.state, busyForMs: busyForMs(row, stored) };
}

/**
 * Takes the lease of one posture of one account. A lease that ran out is taken only when the last calls of its owner have
 * settled, so that none of them undoes what the next owner does.
 * @param wakeSeq the number in the message that led here; null for who comes without one
 * @throws FailureError
 */
export async function holdPosture<State>(
  ports: { readonly rows: PostureRows; readonly clock: Clock; readonly newId: () => string },
  place: PosturePlace<State>,
  wakeSeq: number | null,
): Promise<Hold<State>> {
  const { rows, clock } = ports;
  const { account, posture, schema, initial } = place;
  const stored = await rows.load(account, posture);
  const row = stored === null ? newPostureRow(initial) : parsePostureRow(schema, stored.fields);
  if (wakeSeq !== null && wakeSeq !== row.wakeSeq) return { kind: 'old-hint' };
  const forMs = stored === null ? 0 : Math.max(busyForMs(row, stored), wakeSeq === null ? 0 : earlyForMs(row, stored));
  if (forMs > 0) return { kind: 'busy', forMs };

  const token = ports.newId();
  const saver = leasedSaver(rows, clock, place, token, { row, etag: stored?.etag ?? null });
  try {
    await saver.save(row.state);
  } catch (error) {
    if (error instanceof PostureLost) return { kind: 'busy', forMs: postureLeaseMs };
    throw error;
  }
  return { kind: 'held', held: saver };
}

/** The storage service's clock tells whole seconds, and a worker counts on from them by its own. */
const roundingMs = 2_000;

/** A change may rest until a call that got no answer has settled: whoever comes for it before that waits, too. */
function earlyForMs({ lease, wakeAtMs }: PostureRow<unknown>, { storageNowMs }: StoredPosture): number {
  const forMs = lease === null && wakeAtMs !== null ? wakeAtMs - storageNowMs : 0;
  return forMs > roundingMs ? forMs : 0;
}

function busyForMs(row: PostureRow<unknown>, { savedAtMs, storageNowMs }: StoredPosture): number {
  return row.lease === null ? 0 : Math.max(0, savedAtMs + postureLeaseMs + postureSettleMs - storageNowMs);
}

function leasedSaver<State>(
  rows: PostureRows,
  clock: Clock,
  { account, posture, schema }: PosturePlace<State>,
  token: string,
  start: { readonly row: PostureRow<State>; readonly etag: string | null },
): HeldPosture<State> {
  let { row, etag } = start;
  let saveSeq = 0;
  let since = { monotonicMs: Number.NEGATIVE_INFINITY, wallMs: 0 };
  let storage = { atMs: 0, monotonicMs: 0 };

  const put = async (next: PostureRow<State>) => {
    const before = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const answer = await rows.save(account, posture, next, etag).catch(async (error: unknown) => {
      if (!(error instanceof FailureError) || error.failure.kind !== 'outcome-unknown') throw error;
      return await whatHolds(next);
    });
    if (answer.kind === 'conflict') throw new PostureLost();
    row = next;
    etag = answer.etag;
    since = before;
    storage = { atMs: answer.storageNowMs, monotonicMs: clock.monotonicMs() };
  };

  /** A save whose reply was lost may have been made: the row says whether it is ours. */
  const whatHolds = async (next: PostureRow<State>) => {
    const stored = await rows.load(account, posture);
    if (stored === null) throw new PostureLost();
    const found = parsePostureRow(schema, stored.fields);
    const isOurs = next.lease === null ? found.wakeSeq === next.wakeSeq : sameLease(found.lease, next.lease);
    if (!isOurs) throw new PostureLost();
    return { kind: 'saved', etag: stored.etag, storageNowMs: stored.storageNowMs } as const;
  };

  /** Since just before the last save was sent; for ever, where the wall clock ran backwards. */
  const ageMs = () => {
    const wallMs = clock.nowMs() - since.wallMs;
    return wallMs < 0 ? Number.POSITIVE_INFINITY : Math.max(wallMs, clock.monotonicMs() - since.monotonicMs);
  };
  const save: HeldPosture<State>['save'] = async (state, retrying = row.retrying) => {
    saveSeq += 1;
    await put({ ...row, state, retrying, lease: { token, saveSeq } });
  };

  return {
    get row() {
      return row;
    },
    fence: () => ageMs() < postureLeaseMs - leaseMarginMs,
    nowMs: () => storage.atMs + (clock.monotonicMs() - storage.monotonicMs),
    save,
    keepLease: async () => {
      if (ageMs() < renewAfterMs) return;
      await save(row.state).catch((error: unknown) => {
        if (!(error instanceof FailureError)) throw error;
      });
    },
    release: async (state, wakeAtMs, retrying = null) => {
      await put({ ...row, state, retrying, lease: null, wakeAtMs, wakeSeq: row.wakeSeq + 1 });
    },
  };
}

function sameLease(one: PostureRow<unknown>['lease'], other: PostureRow<unknown>['lease']): boolean {
  return one !== null && other !== null && one.token === other.token && one.saveSeq === other.saveSeq;
}
