import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask, type Problem } from './ask.ts';

/** An answer that is looked at again and again. */
export interface Live<Body> {
  /** Null: none came yet. It stays while later looks fail. */
  readonly data: Body | null;
  /** Why the last look failed; null: it did not. */
  readonly problem: Problem | null;
  readonly refresh: () => void;
}

type EveryMs = (data: unknown) => number | null;

/** One path that somebody follows: however many parts of a page do, it is looked at once. */
interface Watch {
  data: unknown;
  etag: string | null;
  problem: Problem | null;
  failures: number;
  /** Who follows it: how often each wants a look, and how it hears of one. */
  readonly followers: Map<() => void, EveryMs>;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Ends the look that is under way. */
  stop: AbortController;
}

/** Only in memory. What nobody follows any more is kept for when somebody comes back: it is shown at once, and asked for by its ETag. */
const watches = new Map<string, Watch>();
const mostKept = 60;

function watchOf(path: string): Watch {
  const known = watches.get(path);
  if (known !== undefined) return known;
  const blank = { data: null, etag: null, problem: null, failures: 0, followers: new Map(), timer: undefined };
  const watch: Watch = { ...blank, stop: new AbortController() };
  watches.set(path, watch);
  for (const [old, { followers }] of watches) {
    if (watches.size <= mostKept) break;
    if (followers.size === 0 && old !== path) watches.delete(old);
  }
  return watch;
}

/** After a failure: 5 s, 10 s, up to a minute; or as long as the API says. */
function pauseMs(failures: number, { retryAfterSeconds }: Problem): number {
  return Math.max(Math.min(5_000 * 2 ** (failures - 1), 60_000), (retryAfterSeconds ?? 0) * 1000);
}

async function look(path: string): Promise<void> {
  const watch = watchOf(path);
  clearTimeout(watch.timer);
  watch.stop.abort();
  if (document.hidden || watch.followers.size === 0) return;
  const stop = new AbortController();
  watch.stop = stop;
  const answer = await ask<unknown>({ method: 'GET', path, ifNoneMatch: watch.etag }, stop.signal);
  if (stop.signal.aborted) return;
  if (answer.kind === 'problem') {
    watch.failures += 1;
    watch.problem = answer.problem;
    watch.timer = setTimeout(look, pauseMs(watch.failures, answer.problem), path);
  } else {
    if (answer.kind === 'ok') {
      watch.data = answer.body;
      watch.etag = answer.etag;
    }
    watch.failures = 0;
    watch.problem = null;
    const nextMs = pauseOf(watch);
    if (nextMs !== null) watch.timer = setTimeout(look, nextMs, path);
  }
  for (const tell of watch.followers.keys()) tell();
}

/** Milliseconds to the next look, by who wants it soonest; null: nobody wants another one. */
function pauseOf({ followers, data }: Watch): number | null {
  const wanted = [...followers.values()].map((everyMs) => everyMs(data)).filter((ms) => ms !== null);
  return wanted.length === 0 ? null : Math.min(...wanted);
}

// What is asked only when somebody asks, such as a diagnosis, is not asked again because somebody comes back to the page.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  for (const [path, watch] of watches)
    if (watch.data === null || watch.problem !== null || pauseOf(watch) !== null) void look(path);
});

/**
 * Looks at `path` now, and again after `everyMs`; not while nobody sees the page, and at once when somebody does again. An answer
 * that has not changed comes as 304, without a body.
 * @param path null: nothing is looked at
 * @param everyMs milliseconds to the next look, by the last answer; null: it is not looked at again by itself
 */
export function useLive<Body>(path: string | null, everyMs: (data: Body) => number | null): Live<Body> {
  const [, redraw] = useState({});
  useEffect(() => {
    if (path === null) return;
    const watch = watchOf(path);
    const tell = () => redraw({});
    watch.followers.set(tell, everyMs as EveryMs);
    void look(path);
    return () => {
      watch.followers.delete(tell);
      if (watch.followers.size > 0) return;
      clearTimeout(watch.timer);
      watch.stop.abort();
    };
  }, [path]);
  const refresh = useCallback(() => {
    if (path !== null) void look(path);
  }, [path]);
  const watch = path === null ? undefined : watches.get(path);
  return { data: (watch?.data as Body | null | undefined) ?? null, problem: watch?.problem ?? null, refresh };
}

/** Forgets what was answered, as when another person signs in. */
export function forgetAnswers(): void {
  for (const { timer, stop } of watches.values()) {
    clearTimeout(timer);
    stop.abort();
  }
  watches.clear();
}

/** The instant, once a second while somebody looks. */
export function useNow(read: () => number): number {
  const [now, set] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) set(read());
    }, 1_000);
    return () => clearInterval(timer);
  }, [read]);
  return now;
}
