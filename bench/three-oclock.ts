/**
 * How long each situation of "At three in the morning" takes (docs/dashboard.md, docs/command-line.md): in the dashboard, with the
 * command line, and with curl. By the wall clock, from the first step, signing in included, until the API has carried out the last
 * one, as fast as a machine presses and types. The built app runs once, over the simulated Azure, which answers at once: what
 * a person reads and types, and what Azure takes, come on top. In the browser somebody is picked at Entra's page, without a
 * password; the command line and curl sign in as an app, by its secret.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import * as z from 'zod';
import { startedThings } from '../local/demo/started-things.ts';
import { defaultApiClientId, defaultDefinition } from '../local/simulated-azure/default-world.ts';
import { installKeyturn, secretOf } from '../test/built-app/run-keyturn.ts';
import { type BuiltApp, startBuiltApp } from '../test/built-app/start-built-app.ts';
import { type Night, nightsInTerminal } from '../test/built-app/three-oclock.ts';
import { clicksFor, clicksOf, emptyWindow } from '../test/dashboard/browser/acting.ts';
import { chromium, noChromium } from '../test/dashboard/browser/chromium.ts';
import { type Dashboard, openBrowser, people } from '../test/dashboard/browser/in-browser.ts';
import { bareEnvironment } from '../test/vitest/bare-environment.ts';
import { readOptions } from '../tools/read-options.ts';
import { type Ask, type Situation, situationsOf, targets } from './three-oclock-situations.ts';

const values = readOptions({
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(`npm run bench:three-oclock -- [--runs 3] [--only PART] [--json]

Measures the situations of "At three in the morning": in the dashboard, with the command line, and with curl. The median of the
runs, in seconds, from the first step, signing in included, until the API has carried out the last one. Beside it what is pressed
or sent, and the characters that are typed: reasons and names in the dashboard, commands, and addresses and bodies with curl.
--only: situations whose name has PART in it.`);
  process.exit();
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('--runs must be a whole number from 1. See --help.');
  process.exit(2);
}

/** What one way through a situation took: steps are clicks, commands or requests, as the pages count them. */
interface Took {
  readonly steps: number;
  readonly characters: number;
  readonly seconds: number;
}
type Measured = Record<'dashboard' | 'commandLine' | 'curl', Took | null> & { readonly happened: string };

/** So long any one part may last, on a busy machine too. */
const mostMs = 180_000;
/** How exactly a time is known. */
const lookEveryMs = 5;

const things = startedThings();
try {
  const measured = await measure();
  if (values.json) console.log(JSON.stringify({ runs, situations: measured }, null, 2));
  else console.log(tableOf(measured));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await things.stopAll();
}
process.exit();

async function measure(): Promise<readonly Measured[]> {
  if (chromium === null) console.error(noChromium);
  const app = await things.start(startBuiltApp(defaultDefinition, targets), (made) => made.stop());
  const installed = await things.start(installKeyturn(app), (made) => made.remove());
  const browser = chromium === null ? null : await things.start(openBrowser(app), (made) => made.stop());
  const adopted = await app.ask('POST', 'targets/web/adopt');
  if (adopted.status !== 200) throw new TypeError(`web is not adopted: ${JSON.stringify(adopted.body)}`);
  const situations = situationsOf(app);
  const measured: Measured[] = [];
  const nights = nightsInTerminal();
  for (const situation of situations) {
    const { happened } = situation;
    if (!happened.includes(values.only)) continue;
    const night = nights.find((one) => one.happened === happened);
    if (night === undefined) throw new TypeError(`docs/command-line.md does not say what to do if ${happened}`);
    const median = async (way: string, work: () => Promise<Took>) => {
      const all: Took[] = [];
      for (let run = 0; run < runs; run += 1) {
        const failed = (error: unknown) => {
          throw new Error(`${happened}, ${way}: ${error instanceof Error ? error.message : error}`);
        };
        await within(situation.begin()).catch(failed);
        all.push(await within(work()).catch(failed));
        await within(situation.end()).catch(failed);
      }
      return all.toSorted((one, other) => one.seconds - other.seconds)[Math.floor(runs / 2)] ?? null;
    };
    console.error(`${happened} …`);
    measured.push({
      happened,
      dashboard: browser && (await median('in the dashboard', () => inDashboard(app, browser, situation))),
      commandLine: await median('with the command line', () => inTerminal(app, installed, situation, night)),
      curl: await median('with curl', () => withCurl(app, situation, night)),
    });
  }
  const [fault] = browser?.faults ?? [];
  if (fault !== undefined) throw new Error(`In the dashboard: ${fault}`);
  const order = nights.map(({ happened }) => happened);
  return measured.toSorted((one, other) => order.indexOf(one.happened) - order.indexOf(other.happened));
}

async function inDashboard(app: BuiltApp, browser: Dashboard, situation: Situation): Promise<Took> {
  const { happened, change, dashboard } = situation;
  const page = await emptyWindow(browser);
  const log = operationsOf(app);
  try {
    const beganMs = performance.now();
    await page.goto(dashboard.path);
    await page.getByRole('button', { name: people[dashboard.person] }).click();
    await dashboard.steps(page);
    const seconds = (log.lastOf(change) - beganMs) / 1000;
    const steps = await clicksOf(page);
    const expected = await clicksFor(happened);
    if (steps !== expected) throw new Error(`it took ${steps} clicks, and docs/dashboard.md says ${expected}`);
    return { steps, characters: dashboard.typed.length, seconds };
  } finally {
    log.close();
    await page.context().close();
  }
}

