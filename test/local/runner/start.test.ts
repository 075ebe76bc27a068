import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildApp } from './build-app.ts';
import { fixtureSettings } from './start-fixture.ts';

let folder: string;
let host: ChildProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
  await buildApp(join(folder, 'app'));
  const Values = { NAME: 'from the file', ONLY_IN_FILE: 'yes' };
  await writeFile(join(folder, 'app/local.settings.json'), JSON.stringify({ Values }));
});
afterEach(() => host.kill('SIGKILL'));
afterAll(() => rm(folder, { recursive: true }));

/** Starts the command and hands its lines over as they come. */
function start(...flags: string[]) {
  const main = fileURLToPath(new URL('../../../local/runner/start.ts', import.meta.url));
  const args = [main, '--app', join(folder, 'app'), '--state', join(folder, 'state'), ...flags];
  host = spawn(process.execPath, args, { env: fixtureSettings, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  for (const stream of [host.stdout, host.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of [...watchers]) look();
    });
  }
  const line = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const found = lines.map((each) => pattern.exec(each)).find((match) => match !== null);
        if (found) resolve(found);
      };
      watchers.add(look);
      look();
    });
  return { lines, line, closed: once(host, 'close') };
}

async function started() {
  const run = start('--port', '0');
  const [, url = ''] = await run.line(/process: \[GET,POST\] (\S+)\/api\/process/);
  await run.line(/Host started/);
  return { ...run, url };
}

it('lets the environment win over local.settings.json, and runs the worker in the app folder', async () => {
  const { url } = await started();
  expect(await (await fetch(`${url}/api/environment`)).json()).toEqual({
    name: 'from the environment',
    folder: join(folder, 'app'),
  });
});

it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s and ends with 0', async (signal) => {
  const { url, lines, closed } = await started();
  const pid = Number(await (await fetch(`${url}/api/process`)).text());
  host.kill(signal);
  expect(await closed).toEqual([0, null]);
  expect(lines.join('\n')).toContain('appTerminate ran');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

it('takes its worker along when it is killed, even one that has work of its own', async () => {
  const { url, closed } = await started();
  await fetch(`${url}/api/occupy`);
  const pid = Number(await (await fetch(`${url}/api/process`)).text());
  host.kill('SIGKILL');
  await closed;
  await expect.poll(() => isAlive(pid)).toBe(false);
});

it('ends with 1 when the worker keeps crashing', async () => {
  const { url, line, closed } = await started();
  await fetch(`${url}/api/quit`);
  await line(/crash 1/);
  await fetch(`${url}/api/quit`);
  await line(/crash 2/);
  // The third start comes 10 s after the second crash: the host's own pause.
  await fetch(`${url}/api/quit`).catch(() => undefined);
  expect(await closed).toEqual([1, null]);
});

it('says in one sentence that the port is taken', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as { port: number };
  const { lines, closed } = start('--port', String(port));
  expect(await closed).toEqual([1, null]);
  expect(lines).toEqual([`Port ${port} is already in use: stop what listens there, or give another with --port.`]);
  occupant.close();
});

it.each([
  [['--port', 'x'], '--port must be 0 to 65535, not "x".'],
  [['--keys', 'maybe'], '--keys must be on or off, not "maybe".'],
])('refuses %j', async (flags, sentence) => {
  const { lines, closed } = start(...flags);
  expect(await closed).toEqual([1, null]);
  expect(lines).toEqual([sentence]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
