import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoTarget } from '../../local/demo/demo-target.ts';
import { defaultApiClientId, defaultDefinition } from '../../local/simulated-azure/default-world.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { installKeyturn } from './run-keyturn.ts';
import { type BuiltApp, startBuiltApp, until } from './start-built-app.ts';
import { currentKey, nightsInTerminal, regenerateInPortal } from './three-oclock.ts';

/*
 * The command line against the app that ships: one story of two accounts, in this order. What depends on the process (signing in,
 * a terminal, a shell) runs the bundle that ships; the rest runs in the test's own process, which is faster. `demo` rotates in seconds; `web` has an overlap in which there is time to act.
 */

let app: BuiltApp;
let installed: Awaited<ReturnType<typeof installKeyturn>>;
let folder: string;
const keyturn = (line: string, stdin?: string) => installed.keyturn(line, stdin);
/** The command line looks every two seconds of the machine's own time, with a token for an hour. */
const hurried = <T>(wait: () => Promise<T>) => app.hurried(wait, 10);
const web = {
  ...demoTarget,
  name: 'web',
  accountId: demoTarget.accountId.replace('ai-secure-demo', 'openai-secure-demo'),
  prefix: 'web',
  newKeyProof: { acceptances: 3, spread: '1s' },
  overlap: '5m',
};