async function inTerminal(
  app: BuiltApp,
  installed: Awaited<ReturnType<typeof installKeyturn>>,
  { change, mend = () => {}, stdin = () => '' }: Situation,
  night: Night,
): Promise<Took> {
  const piped = stdin();
  const log = operationsOf(app);
  try {
    const beganMs = performance.now();
    for (const [index, line] of night.lines.entries()) {
      if (index > 0) mend();
      const [words = ''] = line.split(' < ');
      // Nobody can be asked here.
      const ended = installed.spawned(words.startsWith('leak') ? `${words} --yes` : words, { stdin: piped });
      // Once it only watches, the rotation may hurry.
      if (line.includes('--watch')) await Promise.race([log.sees('read-rotation'), ended]);
      const { code, out, err } = await (line.includes('--watch') ? app.hurried(() => ended, 10) : ended);
      // With 3, `diagnose` and `whose-key` say that they found something.
      if (code !== 0 && code !== 3) throw new Error(`keyturn ${words} ended with ${code}: ${err || out}`);
    }
    const seconds = (log.lastOf(change) - beganMs) / 1000;
    const characters = night.lines.reduce((sum, line) => sum + `keyturn ${line}`.length, 0);
    return { steps: night.commands, characters, seconds };
  } finally {
    log.close();
  }
}

async function withCurl(app: BuiltApp, situation: Situation, night: Night): Promise<Took> {
  const key = situation.stdin?.() ?? '';
  let [requests, characters] = [0, 0];
  const send = async (method: string, url: string, body: string, headers: readonly string[]) => {
    requests += 1;
    // A key is pasted.
    characters += url.length + body.replace(key, '').length;
    const given = headers.flatMap((header) => ['--header', header]);
    // Empty too, since a POST needs a length.
    const sent = method === 'GET' ? [] : ['--data-binary', '@-'];
    const child = spawn(
      'curl',
      ['--silent', '--show-error', '--fail-with-body', '--request', method, ...given, ...sent, url],
      { env: { ...bareEnvironment(), ...app.environment, CURL_CA_BUNDLE: app.environment.SSL_CERT_FILE } },
    );
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', reject);
    });
    child.stdin.end(body);
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(`curl ${method} ${url} ended with ${code}: ${err}${out}`);
    return JSON.parse(out) as unknown;
  };
  const log = operationsOf(app);
  try {
    const beganMs = performance.now();
    const { AZURE_TENANT_ID, AZURE_CLIENT_ID = '', AZURE_CLIENT_SECRET = '' } = secretOf(app.world, 'keyturn-operator');
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id: AZURE_CLIENT_ID, client_secret: AZURE_CLIENT_SECRET },
      scope: `api://${defaultApiClientId}/.default`,
    });
    const address = `https://login.microsoftonline.com/${AZURE_TENANT_ID}/oauth2/v2.0/token`;
    const signedIn = z.object({ access_token: z.string() }).parse(await send('POST', address, `${form}`, []));
    const authorization = `authorization: Bearer ${signedIn.access_token}`;
    const ask: Ask = (method, path, body) => {
      const json = body === undefined ? '' : JSON.stringify(body);
      const headers = [authorization, ...(method === 'GET' ? [] : ['content-type: application/json'])];
      return send(method, `${app.url}/api/${path}`, json, headers);
    };
    let followed: string | null = null;
    await situation.curl(ask, (path) => {
      followed = path;
    });
    const seconds = (log.lastOf(situation.change) - beganMs) / 1000;
    if (followed !== null) await ask('GET', followed);
    if (requests !== night.requests)
      throw new Error(`it took ${requests} requests, and docs/command-line.md says ${night.requests}`);
    return { steps: requests, characters, seconds };
  } finally {
    log.close();
  }
}

/** When the API has carried out which operation, by what the host logs from now on. */
function operationsOf({ lines }: BuiltApp) {
  const atMs = new Map<string, number>();
  let next = lines.length;
  const look = () => {
    for (const line of lines.slice(next)) {
      const [, name] = /Executed 'Functions\.([\w-]+)'/.exec(line) ?? [];
      if (name !== undefined) atMs.set(name, performance.now());
    }
    next = lines.length;
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    /** When the operation ended last. @throws Error if it was not asked for */
    lastOf(operation: string): number {
      look();
      const lastMs = atMs.get(operation);
      if (lastMs === undefined) throw new Error(`${operation} was not asked for`);
      return lastMs;
    },
    /** Waits until the operation has ended. */
    async sees(operation: string): Promise<void> {
      while (!atMs.has(operation)) await after(lookEveryMs);
    },
    close: () => clearInterval(timer),
  };
}

/** @throws Error if `work` does not end in time */
async function within<T>(work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = after(mostMs, null, { signal: ended.signal }).then(() => {
    throw new Error(`nothing after ${mostMs / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    ended.abort();
  }
}

function tableOf(measured: readonly Measured[]): string {
  const ways = [
    ['dashboard', 'clicks'],
    ['commandLine', 'commands'],
    ['curl', 'requests'],
  ] as const;
  const shown = ways.filter(([way]) => measured.some((one) => one[way] !== null));
  const rows = [
    ['', ...shown.flatMap(([way, steps]) => [way === 'commandLine' ? 'command line: s' : `${way}: s`, steps, 'typed'])],
    ...measured.map((one) => [
      one.happened,
      ...shown.flatMap(([way]) => {
        const took = one[way];
        return took === null ? ['', '', ''] : [took.seconds.toFixed(1), `${took.steps}`, `${took.characters}`];
      }),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  const note = `Median of ${runs}, in seconds, from the first step until the API has carried out the last one; typed: characters.`;
  return [...lines.map((row) => row.join('  ')), note].join('\n');
}
