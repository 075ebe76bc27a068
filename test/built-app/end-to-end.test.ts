import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, describe, test } from 'vitest';
import { lookId } from '../../local/demo/without-looks.ts';
import { listenOnLoopback } from '../../local/simulated-azure/proxy/listen-on-loopback.ts';
import { findSecrets, type Place } from '../secret-scan/find-secrets.ts';
import { storedTexts } from '../secret-scan/stored-texts.ts';
import { runClient } from '../simulated-azure/proxy/run-client.ts';
import { isWhole, tried } from '../vitest/whole-search.ts';

const root = join(import.meta.dirname, '../..');
const { start } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

/** One demo, as `npm start` would run it: the built bundle, storage, Azure and consumers in processes of their own. */
interface Demo {
  readonly child: ChildProcess;
  readonly folder: string;
  /** What it printed so far, on both streams. */
  readonly printed: { out: string; err: string };
  readonly exited: Promise<number | null>;
}

const demos: Demo[] = [];

async function startDemo(...options: string[]): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-demo-'));
  return startDemoIn(folder, ...options);
}

function startDemoIn(folder: string, ...options: string[]): Demo {
  // As npm runs it: by a shell, in the group that a terminal's Ctrl-C reaches.
  const child = spawn('sh', ['-c', `${start} "$@"`, 'npm', '--port', '0', '--folder', folder, ...options], {
    cwd: root,
    detached: true,
    env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed.err += text;
  });
  const exited = once(child, 'close').then(([code]) => code);
  const demo = { child, folder, printed, exited };
  demos.push(demo);
  return demo;
}

/** Resolves when it has printed `text`; rejects when it ended before. */
async function said({ child, printed, exited }: Demo, text: string, on: 'out' | 'err' = 'out'): Promise<void> {
  const stream = on === 'out' ? child.stdout : child.stderr;
  while (!printed[on].includes(text)) {
    const ended = await Promise.race([once(stream ?? child, 'data').then(() => false), exited.then(() => true)]);
    if (ended && !printed[on].includes(text))
      throw new Error(`It ended without '${text}': ${printed.out}${printed.err}`);
  }
}

/** A variable of `azure.env`, once it is there. */
async function exported({ folder, child }: Demo, name: string): Promise<string> {
  const file = join(folder, 'azure.env');
  const line = new RegExp(`^export ${name}='(.*)'$`, 'm');
  while (!existsSync(file) || !line.test(readFileSync(file, 'utf8'))) {
    if (child.exitCode !== null) throw new Error('It ended before Azure was there.');
    await after(50);
  }
  return line.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}

/** What was there to be leaked, and what was stored, looked at again and again until the demo ends. */
async function looksInto(demo: Demo) {
  const control = await exported(demo, 'SIMULATED_AZURE_CONTROL');
  const connectionString = await exported(demo, 'AzureWebJobsStorage');
  const keys = new Set<string>();
  const secrets = new Set<string>();
  const stored = new Map<string, Place>();
  while (demo.child.exitCode === null) {
    try {
      const issued: string[] = JSON.parse(await text(`${control}/secrets`));
      for (const secret of issued) secrets.add(secret);
      const ofAccount: { value: string }[] = JSON.parse(await text(`${control}/world/accounts/ai-secure-demo/keys`));
      for (const { value } of ofAccount) keys.add(value);
      for (const place of await storedTexts(connectionString)) stored.set(place.text, place);
    } catch {
      // It ends, or storage is not there yet.
    }
    // No key, and no text in storage, is there for less than two seconds; a look costs as much as a second of the demo.
    await after(1_800);
  }
  return { keys: [...keys], secrets, stored: [...stored.values()] };
}

/** The hosts of Azure that were asked until the demo ended, in the order of their names. */
async function hostsAsked(demo: Demo): Promise<string[]> {
  const control = await exported(demo, 'SIMULATED_AZURE_CONTROL');
  const hosts = new Set<string>();
  let since = 0;
  while (demo.child.exitCode === null) {
    const answer = await text(`${control}/calls?since=${since}`).catch(() => null);
    if (answer !== null) {
      const { calls, next }: { calls: { host: string }[]; next: number } = JSON.parse(answer);
      for (const { host } of calls) hosts.add(host);
      since = next;
    }
    await after(500);
  }
  return [...hosts].filter((host) => !host.startsWith('127.0.0.1')).toSorted();
}

