import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunnerOptions, startRunner } from '../../../local/runner/host.ts';
import { buildApp } from './build-app.ts';
import { logBook } from './log-book.ts';

/** The settings that the fixture app's triggers name. No storage: its queue functions are in error unless a test gives one. */
export const fixtureSettings = {
  ...process.env,
  TIMER_SCHEDULE: '0 0 * * * *',
  QUEUE_NAME: 'Jobs',
  HELD_QUEUE: 'never-created',
  NAME: 'from the environment',
};

/** A runner for the fixture app on a free port, with a log to watch. */
export async function startFixture(options: Partial<RunnerOptions> & { host?: object } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'));
  const appFolder = options.appFolder ?? (await buildApp(join(folder, 'app'), { host: options.host ?? {} }));
  const log = logBook();
  const stateFolder = join(folder, 'state');
  const runner = await startRunner({
    port: 0,
    stateFolder,
    environment: fixtureSettings,
    log: log.sink,
    ...options,
    appFolder,
  });
  await runner.ready;
  return {
    runner,
    log,
    appFolder,
    stateFolder: options.stateFolder ?? stateFolder,
    get: (path: string, init?: RequestInit) => fetch(`${runner.url}${path}`, init),
    async stop() {
      await runner.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