beforeAll(async () => {
  app = await startBuiltApp(defaultDefinition, [web]);
  installed = await installKeyturn(app);
  folder = await mkdtemp(join(tmpdir(), 'keyturn-cli-'));
});
afterAll(async () => {
  await installed?.remove();
  await app?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const standing = z.object({ rotation: z.object({ state: z.string() }).nullable() });
const untilState = (name: string, fits: (state: string) => boolean) =>
  until(
    async () => standing.parse((await app.ask('GET', `targets/${name}`)).body),
    ({ rotation }) => rotation !== null && fits(rotation.state),
  );
const nights = nightsInTerminal();

/** Types what the page says for `happened`, about that target, one after another; and counts it as the page does. */
async function typedAsPageSays(
  happened: string,
  target: string,
  { stdin = '', between = () => {} }: { stdin?: string; between?: () => void } = {},
) {
  const night = nights.find((one) => one.happened === happened);
  if (night === undefined) throw new TypeError(`the page does not say what to do if ${happened}`);
  const before = app.lines.length;
  const ended: Awaited<ReturnType<typeof keyturn>>[] = [];
  for (const line of night.lines) {
    const [words = ''] = line.replaceAll(/\bweb\b/g, target).split(' < ');
    // Nobody can be asked here.
    const sure = words.startsWith('leak') ? `${words} --yes` : words;
    ended.push(await (/--watch|^repair/.test(sure) ? hurried(() => keyturn(sure, stdin)) : keyturn(sure, stdin)));
    if (ended.length < night.lines.length) between();
  }
  const asked = app.lines.slice(before).flatMap((line) => /Executing 'Functions\.([\w-]+)'/.exec(line)?.[1] ?? []);
  const ofApi = asked.filter((name) => endpoints.some((one) => one.name === name));
  // One for the token; who follows a rotation by hand repeats the last one.
  const requests = 1 + ofApi.filter((name, at) => name !== 'read-rotation' || ofApi.indexOf(name) === at).length;
  const said = ended.map(({ err }) => err).join('\n');
  expect({ happened, commands: night.lines.length, requests }, said).toEqual({
    happened,
    commands: night.commands,
    requests: night.requests,
  });
  typed.add(happened);
  return ended;
}
const typed = new Set<string>();

const keyOf = (account: string, slot: Slot) => currentKey(app, account, slot);

test('the bundle holds rows and shapes of the API, and nothing of the engine', () => {
  const held = Object.values(installed.metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  expect(held).toContain('src/api/rotations.ts');
  const engine = /^src\/(?:azure|triggers|settings|main|durable\/(?!numbers)|rotation\/run|app\/create-app)/;
  expect(held.filter((file) => engine.test(file))).toEqual([]);
  const bytes = Object.values(installed.metafile.outputs).reduce((sum, one) => sum + one.bytes, 0);
  expect(bytes).toBeLessThan(1_500_000);
});

describe('signing in', () => {
  test('as an app: doctor says who that is, and what it may', async () => {
    const { code, out } = await installed.spawned('doctor');
    expect(code).toBe(0);
    expect(out).toContain(`✔ reach     ${app.url} answers as Keyturn does`);
    expect(out).toMatch(/✔ signed in as .*by environment, in tenant/);
    expect(out).toContain('✔ roles     Keyturn.Read, Keyturn.Operate, Keyturn.Admin');
    expect(out).toContain('2 targets, circuit breaker closed');
  });

  test('without a role: doctor says what to do', async () => {
    const { code, out, err } = await installed.spawned('doctor', { as: 'keyturn-stranger' });
    expect({ code, isSignedIn: out.includes('✔ signed in') }).toEqual({ code: 1, isSignedIn: true });
    expect(err).toContain('The token grants no role. An administrator assigns Keyturn.Read');
  });

  test('with a wrong secret: nothing is known', async () => {
    const { code, err } = await installed.spawned('targets', { environment: { AZURE_CLIENT_SECRET: 'wrong' } });
    expect(code).toBe(4);
    expect(err).toContain('Signing in (environment) failed');
    expect(err).toContain('Check AZURE_TENANT_ID, AZURE_CLIENT_ID');
  });

  test('as the managed identity of the platform', async () => {
    const { out } = await installed.spawned('doctor --sign-in managed-identity', {
      environment: { AZURE_CLIENT_ID: '' },
    });
    expect(out).toContain('by managed-identity');
  });

  test('as a person, by the Azure CLI: she reads, and is refused what she may not do', async () => {
    const environment = await installed.azOf('alex@contoso.com');
    const [read, refused] = await Promise.all([
      installed.spawned('doctor', { environment }),
      installed.spawned("pause --reason 'not mine'", { environment }),
    ]);
    expect(read.out).toMatch(/✔ signed in as alex@contoso\.com .*by azure-cli/s);
    expect(read.out).toContain('✔ roles     Keyturn.Read\n');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Keyturn.Admin') });
  });

  test('without the client id: the page at the address names it, and a person decides', async () => {
    const { code, err } = await installed.spawned('targets', { environment: { KEYTURN_API_CLIENT_ID: '' } });
    expect(code).toBe(2);
    expect(err).toContain(`If you trust the address: export KEYTURN_API_CLIENT_ID=${defaultApiClientId}`);
  });

  test('at an address that does not answer: it is named, and what to look at', async () => {
    const { code, err } = await keyturn('targets --url http://127.0.0.1:9');
    expect(code).toBe(4);
    expect(err).toContain('http://127.0.0.1:9 does not answer');
    expect(err).toContain('Check the address (--url or KEYTURN_URL)');
  });
});

describe('adopting', () => {
  test('what a fix proposes is shown, and carried out only when it is wanted', async () => {
    const asked = await hurried(() => keyturn('fix demo'));
    expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('add --yes') });
    expect(asked.out).toContain('POST /api/targets/demo/adopt?dryRun=true');
    const done = await hurried(() => keyturn('fix demo --yes'));
    expect(done.err).toContain('ai-services-active-key');
    expect(standing.parse((await app.ask('GET', 'targets/demo')).body)).toEqual({ rotation: null });
    expect((await app.ask('GET', 'targets/demo')).body).toMatchObject({ state: 'awaiting-first-rotation' });
  });

  test('all others, after a look at what that does', async () => {
    const planned = await hurried(() => keyturn('adopt --all --dry-run --output tsv'));
    expect(planned).toMatchObject({ code: 0, out: 'demo\talready-adopted\t-\nweb\tadopted\t-\n' });
    const { code, out } = await hurried(() => keyturn('adopt --all'));
    expect(code).toBe(0);
    expect(out).toContain('1 adopted, 1 before, 0 blocked, 0 not begun');
  });
});

describe('looking', () => {
  test('targets: a table, lines for programs, and the answer itself', async () => {
    const [table, tsv, json] = await Promise.all([
      keyturn('targets --text OpenAI --sort due'),
      keyturn('targets --output tsv'),
      keyturn('targets --output json --limit 1'),
    ]);
    expect(table.out).toMatch(/^TARGET +STATE +NEEDS +DUE/);
    expect(table.out).toContain('1 of 1 targets');
    expect(tsv.out.split('\n').map((line) => line.split('\t')[0])).toEqual(['demo', 'web', '']);
    expect(JSON.parse(json.out)).toMatchObject({ total: 2, targets: [{ name: 'demo', layout: 'pointer' }] });
  });

  test('a check of their age fails a pipeline', async () => {
    const { code, out, err } = await keyturn('check --max-age 90d --output tsv');
    expect({ code, out, err }).toEqual({
      code: 3,
      out: 'demo\tnever rotated\t\nweb\tnever rotated\t\n',
      err: '2 targets checked, 2 at fault\n',
    });
    expect(await keyturn('check --max-age 90d --text nothing')).toMatchObject({ code: 2 });
  });

  test('one target, and one that is none', async () => {
    const [shown, none] = await Promise.all([keyturn('show demo'), keyturn('show dmeo')]);
    expect(shown.out).toContain('demo: awaiting-first-rotation');
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Here: keyturn targets. (404') });
  });

  test('network, access and keyless, as they are and as they would be', async () => {
    const [network, plan, keyless] = await Promise.all([
      keyturn('network demo'),
      keyturn('network plan demo --mode public'),
      keyturn('keyless plan demo --enabled true'),
    ]);
    expect(network.out).toContain('mode                 public');
    expect(plan).toMatchObject({ code: 0, out: 'Nothing differs: there is nothing to do.\n' });
    expect(keyless.code).toBe(1);
    expect(keyless.out).toContain('Blocked (');
  });
});

describe('rotating', () => {
  test('waits for a word on the inactive key, and names the option', async () => {
    const { code, err } = await keyturn('rotate demo');
    expect(code).toBe(1);
    expect(err).toContain('Say --inactive-key-unused once nobody uses the inactive key');
  });

  test('is planned, and nothing is started', async () => {
    const { code, out } = await keyturn('rotate demo --inactive-key-unused --dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/PHASE +ABOUT +DOES\npreparing /);
    expect((await keyturn('rotation demo')).err).toContain('demo has had no rotation');
  });

  test('is watched to its end, a line for each change', async () => {
    const { code, err } = await hurried(() => keyturn('rotate demo --inactive-key-unused --watch'));
    expect(code).toBe(0);
    expect(err).toContain('  regenerating: Make a new key in the inactive slot; nobody uses it yet.');
    expect(err).toMatch(/✔ Rotation \S+ of demo is completed\.\n$/);
  });

  test('is listed, shown, and downloaded with its audit trail', async () => {
    const file = join(folder, 'trail.json');
    const [list, last, audit] = await Promise.all([
      keyturn('rotations demo --output tsv'),
      keyturn('rotation demo'),
      keyturn(`audit demo --to ${file}`),
    ]);
    expect(list.out).toMatch(/^\S+\tcompleted\t\S+Z\t\S+Z\toperator\tkey2\n$/);
    expect(last.out).toContain(`of demo: completed`);
    expect(audit.err).toContain(file);
    const trail = JSON.parse(await readFile(file, 'utf8'));
    expect(trail).toMatchObject({ rotation: { state: 'completed' }, next: null });
    expect(trail.entries.length).toBeGreaterThan(5);
    expect(await keyturn(`audit demo --to ${file}`)).toMatchObject({ code: 1, err: expect.stringContaining('EEXIST') });
  });

  test('is held, released and rolled back, without naming its id', async () => {
    expect(await keyturn('rotate web --inactive-key-unused')).toMatchObject({ code: 0 });
    // Its first wait is as long as its overlap, in which there is time to act.
    await hurried(() => untilState('web', (state) => state !== 'preparing'));
    await untilState('web', (state) => state === 'overlapping');
    const [held] = await typedAsPageSays('the old key is needed for longer', 'web');
    expect(held).toMatchObject({ code: 0, out: expect.stringContaining('of web: overlapping') });
    await until(
      () => keyturn('rotation web'),
      ({ out }) => out.includes('(held)'),
    );
    expect(await keyturn('cancel web')).toMatchObject({ code: 1, err: expect.stringContaining('only in') });
    expect(await keyturn('release web')).toMatchObject({ code: 0 });
    await until(
      () => keyturn('rotation web'),
      ({ out }) => !out.includes('(held)'),
    );
    const [back] = await typedAsPageSays('consumers fail since the switch', 'web');
    expect(back).toMatchObject({ code: 0, err: expect.stringContaining('is rolled-back') });
  });

  test('is suspended by a lock, diagnosed, and goes on once that is gone', async () => {
    const [account] = app.world.accounts;
    const name = `/subscriptions/${account?.subscriptionId}/resourceGroups/${account?.resourceGroup}`;
    app.world.locks.push({ scope: name, name: 'freeze', level: 'ReadOnly' });
    const watched = await hurried(() => keyturn('rotate demo --watch'));
    expect(watched).toMatchObject({ code: 1, err: expect.stringContaining('What to do: keyturn diagnose demo') });
    const [diagnosed, resumed] = await typedAsPageSays('a rotation is suspended', 'demo', {
      between: () => app.world.locks.splice(0),
    });
    expect(diagnosed).toMatchObject({ code: 3, out: expect.stringContaining('✘ rotation') });
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining('is completed') });
  });

  test('is not needed to take in what somebody regenerated in the portal', async () => {
    regenerateInPortal(app, 'ai-secure-demo', 'key1');
    const [repaired] = await typedAsPageSays('somebody regenerated a key in the portal', 'demo');
    expect(repaired).toMatchObject({ code: 0, out: expect.stringContaining('updated') });
  });
});

describe('a leaked key', () => {
  test('is found by what is piped in, and shown nowhere', async () => {
    const key = keyOf('ai-secure-demo', 'key2');
    const [ours, none] = await Promise.all([
      keyturn('whose-key --stdin', `${key}\n`),
      keyturn('whose-key --stdin', 'a0b1c2d3e4f5061728394a5b6c7d8e9f'),
    ]);
    expect(ours).toMatchObject({ code: 3, out: expect.stringContaining('demo') });
    expect(`${ours.out}${ours.err}`).not.toContain(key);
    expect(none.code).toBe(0);
  });

  test('is replaced only after a look at what that breaks', async () => {
    const asked = await keyturn('leak demo --slot key1');
    expect(asked).toMatchObject({ code: 2, out: '', err: expect.stringContaining('key1 is ') });
    expect((await app.ask('GET', 'targets/demo')).body).toMatchObject({ leakedKeys: [] });
    const key = keyOf('ai-secure-demo', 'key1');
    const [found, replaced] = await typedAsPageSays('a key was found in a log', 'demo', { stdin: key });
    expect(found).toMatchObject({ code: 3, out: expect.stringContaining('demo') });
    expect(replaced).toMatchObject({ code: 0, err: expect.stringContaining('is completed') });
    expect(keyOf('ai-secure-demo', 'key1')).not.toBe(key);
  });
});

describe('the whole instance', () => {
  test('is paused and goes on', async () => {
    expect(await typedAsPageSays('nothing may change now', 'demo')).toMatchObject([{ code: 0 }]);
    expect((await keyturn('targets')).out).toContain('The whole instance is paused');
    expect((await keyturn('unpause')).out).toBe('The instance is not paused.\n');
  });

  test('is shown, and reset', async () => {
    const [fleet, reset] = await typedAsPageSays('the schedule stands still', 'demo');
    expect(fleet?.out).toMatch(/circuitBreaker +closed/);
    expect(reset?.code).toBe(0);
  });
});

test('every row of the page for the night was typed', () => {
  expect([...typed].toSorted()).toEqual(nights.map(({ happened }) => happened).toSorted());
});

describe('hardening', () => {
  test('is shown, asked, and applied', async () => {
    app.grant('func-keyturn', 'Cognitive Services Contributor', demoTarget.accountId);
    const line = 'network apply demo --mode selected-networks --ip-rules 203.0.113.0/24';
    const asked = await keyturn(line);
    expect(asked).toMatchObject({ code: 2, out: '', err: expect.stringContaining('• ') });
    const done = await keyturn(`${line} --yes`);
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/state +running/) });
    const [, id = ''] = /^id +(\S+)$/m.exec(done.out) ?? [];
    expect((await keyturn(`network change demo ${id}`)).out).toContain('kind   set-network-rules');
  });
});