async function text(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** The processes that stem from `pid`, however their groups are called. */
function descendants(pid: number): number[] {
  const pairs = existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => parentIn(name))
    : execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const each of found) for (const [child, parent] of pairs) if (parent === each && child) found.push(child);
  return found.slice(1);
}

function parentIn(pid: string): [number, number][] {
  try {
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return [[Number(pid), Number(parent)]];
  } catch {
    return [];
  }
}

/** Which of them are still there: one that has just been told to end gets some seconds to do so. */
async function leftOf(pids: Iterable<number>): Promise<number[]> {
  const untilMs = performance.now() + 5_000;
  let left = [...pids];
  while (left.length > 0 && performance.now() < untilMs) {
    left = left.filter(isAlive);
    await after(50);
  }
  return left;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends it as Ctrl-C in a terminal does, which reaches the whole group and which npm passes on once more, and tells how many processes it had and which of them are left. */
async function interrupt(demo: Demo) {
  const family = descendants(demo.child.pid ?? 0);
  process.kill(-(demo.child.pid ?? 0), 'SIGINT');
  await said(demo, 'Stopping.', 'err');
  demo.child.kill('SIGINT');
  const code = await demo.exited;
  return { code, had: family.length, left: await leftOf(family) };
}

afterAll(async () => {
  for (const { child, exited, folder } of demos) {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
});

const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;
const hasCurl = isThere('curl');
/** Besides `sh`, which is everywhere. */
const shells = isWhole ? ['bash', 'zsh'].filter(isThere) : [];

describe.concurrent('npm start', () => {
  // In the public cloud as well: the next test rotates there.
  test('--once rotates both keys under load without a failure, in a cloud at whose hosts alone it asks, and shows no key and no token', async ({
    expect,
  }) => {
    const demo = await startDemo('--once', '--cloud', 'china');
    expect(await exported(demo, 'AZURE_AUTHORITY_HOST')).toBe('https://login.chinacloudapi.cn');
    const [{ keys, secrets, stored }, hosts] = await Promise.all([looksInto(demo), hostsAsked(demo)]);
    const { out, err } = demo.printed;
    expect(await demo.exited, err).toBe(0);

    const outcome = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
    expect(outcome).toEqual({
      rotation: 'completed',
      activeSlot: 'key2',
      consumerRequests: expect.any(Number),
      consumerFailures: 0,
      followers: ['id-demo-consumer'],
      stragglers: [],
      copy: { name: 'web', holds: 'key2', rotation: 'confirming' },
      armCalls: { get: expect.any(Number), listKeys: 2, regenerateKey: 2 },
      vaultCalls: expect.objectContaining({ set: 4 }),
      seconds: expect.any(Number),
    });
    expect(outcome.armCalls.get).toBeLessThanOrEqual(2);
    expect(hosts).toEqual([
      'ai-secure-demo.cognitiveservices.azure.cn',
      'api.loganalytics.azure.cn',
      'kv-ai102-secure.vault.azure.cn',
      'kv-contoso-web.vault.azure.cn',
      'kv-openai-secure.vault.azure.cn',
      'login.chinacloudapi.cn',
      'management.chinacloudapi.cn',
      'openai-secure-demo.openai.azure.cn',
    ]);
    // The copy is seen with the key from before, and with the new one.
    expect(new Set(out.match(/the copy web holds \*{4}.*$/gm)).size).toBeGreaterThanOrEqual(2);
    expect(outcome.consumerRequests).toBeGreaterThan(100);

    // Two slots with two keys each: every one of them is shown, and masked.
    expect(keys).toHaveLength(4);
    expect(keys.filter((key) => !out.includes(`****${key.slice(-4)}`))).toEqual([]);
    const log = await readFile(join(demo.folder, 'demo', 'app.log'), 'utf8');
    expect(log).toContain('"to":"switching"');
    // It looks several times a second.
    expect(log).not.toContain(lookId);
    const shown = [out, err, log].map((text, at) => ({ where: ['stdout', 'stderr', 'app.log'][at] ?? '', text }));
    expect(stored.some(({ text }) => text.includes('rotationId'))).toBe(true);
    expect(secrets.size).toBeGreaterThan(keys.length);
    expect(findSecrets(secrets, [...shown, ...stored])).toEqual([]);
  });

  test.skipIf(!hasCurl)('stays up, and its lines work in other shells as they stand', async ({ expect }) => {
    const demo = await startDemo();
    await said(demo, '/calls');
    const steps = demo.printed.out.split('try:\n\n')[1]?.split('\n\n')[0] ?? '';
    const commands = steps.replaceAll(/\\\n +/g, '').match(/^ {2}.*$/gm) ?? [];
    const answersIn = async (shell: string, lines: readonly string[]) => {
      const { out, err } = await runClient(shell, ['-c', lines.join('\necho "=="\n')], {});
      return { answers: out.split('==\n').filter((text) => text !== ''), err };
    };
    const { answers, err } = await answersIn('sh', commands);
    expect(answers).toHaveLength(4);
    const [targets, rotations, target = '', calls] = answers;
    expect(targets).toMatch(/^ai-secure-demo +idle .* key2 /m);
    expect(rotations).toMatch(/^\S+ +completed .* key2$/m);
    const { lastRotation, ...asked } = JSON.parse(target);
    expect(asked).toMatchObject({ name: 'ai-secure-demo', activeSlot: 'key1', state: 'idle' });
    expect(calls).toContain('"operation"');
    // What is watched is told on stderr, while it happens.
    expect(err).toMatch(/: preparing\n[\s\S]*: overlapping[\s\S]*✔ Rotation \S+ of ai-secure-demo is completed\.\n$/);
    const isReading = (line: string) => !line.includes('--watch');
    for (const shell of shells) {
      const reading = await answersIn(shell, commands.filter(isReading));
      expect(reading.err, shell).toBe('');
      expect(reading.answers).toHaveLength(4);
      const [, , formatted = ''] = reading.answers;
      expect(formatted).toBe(`${JSON.stringify(JSON.parse(formatted), null, 2)}\n`);
    }
    // Only a path may be wider than a terminal of 60 columns.
    const wide = demo.printed.out.split('\n').filter((line) => line.length > 60);
    expect(wide.filter((line) => !/^ *(\. )?\S+$/.test(line))).toEqual([]);

    // The new rotation is shown as well, and meanwhile a second start on the same folder is told so.
    await said(demo, `Rotation ${lastRotation.id}`);
    const second = startDemoIn(demo.folder);
    expect(await second.exited).toBe(1);
    expect(second.printed.err).toContain(`already runs on ${demo.folder} (process ${demo.child.pid})`);

    const { code, had, left } = await interrupt(demo);
    expect({ code, had, left }).toEqual({ code: 0, had: 3, left: [] });
  });

  test('leaves no process behind when it is interrupted on the way', async ({ expect }) => {
    const demo = await startDemo('--once');
    await said(demo, 'adopts the account');
    // Consumers may have begun just then, or not yet.
    expect(await interrupt(demo)).toEqual({ code: 130, had: expect.toBeOneOf([3, 4]), left: [] });
    expect(demo.printed.out).not.toContain('{');
  });

  test('says which port is busy before it starts anything', async ({ expect }) => {
    const server = createServer();
    const port = await listenOnLoopback(server, 0, 'test');
    const demo = await startDemo('--port', String(port));
    const family = new Set<number>();
    while (demo.child.exitCode === null) {
      for (const pid of descendants(demo.child.pid ?? 0)) family.add(pid);
      await after(50);
    }
    server.close();
    expect(await demo.exited).toBe(1);
    expect(await leftOf(family)).toEqual([]);
    expect(demo.printed.err).toContain(`Port ${port}, wanted for the app, is already in use`);
    expect(demo.printed.out).not.toContain('✔');
  });

  const refused = [
    ['an unknown option', ['--twice'], "Unknown option '--twice'. See --help."],
    ['a cloud that is none', ['--cloud', 'germany'], '--cloud is none of public, usgovernment, china.'],
    ['a port that is none', ['--port', '70710'], '--port is no port: a number from 0 to 65535.'],
  ] as const;
  test.for(tried(refused, 3))('refuses %s by name', async ([, options, sentence], { expect }) => {
    const demo = await startDemo(...options);
    expect(await demo.exited).toBe(2);
    expect(demo.printed).toEqual({ out: '', err: `\n${sentence}\n` });
  });
});
