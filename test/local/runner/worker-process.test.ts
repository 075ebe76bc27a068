import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { abortableClock } from './abortable-clock.ts';
import { buildApp } from './build-app.ts';
import { startFixture } from './start-fixture.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
afterEach(() => fixture.stop());

const processId = async () => Number(await (await fixture.get('/api/process')).text());

describe('a worker that dies', () => {
  it.each([
    ['of an unhandled rejection', '/api/crash'],
    ['because the app exits', '/api/quit'],
  ])('%s loses what is in flight as an empty 500 and is followed by a fresh one', async (_, path) => {
    fixture = await startFixture();
    const before = await processId();
    const response = await fixture.get(path);
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(await processId()).not.toBe(before);
  });

  it('is restarted after 10 s the second time, and the third time the host ends', async () => {
    const time = manualClock(Date.parse('2026-01-01T00:10:00Z'));
    fixture = await startFixture({ clock: abortableClock(time) });
    fixture.runner.killWorker();
    await fixture.log.seen('crash 1');
    await processId();
    fixture.runner.killWorker();
    await fixture.log.seen('crash 2');
    const afterSecond = processId();
    await time.advance(10_000);
    await afterSecond;
    fixture.runner.killWorker();
    expect(await fixture.runner.ended).toBe('worker-kept-crashing');
    await expect(processId()).rejects.toThrow('fetch failed');
  });

  it('is forgiven after half an hour', async () => {
    const time = manualClock(Date.parse('2026-01-01T00:10:00Z'));
    fixture = await startFixture({ clock: abortableClock(time) });
    fixture.runner.killWorker();
    await fixture.log.seen('crash 1');
    await time.advance(30 * 60_000);
    fixture.runner.killWorker();
    await fixture.log.seenTimes('crash 1', 2);
    await processId();
  });
});

it('ends a function at functionTimeout with an empty 500, on a fresh worker, and counts no crash', async () => {
  const time = manualClock(Date.parse('2026-01-01T00:10:00Z'));
  fixture = await startFixture({ host: { functionTimeout: '00:00:05' }, clock: abortableClock(time) });
  const before = await processId();
  const waiting = fixture.get('/api/wait');
  await fixture.log.seen('waiting');
  await time.advance(4_999);
  expect(fixture.log.entries.some(({ message }) => message.includes('Timeout value'))).toBe(false);
  await time.advance(1);
  const response = await waiting;
  expect([response.status, await response.text()]).toEqual([500, '']);
  expect(await processId()).not.toBe(before);
  expect(fixture.log.entries.some(({ message }) => message.includes('The worker process ended'))).toBe(false);
});

it('stays up with no function at all when an entry file throws, whatever was registered before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'throws-'));
  const contents =
    "import { app } from '@azure/functions'; app.http('only', { handler: () => ({}) }); throw new Error('on load');";
  fixture = await startFixture({ appFolder: await buildApp(folder, { contents }) });
  expect(await fixture.runner.ready).toEqual({ functions: [], inError: [] });
  expect((await fixture.get('/api/only')).status).toBe(404);
  await fixture.log.seen('Worker was unable to load entry point "dist/main.js": Error: on load');
  await rm(folder, { recursive: true });
});

it('drains: refuses new connections, lets the running request end, runs appTerminate, ends the worker', async () => {
  fixture = await startFixture();
  const waiting = fixture.get('/api/wait');
  await fixture.log.seen('waiting');
  const pid = await processId();
  const stopped = fixture.runner.stop();
  await expect(fetch(`${fixture.runner.url}/api/process`, { headers: { connection: 'close' } })).rejects.toThrow(
    'fetch failed',
  );
  process.kill(pid, 0);
  // Triggers still fire meanwhile; this one lets the request go on.
  await fixture.runner.fire('on-event', '{"id":"release-http"}');
  const response = await waiting;
  expect([response.status, await response.text(), response.headers.get('connection')]).toEqual([
    200,
    'waited',
    'close',
  ]);
  await stopped;
  await fixture.log.seen('appTerminate ran');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
