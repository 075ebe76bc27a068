import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { runProgram } from '../../cli/program.ts';
import { defaultApiClientId } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { buildCli } from '../../tools/build-cli.ts';
import { bareEnvironment } from '../vitest/bare-environment.ts';
import type { BuiltApp } from './start-built-app.ts';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Spawned {
  /** The app of the simulated tenant that signs in by its secret. Default the operator, who may everything. */
  readonly as?: 'keyturn-operator' | 'keyturn-stranger';
  readonly environment?: Readonly<Record<string, string>>;
  /** What is piped in; default nothing. */
  readonly stdin?: string;
}

/** The command line, built as it ships, and pointed at a built app. */
export async function installKeyturn(app: Pick<BuiltApp, 'url' | 'environment' | 'world' | 'azure'>) {
  await mkdir('node_modules/.cache', { recursive: true });
  const folder = await mkdtemp(resolve('node_modules/.cache/cli-'));
  const metafile = await buildCli(join(folder, 'dist'));
  const program = join(folder, 'dist', 'keyturn.js');
  const there = { KEYTURN_URL: app.url, KEYTURN_API_CLIENT_ID: defaultApiClientId };
  const own = bareEnvironment();
  const usual = { ...own, ...app.environment, ...there };

  /** Puts an Azure CLI first in the path, to which that one is signed in. */
  async function azOf(name: string): Promise<Record<string, string>> {
    const principal = app.world.principals.find((one) => one.name === name);
    if (principal === undefined) throw new TypeError(`there is no ${name}`);
    const { token } = await issueToken(app.azure, { principal, audience: defaultApiClientId });
    const answer = { accessToken: token, expires_on: Math.floor(Date.now() / 1000) + 3_600, tokenType: 'Bearer' };
    const place = await mkdtemp(join(folder, 'az-'));
    // Another scope is another audience, of whose tokens it has none.
    const script = `#!/bin/sh\ncase "$*" in\n*api://${defaultApiClientId}*) cat <<'END'\n${JSON.stringify(answer)}\nEND\n;;\n*) exit 1 ;;\nesac\n`;
    await writeFile(join(place, 'az'), script);
    await chmod(join(place, 'az'), 0o755);
    return { PATH: `${place}${delimiter}${own.PATH}`, KEYTURN_SIGN_IN: 'azure-cli' };
  }

  return {
    metafile,
    azOf,
    /**
     * Runs it in this process, signed in to the Azure CLI as the operator, where nobody can be asked.
     * @param line as it is typed behind `keyturn`; quotes hold words together
     */
    async keyturn(line: string, stdin = ''): Promise<Ended> {
      const [out, err]: [string[], string[]] = [[], []];
      // A token of now: time may have been in a hurry.
      const operator = await azOf('keyturn-operator');
      process.env.PATH = operator.PATH;
      const code = await runProgram(
        wordsOf(line),
        { ...there, ...operator },
        {
          print: (text) => out.push(`${text}\n`),
          note: (text) => err.push(`${text}\n`),
          width: 10_000,
          isLive: false,
          canAsk: false,
          confirm: async () => false,
          read: async () => stdin,
        },
      );
      return { code, out: stripVTControlCharacters(out.join('')), err: stripVTControlCharacters(err.join('')) };
    },
    /** Runs what ships, as a process of its own. */
    async spawned(
      line: string,
      { as = 'keyturn-operator', environment = {}, stdin = '' }: Spawned = {},
    ): Promise<Ended> {
      const child = spawn(process.execPath, [program, ...wordsOf(line)], {
        env: { ...usual, ...secretOf(app.world, as), ...environment },
      });
      child.stdin.end(stdin);
      const ended = new Promise<number | null>((done) => child.once('close', done));
      const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { code, out, err };
    },
    /** All that a terminal of 60 columns gets, in which a person types `answer` once something is asked. */
    async onTerminal(
      line: string,
      answer: string,
      environment: Readonly<Record<string, string>> = {},
    ): Promise<string> {
      const command = `stty columns 60 rows 24; exec ${process.execPath} ${program} ${line}`;
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        env: { ...usual, ...secretOf(app.world, 'keyturn-operator'), TERM: 'xterm-256color', ...environment },
      });
      let shown = '';
      let isAnswered = false;
      child.stdout.on('data', (bytes: Buffer) => {
        shown += bytes.toString('utf8');
        if (isAnswered || !shown.includes('[y/N]')) return;
        isAnswered = true;
        child.stdin.write(answer);
      });
      await new Promise((done) => child.once('close', done));
      return shown;
    },
    async remove() {
      process.env.PATH = own.PATH;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

/** What makes a client sign in as that app. */
export function secretOf({ principals, tenantId }: BuiltApp['world'], name: string): Record<string, string> {
  const app = principals.find((one) => one.name === name);
  return {
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: app?.clientId ?? '',
    AZURE_CLIENT_SECRET: app?.secret ?? '',
  };
}
