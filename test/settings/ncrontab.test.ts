import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../local/runner/timer/schedule.ts';
import { scheduleProblem } from '../../src/settings/ncrontab.ts';

const nowMs = Date.UTC(2026, 0, 15);

describe('a schedule', () => {
  it.each([
    '0 */5 * * * *',
    '*/10 * * * MON-FRI',
    '*/30 * * * * *',
    '0 0 0 1 1 *',
    '0 0 2 * * Sunday',
    '0 0 2 * jan,JULY 0,6',
    '0 5/15 * * * *',
    '0 0-30/10 8-18 * * 1-5',
    '0 0 0 31 1,3 *',
    '0 0 0 29 2 *',
    '  0   0 0 * * *  ',
  ])('is %s, to us and to the host', (text) => {
    expect(scheduleProblem(text, nowMs)).toBeNull();
    expect(parseSchedule(text).nextAfter(nowMs)).toBeLessThan(nowMs + 5 * 366 * 24 * 3_600_000);
  });

  it.each<[string, string]>([
    ['0 60 * * * *', '"60" is no minute: 0 to 59'],
    ['60 0 * * * *', '"60" is no second: 0 to 59'],
    ['0 0 25 * * *', '"25" is no hour: 0 to 23'],
    ['0 0 24 * * *', '"24" is no hour: 0 to 23'],
    ['0 0 0 0 * *', '"0" is no day of the month: 1 to 31'],
    ['0 0 0 32 * *', '"32" is no day of the month: 1 to 31'],
    ['0 0 0 1 13 *', '"13" is no month: 1 to 12'],
    ['0 0 0 1 0 *', '"0" is no month: 1 to 12'],
    ['0 */5 * * * 8', '"8" is no day of the week: 0 to 6'],
    ['0 */5 * * * 7', '"7" is no day of the week: 0 to 6'],
    ['0 */0 * * * *', '"*/0" has a step of 0'],
    ['0 10-5 * * * *', '"10-5" runs backwards'],
    ['0 0 0 * * FRI-MON', '"FRI-MON" runs backwards'],
    ['0 0 2 31 2 *', 'no such day comes within five years'],
    ['0 0 2 30 FEB *', 'no such day comes within five years'],
    ['0 0 2 31 4,6,9,11 *', 'no such day comes within five years'],
    // The next one is in 2044.
    ['0 0 0 29 2 MON', 'no such day comes within five years'],
    ['0 0 0 * JA *', '"JA" is no month: 1 to 12'],
    ['0 0 0 * MON *', '"MON" is no month: 1 to 12'],
    ['0 MON * * * *', '"MON" is no minute: 0 to 59'],
    ['0 */x * * * *', '"*/x" is no minute: 0 to 59'],
    ['0 *-5 * * * *', '"*-5" is no minute: 0 to 59'],
    ['0 5, * * * *', '"" is no minute: 0 to 59'],
    ['0 ? * * * *', '"?" is no minute: 0 to 59'],
    ['0 0 0 L * *', '"L" is no day of the month: 1 to 31'],
    ['0 0 0 * * 5#2', '"5#2" is no day of the week: 0 to 6'],
    ['0 -5 * * * *', '"-5" is no minute: 0 to 59'],
    ['0 5.5 * * * *', '"5.5" is no minute: 0 to 59'],
    ['* * * *', 'it has 4 fields'],
    ['0 0 0 * * * 2026', 'it has 7 fields'],
    ['@hourly', 'it has 1 fields'],
    ['00:05:00', 'it has 1 fields'],
  ])('is not %s', (text, problem) => {
    expect(scheduleProblem(text, nowMs)).toBe(problem);
  });

  it('is looked for from today on', () => {
    expect(scheduleProblem('0 0 0 29 2 MON', Date.UTC(2043, 0, 1))).toBeNull();
  });
});
