import { describe, expect, it } from 'vitest';
import { asFailureOfOne, FailedMidway, notNow, onlyIn, sentences, unavailable } from '../../src/app/answers.ts';
import { asFailure, type Failure, FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { refusalSentences } from '../../src/shared/refusals.ts';

const passing: Failure = { kind: 'not-applied', code: 'ServerBusy', retryAfterMs: 3_000 };

describe('what Azure could not do is told', () => {
  it.each<[string, Failure, object]>([
    [
      'with when to come again',
      passing,
      { reason: 'ServerBusy', retryAfterMs: 3_000, detail: expect.stringMatching(/^Azure could not be asked/) },
    ],
    [
      'as our own bound, if Azure refused nothing',
      { ...passing, code: 'own-rate-limit' },
      { reason: 'own-rate-limit', retryAfterMs: 3_000, detail: expect.stringContaining('Azure has refused nothing') },
    ],
    [
      'as the time of the request, if that was over',
      { ...passing, code: 'out-of-time', retryAfterMs: 0 },
      { reason: 'out-of-time', retryAfterMs: 0, detail: expect.stringContaining('used up its time') },
    ],
    [
      'as not known, if no answer came',
      { kind: 'outcome-unknown', code: 'timeout' },
      { reason: 'timeout', retryAfterMs: null, detail: expect.stringContaining('whether the last call was applied') },
    ],
    [
      'as refused, with the code and with what the identity lacks',
      { kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed', action: 'x/y' },
      {
        ...{ reason: 'account-access-denied', code: 'AuthorizationFailed', retryAfterMs: null },
        detail: expect.stringContaining(`${refusalSentences['account-access-denied']} It lacks x/y.`),
        missing: { missingAction: 'x/y', fix: expect.any(String) },
      },
    ],
    [
      'as refused, with the code in words if nothing else is known',
      { kind: 'refused', reason: 'unknown-refusal', code: 'Teapot' },
      {
        ...{ reason: 'unknown-refusal', code: 'Teapot', retryAfterMs: null, missing: null },
        detail: `${refusalSentences['unknown-refusal']} Code: Teapot.`,
      },
    ],
  ])('%s', (_, failure, told) => {
    expect(unavailable(new FailureError(failure))).toEqual({ kind: 'unavailable', ...told });
  });

  it('with what had been written before, and nothing else', () => {
    const written = [
      { secret: 'a-key1', change: 'created', shows: '****a1b2' },
      { secret: 'a-key2', change: 'unchanged', shows: '****c3d4' },
    ] as const;
    const failed = FailedMidway.after(new FailureError(passing), written);
    expect(unavailable(failed)).toMatchObject({ changed: [{ secret: 'a-key1', change: 'created' }] });
    expect(unavailable(failed).changed).toEqual([{ secret: 'a-key1', change: 'created' }]);
    const unharmed = new FailureError(passing);
    expect(FailedMidway.after(unharmed, [written[1]])).toBe(unharmed);
    const ours = new TypeError('ours');
    expect(FailedMidway.after(ours, written)).toBe(ours);
  });

  it('but for a fault of our own', () => {
    expect(() => unavailable(new TypeError('ours'))).toThrow('ours');
    expect(() => asFailure(new TypeError('ours'))).toThrow('ours');
    const failure = new FailureError(passing);
    expect(asFailure(failure)).toBe(failure);
  });

  it('of one target of many, whose fault goes into the log with its place', () => {
    const log: LogEvent[] = [];
    const caught = asFailureOfOne((event) => log.push(event), 'sweep');
    const failure = new FailureError(passing);
    expect([caught(failure), log]).toEqual([failure, []]);
    expect(caught(new TypeError('0123456789abcdef')).failure).toEqual({
      ...{ kind: 'not-applied', code: 'unexpected-error', retryAfterMs: null },
    });
    expect(log).toMatchObject([{ event: 'unexpected-error', function: 'sweep', errorName: 'TypeError' }]);
    expect(JSON.stringify(log)).not.toContain('0123456789abcdef');
  });
});

describe('what is not possible now is told', () => {
  it('with its sentence, the rotation in the way and when to come again', () => {
    expect(notNow('in-flight', 'r-1', 5)).toEqual({
      ...{ kind: 'not-now', reason: 'in-flight', detail: sentences['in-flight'], rotationId: 'r-1', retryAfterMs: 5 },
    });
    expect(notNow('paused')).toMatchObject({ rotationId: null, retryAfterMs: null });
  });

  it('with the states in which it would be', () => {
    expect(onlyIn(['preparing', 'probing'], 'r-1')).toEqual({
      ...{ kind: 'not-now', reason: 'only-in', legalIn: ['preparing', 'probing'], rotationId: 'r-1' },
      ...{ detail: 'This is possible only in: preparing, probing.', retryAfterMs: null },
    });
  });
});
