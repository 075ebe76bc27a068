const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A span of time in at most two units, such as `1 h 05 min`: rounded down, so that nothing seems longer than it is. */
export function spanText(spanMs: number): string {
  const ms = Math.max(0, spanMs);
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) {
    const seconds = Math.floor((ms % minuteMs) / secondMs);
    const minutes = Math.floor(ms / minuteMs);
    return minutes < 10 && seconds > 0 ? `${minutes} min ${twoDigits(seconds)} s` : `${minutes} min`;
  }
  if (ms < 2 * dayMs) {
    const minutes = Math.floor((ms % hourMs) / minuteMs);
    return minutes === 0 ? `${Math.floor(ms / hourMs)} h` : `${Math.floor(ms / hourMs)} h ${twoDigits(minutes)} min`;
  }
  return `${Math.floor(ms / dayMs)} days`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}

/** How long ago, or until when: `in 5 min`, `3 h ago`, `now`. Seconds beside minutes would only flicker. */
export function relativeText(atMs: number, nowMs: number): string {
  const aheadMs = atMs - nowMs;
  const awayMs = Math.abs(aheadMs);
  if (awayMs < secondMs) return 'now';
  const text = awayMs < hourMs && awayMs >= minuteMs ? `${Math.floor(awayMs / minuteMs)} min` : spanText(awayMs);
  return aheadMs > 0 ? `in ${text}` : `${text} ago`;
}

/** What is left of a wait, in a sentence's end: `12 min left`; once it is over, that it ends any moment. */
export function leftText(untilMs: number, nowMs: number): string {
  return untilMs - nowMs < secondMs ? 'ends any moment' : `${spanText(untilMs - nowMs)} left`;
}
