const dayMs = 86_400_000;

/**
 * Milliseconds of a .NET TimeSpan text: `hh:mm`, `hh:mm:ss[.fffffff]`, `d.hh:mm[:ss]`, `d`, each with an optional minus sign.
 * Undefined when the text is none, or a part is out of range (hours to 23, minutes and seconds to 59).
 */
export function timeSpanMs(text: string): number | undefined {
  const match = /^(-)?(?:(\d+)|(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, minus, onlyDays, days, hours, minutes, seconds, fraction] = match;
  const [h, m, s] = [Number(hours ?? 0), Number(minutes ?? 0), Number(seconds ?? 0)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const totalMs =
    Number(onlyDays ?? days ?? 0) * dayMs +
    h * 3_600_000 +
    m * 60_000 +
    s * 1000 +
    Math.round(Number(fraction ?? 0) * 1000);
  return minus ? -totalMs : totalMs;
}
