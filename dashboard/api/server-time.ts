/** What the server's clock is ahead of this machine's, milliseconds: countdowns go by the server's. */
let aheadMs = 0;

/** Takes the time from an answer. `Date` is in whole seconds; less than that is no difference. */
export function noteServerTime(date: string | null): void {
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return;
  const differenceMs = serverMs - Date.now();
  if (Math.abs(differenceMs - aheadMs) > 1_500) aheadMs = differenceMs;
}

/** Now, by the server's clock. */
export function serverNowMs(): number {
  return Date.now() + aheadMs;
}
