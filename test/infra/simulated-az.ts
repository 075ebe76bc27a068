import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import jmespath from 'jmespath';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import { cloudOf } from '../../local/simulated-azure/simulated-clouds.ts';

/** What `az rest` sent. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** Asks the server below, and ends as it says: a process that starts fast. */
const program = (port: number) => `#!${process.execPath}
const request = require('node:http').request({ port: ${port}, method: 'POST' }, (answer) => {
  let text = '';
  answer.on('data', (chunk) => { text += chunk; });
  answer.on('end', () => {
    const { code, out, err } = JSON.parse(text);
    process.stdout.write(out);
    process.stderr.write(err);
    process.exitCode = code;
  });
});
request.end(JSON.stringify(process.argv.slice(2)));
`;

/** `az` in a folder, as far as register.sh and register.ps1 call it: a person of the simulated Azure is signed in. */
export async function installAz(folder: string, signedIn: string) {
  const sent: Sent[] = [];
  let azure: SimulatedAzure | undefined;
  const server = createServer(async (request, response) => {
    const args: readonly string[] = JSON.parse(await text(request));
    const answer =
      azure === undefined ? { code: 1, out: '', err: 'az login\n' } : await az(azure, signedIn, args, sent);
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  writeFileSync(join(folder, 'az'), program(address.port));
  chmodSync(join(folder, 'az'), 0o755);
  return {
    sent,
    signInTo: (other: SimulatedAzure) => {
      azure = other;
    },
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
}

async function az(azure: SimulatedAzure, signedIn: string, args: readonly string[], sent: Sent[]) {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      method: { type: 'string', default: 'get' },
      url: { type: 'string', default: '' },
      'url-parameters': { type: 'string', multiple: true, default: [] },
      body: { type: 'string' },
      query: { type: 'string' },
      output: { type: 'string', default: 'json' },
    },
  });
  const origin = `https://${cloudOf(azure.world).metadata.msgraph_host}/`;
  const answered = (value: unknown) => ({ code: 0, out: printed(value, values.query, values.output), err: '' });
  switch (positionals.join(' ')) {
    case 'cloud show':
      return answered({ endpoints: { microsoftGraphResourceId: origin } });
    case 'account show':
      return answered({ tenantId: azure.world.tenantId, user: { name: signedIn, type: 'user' } });
    case 'rest':
      break;
    default:
      return { code: 2, out: '', err: `ERROR: '${positionals.join(' ')}' is not in this az.\n` };
  }
  const url = new URL(values.url);
  for (const parameter of values['url-parameters']) {
    const [name = '', ...value] = parameter.split('=');
    url.searchParams.set(name, value.join('='));
  }
  const method = values.method.toUpperCase();
  const body = values.body?.startsWith('@') ? readFileSync(values.body.slice(1), 'utf8') : values.body;
  sent.push({ method, url: decodeURIComponent(url.href), body: body === undefined ? null : JSON.parse(body) });
  const token = await tokenFor(azure, signedIn, `${origin}/.default`);
  const answer = await azure.handle(
    new Request(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    }),
    { callerAddress: '203.0.113.10', connectionId: 'az' },
  );
  const said = await answer.text();
  if (!answer.ok) return { code: 1, out: '', err: `ERROR: ${answer.statusText}(${said})\n` };
  return said === '' ? answered(null) : answered(JSON.parse(said));
}

/** As `az login` with a name and a password gets it; the CLI asks for Graph with two slashes. */
export async function tokenFor(azure: SimulatedAzure, name: string, scope: string): Promise<string> {
  const person = azure.world.principals.find((one) => one.name === name);
  const [login] = cloudOf(azure.world).loginHosts;
  const form = {
    grant_type: 'password',
    client_id: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    username: name,
    password: person?.secret ?? '',
    scope,
  };
  const url = `https://${login}/${azure.world.tenantId}/oauth2/v2.0/token`;
  const request = new Request(url, { method: 'POST', body: new URLSearchParams(form) });
  const answer = await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'login' });
  return String(Object(await answer.json()).access_token);
}

/** As the CLI prints: nothing for null, and as text with tabs a line for each element of a list. */
function printed(value: unknown, query: string | undefined, output: string): string {
  const found: unknown = query === undefined ? value : jmespath.search(value, query);
  if (found === null || output === 'none') return '';
  if (output === 'json') return `${JSON.stringify(found, null, 2)}\n`;
  return [found]
    .flat(1)
    .map((row) => `${[row].flat(1).map(cell).join('\t')}\n`)
    .join('');
}

function cell(value: unknown): string {
  if (typeof value === 'object') throw new TypeError(`a list or object as text: ${JSON.stringify(value)}`);
  return String(value);
}
