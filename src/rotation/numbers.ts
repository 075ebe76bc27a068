import { settleMs } from '../durable/numbers.ts';
import { hourMs, minuteMs } from '../shared/time.ts';

/**
 * The protocol's constants, in milliseconds. Each states where it comes from; `docs/rotation.md` shows how they add up.
 */

/** Re-reads count for a write for this long, and the row is saved no longer than this before a regenerate or pointer write. */
export const freshMs = 5_000;

/** The age that a `listKeys` answer may have. Azure states none; two looks this far apart must agree before "unchanged" is believed. */
export const staleBoundMs = 5_000;

/** How long the two keys in a regenerate's own reply count as a look, within the invocation that got them. */
export const replyCountsMs = 60_000;

/** Proof of a key that has been in use for long: so many acceptances in a row, so far apart. New keys have their own, in the target's policy. */
export const activeKeyProof = { acceptances: 4, spreadMs: 600 } as const;

/** The proof right before the point of no return, which the longer one precedes: it must leave room in `freshMs` for slow calls. */
export const lastProof = { acceptances: 2, spreadMs: 200, overlapping: true } as const;

/** One question whether the endpoint answers at all; what it proves of a key, only more of them tell. */
export const oneCall = { acceptances: 1, spreadMs: 0 } as const;

/** The longest stretch of probing between two saves of the row: well within a lease. */
export const probeBurstMs = 8_000;

/** Key Vault keeps whole seconds, rounded down: an age is counted from the end of the second in which a version was made. */
export const vaultRoundingMs = 1_000;

/**
 * The pause between two tries of a new key that some gateway node refuses: with the two seconds of the queue's longest polling
 * (`host.json`) and a try's own calls, a key is tried within ten seconds of being accepted everywhere. Long enough to be rested
 * by message, and not in the invocation.
 */
export const spreadingPauseMs = 6_000;

/**
 * After this long at one account an invocation gives the lease back with its next pause, however short: `functionTimeout` in
 * `host.json` is ten minutes, and a host that runs into it ends every invocation of the process.
 */
export const longestStayMs = 3 * minuteMs;

/** While a leaked key is accepted no retry comes later than this. */
export const longestRetryOfLeakMs = minuteMs;

/** A state past its deadline may wait so much longer for a write to settle that its last look rests on. */
export const lastLookMs = settleMs + 15_000;

/** A rotation that makes no progress for so long counts as overdue: longer than a role takes to spread, or an account to change. */
export const stalledAfterMs = 30 * minuteMs;

/** The same while a leaked key is accepted. */
export const stalledAfterOfLeakMs = 5 * minuteMs;

/** So often the store of a secret that was deleted is tried, about a minute and a half in all: a recovery may be under way. */
export const triesForDeleted = 6;

/** So often a leaked key's rotation tries to write a copy: some ten seconds in all, and a settling for each write without an answer. */
export const triesOfLeakedCopy = 3;

/** How long a denial is retried before a person is called: role assignments take up to 10 minutes to spread. */
export const denialPatienceMs = 15 * minuteMs;

/** Confirming waits at most this long for the retired key to be refused: gateways keep old keys "up to several hours". */
export const confirmingMs = 24 * hourMs;

/** Copies are read again so long after the old key was replaced: a pipeline that runs then, or a slot swap, may have put it back. */
export const copyLooksAfterMs = [10 * minuteMs, hourMs] as const;

/**
 * So long before the overlap's end Keyturn reads the vault itself: by then the line of that has arrived, as a rule within ten
 * minutes and five (see `latestLineMs`), so that even the log of a vault which nobody reads shows how far it reaches.
 */
export const lineBeforeEndMs = 20 * minuteMs;

/** So long before the old key goes, people are notified of who still reads it: time for the message to leave, and for a hold. */
export const stragglersNoticeMs = minuteMs;

/** So often the log is asked while the old key is kept for them: no line is believed to be later (see `latestLineMs`). */
export const stragglersLookEveryMs = 30 * minuteMs;

/** How long after that day a rotation that could not even ask waits for a person. */
export const confirmingGraceMs = hourMs;

/** The schedule leaves an account alone for this long after an operator cancelled or rolled back: they had a reason. */
export const afterUndoMs = 24 * hourMs;

/** Two looks that end a leak are so far apart: an answer's possible age, and a second more, since the storage service tells its time in whole seconds. */
export const leakLooksApartMs = staleBoundMs + 1_000;

/** So often it is looked whether a leaked key is still valid while nothing that replaces it is at work: 96 looks a day. */
export const leakLookEveryMs = 15 * minuteMs;

/** How long a paused rotation's own message rests. Resuming wakes all; this is for a wake-up that gets lost then. */
export const pausedWaitMs = 60_000;
