import type { HiddenKey, KeyEvent, ReadFailure, Time } from './contract.ts';
import type { VaultKey, VaultRead } from './read-vault.ts';

/** A refused key makes the vault be asked at most so often: a wrong endpoint is answered with 401 for ever. */
const refusedPauseMs = 10_000;
/** A hint makes the vault be read within the first, so that not all instances read at once, and at most once in the second: anybody may send one. */
const [hintJitterMs, hintPauseMs] = [30_000, 60_000];
/** Pauses after failed reads: doubled from the first to the last, and shortened by up to half by chance. */
const [firstPauseMs, lastPauseMs] = [5_000, 60_000];
/** A read begins between these shares of the cache's life, so that many instances do not read at once and a slow read still ends in time. */
const [earliestShare, latestShare] = [0.5, 0.8];
/** A read is given up after this, or a sixth of the cache's life: less than what is left of it when the read begins. */
const longestReadMs = 10_000;

interface KeptKeyOptions {
  readonly read: (signal: AbortSignal) => Promise<VaultRead<VaultKey>>;
  readonly cacheMs: number;
  readonly lastGoodForMs: number;
  readonly time: Time;
  readonly onEvent: (event: KeyEvent) => void;
  /** What is thrown when no key may be used. */
  readonly unavailable: (failure: ReadFailure) => Error;
}

/** The key of now, kept for `cacheMs` and read again in the background. */
export interface KeptKey {
  /** The key, not older than `cacheMs`; older only while the vault fails. */
  current(): Promise<HiddenKey>;
  /** The key without waiting: older than `cacheMs` also if nobody could read it in time, as after the machine slept. */
  now(): HiddenKey;
  /** A request with `used` was answered with 401. @returns the key to try instead, or null */
  refused(used: HiddenKey): Promise<HiddenKey | null>;
  /**
   * Somebody says that the vault names another key.
   * @param version the one that is said to be there, if known: one that is held already needs no read
   * @returns whether the vault will be read for it
   */
  hinted(version: string | null): boolean;
  close(): void;
}

/** By both clocks: a machine that sleeps stops the monotonic one, and a correction moves the other. */
interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface Held extends VaultKey {
  /** Just before the vault was asked for the pointer: what it answered was true then or later. */
  readonly askedAt: Instant;
  /** At this age it is read again. */
  readonly refreshAtMs: number;
}

/** Failed reads since the last one that brought a key. */
interface Failing {
  readonly sinceMonotonicMs: number;
  readonly latestAt: Instant;
  readonly latest: ReadFailure;
  readonly count: number;
  /** No read begins sooner after the latest. */
  readonly pauseMs: number;
}

/**
 * Reads a first key and keeps it.
 * @throws what `unavailable` makes of the failure of the first read
 */