describe('completion', () => {
  const completed = (script: string, words: readonly string[]) =>
    spawnSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _keyturn; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      { encoding: 'utf8' },
    ).stdout.trim();

  test('bash completes commands, options and what they take', async () => {
    const { out: script } = await installed.spawned('completion bash');
    expect(completed(script, ['keyturn', 'rota']).split('\n')).toEqual(['rotate', 'rotations', 'rotation']);
    expect(completed(script, ['keyturn', 'network', 'p'])).toBe('plan');
    expect(completed(script, ['keyturn', 'leak', 'demo', '--sl'])).toBe('--slot');
    expect(completed(script, ['keyturn', 'leak', 'demo', '--slot', ''])).toBe('key1\nkey2');
    expect(completed(script, ['keyturn', 'targets', '--output', 'j'])).toBe('json');
  });

  test.skipIf(spawnSync('zsh', ['--version']).status !== 0)('zsh completes them too', async () => {
    const { out: script } = await installed.spawned('completion zsh');
    const typed = (words: string, current: number) =>
      spawnSync(
        'zsh',
        [
          '-fc',
          `compdef() { : }; compadd() { print -l -- "\${@[2,-1]}" }; ${script}\nwords=(${words}); CURRENT=${current}; _keyturn`,
        ],
        { encoding: 'utf8' },
      ).stdout.split('\n');
    expect(typed("keyturn ''", 2)).toContain('rotations');
    expect(typed("keyturn leak demo --slot ''", 5)).toEqual(['key1', 'key2', '']);
  });
});

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal of 60 columns', () => {
  test('a person is asked; the picture is redrawn in colours, and fits', async () => {
    const shown = await hurried(() => installed.onTerminal('leak demo --slot key1 --reason drill --watch', 'y\n'));
    expect(shown).toContain('Replace key1 of demo now? [y/N]');
    expect(shown).toContain('\u001b[1m');
    const lines = stripVTControlCharacters(shown).replaceAll('\r', '').split('\n');
    expect(lines.some((line) => line.includes('✔ probing'))).toBe(true);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });

  test('a person who says no changes nothing, and NO_COLOR takes the colours away', async () => {
    const shown = await installed.onTerminal('leak demo --slot key1', 'n\n', { NO_COLOR: '1' });
    expect(shown).toContain('Not confirmed: nothing was changed.');
    expect(stripVTControlCharacters(shown)).toContain('key1 is ');
    expect(shown).not.toContain('\u001b[1m');
    expect(shown).not.toContain('\u001b[2m');
  });
});
