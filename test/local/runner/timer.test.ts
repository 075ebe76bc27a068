import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TriggerInput } from '../../../local/runner/invoker.ts';
import { settingsFrom } from '../../../local/runner/settings/settings.ts';
import { type ScheduleStatus, scheduleStatusFile, statusJson } from '../../../local/runner/timer/schedule-status.ts';
import { timerListener } from '../../../local/runner/timer/timer.ts';
import { type ManualClock, manualClock } from '../../../local/simulated-azure/clock.ts';
import { abortableClock } from './abortable-clock.ts';
import { startFixture } from './start-fixture.ts';

const minuteMs = 60_000;
let time: ManualClock;
let stored: ScheduleStatus | undefined;
let runs: {
  atMs: number;
  info: { ScheduleStatus: Record<string, string> | null; IsPastDue: boolean; Schedule: object };
}[];
let hosts: { stop: () => Promise<void> }[];

beforeEach(() => {
  time = manualClock(Date.parse('2026-03-01T10:07:00Z'));
  stored = undefined;
  runs = [];
  hosts = [];
});
afterEach(() => Promise.all(hosts.map((host) => host.stop())));

/** Starts a timer as a host start does; returns once it sleeps or runs. */
async function start(schedule: string, { runOnStartup = false, run = async () => {} } = {}) {
  const trigger = { type: 'timerTrigger', direction: 'in', schedule, runOnStartup } as const;
  const statusFile = {
    load: async () => stored,
    save: async (status: ScheduleStatus) => {
      stored = status;
    },
  };
  const listener = timerListener(
    {
      name: 'sweep',
      metadata: { name: 'sweep', bindings: { t: trigger }, scriptFile: 'main.js' },
      trigger,
      triggerName: 't',
      isDisabled: false,
    },
    {
      settings: settingsFrom({ EVERY: '0 */5 * * * *' }),
      statusFile,
      clock: abortableClock(time),
      log: () => {},
      async invoke(_, input: TriggerInput) {
        runs.push({ atMs: time.nowMs(), info: JSON.parse(input.data.json ?? '') });
        await run();
        return { succeeded: false, error: 'failed runs count too', stack: '' };
      },
    },
  );
  const stopping = new AbortController();
  const listening = listener.listen(await listener.prepare(), stopping.signal);
  const host = {
    stop: async () => {
      stopping.abort();
      await listening;
    },
  };
  hosts.push(host);
  await settled();
  return host;
}