export async function keepKey(options: KeptKeyOptions): Promise<KeptKey> {
  const { cacheMs, lastGoodForMs, time, unavailable } = options;
  const readTimeoutMs = Math.min(longestReadMs, cacheMs / 6);
  let held: Held | null = null;
  let failing: Failing | null = null;
  let reading: Promise<ReadFailure | null> | null = null;
  let forcedAtMs = Number.NEGATIVE_INFINITY;
  let isOldTold = false;
  let isClosed = false;
  let cancelTimer = () => {};
  let hintReadAtMs = Number.NEGATIVE_INFINITY;
  let cancelHint: (() => void) | null = null;

  const instant = (): Instant => ({ monotonicMs: time.monotonicMs(), wallMs: time.wallMs() });
  const elapsedMs = (since: Instant) => Math.max(time.monotonicMs() - since.monotonicMs, time.wallMs() - since.wallMs);
  const mayReadNow = () => reading !== null || failing === null || elapsedMs(failing.latestAt) >= failing.pauseMs;
  /** Then an old key is handed out at once: waiting for the vault would most likely bring nothing. */
  const isKnownToFail = () => failing !== null && elapsedMs(failing.latestAt) < 2 * lastPauseMs;

  function tell(event: KeyEvent): void {
    try {
      options.onEvent(event);
    } catch {
      // A listener's fault must not cost a request.
    }
  }

  /** Reads pointer and key; who comes while that goes on waits for the same answer. Never rejects. */
  function read(): Promise<ReadFailure | null> {
    reading ??= readOnce().finally(() => {
      reading = null;
      readLater();
    });
    return reading;
  }

  async function readOnce(): Promise<ReadFailure | null> {
    const askedAt = instant();
    const answer = await inTime(options.read);
    if (answer.kind === 'failed') {
      failed(answer.failure);
      return answer.failure;
    }
    const before = held;
    const share = earliestShare + (latestShare - earliestShare) * time.random();
    held = { ...answer.value, askedAt, refreshAtMs: cacheMs * share };
    isOldTold = false;
    if (failing !== null) tell({ kind: 'recovered' });
    failing = null;
    const { key, slot, version } = held;
    if (before !== null && !before.key.equals(key)) tell({ kind: 'key-changed', slot, version });
    return null;
  }

  function failed(failure: ReadFailure): void {
    const latestAt = instant();
    const { sinceMonotonicMs, count } = failing ?? { sinceMonotonicMs: latestAt.monotonicMs, count: 0 };
    const pauseMs = Math.min(firstPauseMs * 2 ** count, lastPauseMs) * (1 - time.random() / 2);
    failing = { sinceMonotonicMs, latestAt, latest: failure, count: count + 1, pauseMs };
    tell({ kind: 'read-failed', keyAgeMs: held === null ? null : elapsedMs(held.askedAt), ...failure });
  }

  async function inTime(ask: KeptKeyOptions['read']): Promise<VaultRead<VaultKey>> {
    const controller = new AbortController();
    let cancel = () => {};
    const tooLong = new Promise<VaultRead<VaultKey>>((resolve) => {
      cancel = time.schedule(readTimeoutMs, () => {
        controller.abort();
        resolve({ kind: 'failed', failure: noAnswer });
      });
    });
    try {
      return await Promise.race([ask(controller.signal), tooLong]);
    } finally {
      cancel();
    }
  }

  function readLater(): void {
    cancelTimer();
    if (isClosed) return;
    const refreshInMs = held === null ? 0 : held.refreshAtMs - elapsedMs(held.askedAt);
    cancelTimer = time.schedule(Math.max(failing?.pauseMs ?? refreshInMs, 0), () => void read());
  }

  /** The key that is held, whatever its age, unless the vault has failed for too long. */
  function lastGood(): HiddenKey {
    const keyAgeMs = held === null ? Number.POSITIVE_INFINITY : elapsedMs(held.askedAt);
    const isOld = keyAgeMs >= cacheMs;
    const isGivenUp = failing !== null && time.monotonicMs() - failing.sinceMonotonicMs >= lastGoodForMs;
    if (held === null || (isOld && isGivenUp)) throw unavailable(failing?.latest ?? noAnswer);
    if (isOld && !isOldTold) {
      isOldTold = true;
      tell({ kind: 'old-key-used', keyAgeMs, failure: failing?.latest ?? null });
    }
    return held.key;
  }

  function hinted(version: string | null): boolean {
    if (isClosed || (version !== null && version === held?.version)) return false;
    const restMs = hintReadAtMs + hintPauseMs - time.monotonicMs();
    cancelHint ??= time.schedule(Math.max(time.random() * hintJitterMs, restMs), () => {
      cancelHint = null;
      hintReadAtMs = time.monotonicMs();
      void readForHint();
    });
    return true;
  }

  /** While the vault fails it is tried again soon anyhow. */
  async function readForHint(): Promise<void> {
    // One that began before may have been too early.
    if (reading !== null) await reading;
    if (mayReadNow()) await read();
  }

  function close(): void {
    isClosed = true;
    cancelTimer();
    cancelHint?.();
  }

  const failure = await read();
  if (failure !== null) {
    close();
    throw unavailable(failure);
  }

  return {
    async current() {
      // Once more: a machine that slept during the first read made its answer too old.
      for (let tries = 0; tries < 2; tries += 1) {
        const keyAgeMs = held === null ? Number.POSITIVE_INFINITY : elapsedMs(held.askedAt);
        if (held !== null && keyAgeMs < held.refreshAtMs) return held.key;
        if (!mayReadNow()) break;
        const answer = read();
        if (keyAgeMs < cacheMs || isKnownToFail()) break;
        await answer;
      }
      return lastGood();
    },
    now() {
      if (held !== null && elapsedMs(held.askedAt) < held.refreshAtMs) return held.key;
      if (mayReadNow()) void read();
      return lastGood();
    },
    async refused(used) {
      tell({ kind: 'key-refused', slot: held?.slot ?? null, version: held?.version ?? null });
      const other = () => (held === null || held.key.equals(used) ? null : held.key);
      // One that began before the key was refused may still bring another.
      if (reading !== null) await reading;
      if (other() !== null) return other();
      const now = time.monotonicMs();
      if (now - forcedAtMs >= refusedPauseMs) {
        forcedAtMs = now;
        await read();
      } else if (reading !== null) {
        // Another request has just made the vault be asked.
        await reading;
      }
      return other();
    },
    hinted,
    close,
  };
}

const noAnswer: ReadFailure = { reason: 'vault-unavailable', secret: null, status: null };