/** Lets everything run that waits for nothing but the clock. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function advance(durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += minuteMs) {
    await time.advance(Math.min(minuteMs, durationMs - passedMs));
    await settled();
  }
}

const at = (clock: string) => Date.parse(`2026-03-01T${clock}Z`);

describe('a timer', () => {
  it('does nothing until its time, then runs once, a failed run too, and tells the status from before the run', async () => {
    await start('%EVERY%');
    await advance(3 * minuteMs - 1);
    expect(runs).toEqual([]);
    await advance(1);
    expect(runs.map(({ atMs }) => atMs)).toEqual([at('10:10:00')]);
    expect(runs[0]?.info).toMatchObject({ IsPastDue: false, Schedule: { AdjustForDST: true } });
    expect(Date.parse(runs[0]?.info.ScheduleStatus?.Next ?? '')).toBe(at('10:10:00'));
    expect(runs[0]?.info.ScheduleStatus?.Last).toBe('0001-01-01T00:00:00+00:00');
    await advance(5 * minuteMs);
    expect(Date.parse(runs[1]?.info.ScheduleStatus?.Last ?? '')).toBe(at('10:10:00'));
  });

  it('writes its status at the first start, with Last never', async () => {
    await start('%EVERY%');
    expect(stored).toEqual({ lastMs: undefined, nextMs: at('10:10:00'), lastUpdatedMs: at('10:07:00') });
  });

  it('runs once at start when runs were missed, as past due, however many were missed', async () => {
    await (await start('%EVERY%')).stop();
    await time.advance(60 * minuteMs);
    await start('%EVERY%', { runOnStartup: true });
    expect(runs.map(({ info }) => info.IsPastDue)).toEqual([true]);
    expect(stored).toEqual({ lastMs: at('11:07:00'), nextMs: at('11:10:00'), lastUpdatedMs: at('11:07:00') });
  });

  it('is not past due when its schedule was changed meanwhile', async () => {
    await (await start('%EVERY%')).stop();
    await time.advance(60 * minuteMs);
    await start('0 0 * * * *');
    expect(runs).toEqual([]);
    expect(stored?.nextMs).toBe(at('12:00:00'));
  });

  it('runs at start when asked to, not as past due', async () => {
    await start('%EVERY%', { runOnStartup: true });
    expect(runs.map(({ info }) => info.IsPastDue)).toEqual([false]);
  });

  it('never overlaps: what came due during a run fires at once after it', async () => {
    const held = Promise.withResolvers<void>();
    await start('%EVERY%', { run: () => (runs.length === 1 ? held.promise : Promise.resolve()) });
    await advance(9 * minuteMs);
    expect(runs.map(({ atMs }) => atMs)).toEqual([at('10:10:00')]);
    held.resolve();
    await settled();
    // The run counts as 10:10, so that 10:15, already past, is next.
    expect(runs.map(({ atMs }) => atMs)).toEqual([at('10:10:00'), at('10:16:00')]);
  });

  it('keeps no status when it fires several times a minute', async () => {
    await (await start('*/20 * * * * *')).stop();
    await time.advance(60 * minuteMs);
    await start('*/20 * * * * *');
    expect(runs).toEqual([]);
    await advance(20_000);
    expect(runs[0]?.info.ScheduleStatus).toBeNull();
    expect(stored).toBeUndefined();
  });

  it('takes a time span, which knows no daylight saving', async () => {
    await start('00:30:00');
    await advance(30 * minuteMs);
    expect(runs[0]?.info.Schedule).toEqual({ AdjustForDST: false });
  });
});

it('keeps its status in a file of the host’s layout, from one start to the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'timer-'));
  try {
    const status = { lastMs: undefined, nextMs: at('10:10:00'), lastUpdatedMs: at('10:07:00.250') };
    expect(await scheduleStatusFile(folder, 'sweep').load()).toBeUndefined();
    await scheduleStatusFile(folder, 'sweep').save(status);
    expect(JSON.parse(await readFile(join(folder, 'timers/Host.Functions.sweep/status'), 'utf8'))).toEqual(
      statusJson(status),
    );
    expect(await scheduleStatusFile(folder, 'sweep').load()).toEqual(status);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('reaches the handler with camel-cased names and no trigger metadata; a run by hand changes no status', async () => {
  const fixture = await startFixture();
  const statusFile = join(fixture.stateFolder, 'timers/Host.Functions.hourly/status');
  try {
    await fixture.runner.fire('hourly', 'ignored');
    const before = await readFile(statusFile, 'utf8');
    expect(fixture.log.reports('hourly')[0]).toEqual({
      timer: {
        schedule: { adjustForDST: true },
        scheduleStatus: {
          last: '0001-01-01T00:00:00+00:00',
          next: expect.any(String),
          lastUpdated: expect.any(String),
        },
        isPastDue: false,
      },
      metadata: 'undefined',
      traceParent: '',
      retry: 'undefined',
    });
    await fixture.runner.fire('hourly');
    expect(await readFile(statusFile, 'utf8')).toBe(before);
  } finally {
    await fixture.stop();
  }
});

it('is tried again as its retry policy says, each time as an invocation of its own', async () => {
  const fixture = await startFixture();
  try {
    expect(await fixture.runner.fire('retried')).toMatchObject({ succeeded: false, error: 'attempt 2' });
    expect(fixture.log.reports('retried').map(({ retry }) => retry)).toEqual([
      { retryCount: 0, maxRetryCount: 2 },
      { retryCount: 1, maxRetryCount: 2, exception: { message: 'attempt 0' } },
      { retryCount: 2, maxRetryCount: 2, exception: { message: 'attempt 1' } },
    ]);
    const ids = fixture.log.entries.filter(({ message }) => message.startsWith("Executing 'Functions.retried'"));
    expect(new Set(ids.map(({ invocationId }) => invocationId)).size).toBe(3);
  } finally {
    await fixture.stop();
  }
});
