/** A mistake gets one clear error, and nothing is sent; whose rights are used, and which keys are too old, are decisions. */
import { describe, expect, it } from 'vitest';
import { signInWay } from '../../../cli/api/sign-in.ts';
import { faultOf } from '../../../cli/commands/check.ts';
import own from '../../../cli/package.json' with { type: 'json' };
import { runProgram } from '../../../cli/program.ts';
import root from '../../../package.json' with { type: 'json' };

const there = { KEYTURN_URL: 'https://func-keyturn-contoso.azurewebsites.net', KEYTURN_API_CLIENT_ID: 'id' };

/** How a command ends without any network. */
async function typed(line: string, environment: Readonly<Record<string, string>> = there) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runProgram(line.split(' '), environment, {
    print: (text) => out.push(text),
    note: (text) => err.push(text),
    width: 80,
    isLive: false,
    canAsk: false,
    confirm: async () => false,
    read: async () => 'not a key',
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('a mistake on the command line', () => {
  it.each([
    ['targets --limit 0', '--limit: found "0"; accepted: a whole number from 1 to 10000'],
    ['targets --state idel', '--state: found "idel"; accepted: at most 20 states with commas between'],
    ['targets --state idle --state idel', '--state: found "idle,idel"; accepted: at most 20 states'],
    ['targets --sort due --sort name', '--sort: found "due,name"; accepted: one of name, due'],
    ['hold web r1', '--reason: found nothing; accepted: 1 to 200 characters'],
    ['leak web --slot key3', '--slot: found "key3"; accepted: key1 or key2'],
    ['expedite web r1 --reason x --overlap-seconds soon', '--overlap-seconds: found "soon"; accepted: whole seconds'],
    ['keyless plan web --enabled maybe', '--enabled: found "maybe"; accepted: true or false'],
    ['network plan web --mode open', '--mode: found "open"; accepted: private, selected-networks or public'],
    ['access plan web --identities {', '--identities: found no JSON'],
    ['access plan web --body /nowhere/at/all', '--body: ENOENT'],
    ['adopt', 'Say which: keyturn adopt <target>, or --all.'],
    ['adopt web --all', '--all takes neither a target'],
    ['check --max-age old', '--max-age "old": accepted is a time such as 90d'],
    ['watch web r1 --timeout 5', '--timeout "5": accepted is a time'],
    ['completion fish', 'Allowed choices are bash, zsh'],
    ['targets --nothing', "unknown option '--nothing'"],
    ['tragets', "unknown command 'tragets'"],
    ['show', "missing required argument 'target'"],
    ['targets --output xml', 'Allowed choices are table, json, tsv'],
  ])('keyturn %s', async (line, says) => {
    const { code, out, err } = await typed(line);
    expect(err).toContain(says);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('what is read as a key is not shown, whatever it is', async () => {
    const { code, err } = await typed('whose-key --stdin');
    expect(code).toBe(2);
    expect(err).toContain('--key: found something else (not shown); accepted: the key itself');
    expect(err).not.toContain('not a key');
  });

  it('a key as an argument is refused, and not repeated', async () => {
    const { code, err } = await typed('whose-key a0b1c2d3e4f5061728394a5b6c7d8e9f');
    expect(code).toBe(2);
    expect(err).not.toContain('a0b1c2d3');
  });
});

describe('what must be known before anything is asked', () => {
  it.each([
    ['no address', { KEYTURN_API_CLIENT_ID: 'id' }, 'Say where Keyturn is: KEYTURN_URL or --url'],
    ['no client id', { KEYTURN_URL: 'http://127.0.0.1:9' }, 'whose tokens Keyturn takes: KEYTURN_API_CLIENT_ID or'],
    ['an address in the clear', { ...there, KEYTURN_URL: 'http://func.example' }, 'accepted is https://'],
    ['no address at all', { ...there, KEYTURN_URL: 'func-keyturn' }, 'accepted is https://'],
    [
      'an unknown way to sign in',
      { ...there, KEYTURN_SIGN_IN: 'magic' },
      'accepted is azure-cli, managed-identity, environment',
    ],
  ])('%s', async (_, environment, says) => {
    const { code, err } = await typed('targets', environment);
    expect(err).toContain(says);
    expect(code).toBe(2);
  });
});

describe('who signs in', () => {
  const app = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };
  it.each([
    ['nobody is named: the Azure CLI', undefined, {}, 'azure-cli'],
    ['an app with a secret', undefined, { ...app, AZURE_CLIENT_SECRET: 's' }, 'environment'],
    ['an app with a certificate', undefined, { ...app, AZURE_CLIENT_CERTIFICATE_PATH: 'p' }, 'environment'],
    ['an app with a federated token', undefined, { ...app, AZURE_FEDERATED_TOKEN_FILE: 'f' }, 'environment'],
    ['an app without a proof', undefined, app, 'azure-cli'],
    ['a platform with a managed identity', undefined, { IDENTITY_ENDPOINT: 'e' }, 'managed-identity'],
    ['a user-assigned one there', undefined, { IDENTITY_ENDPOINT: 'e', ...app }, 'managed-identity'],
    ['as asked, whatever is there', 'azure-cli', { IDENTITY_ENDPOINT: 'e', ...app }, 'azure-cli'],
  ])('%s', (_, asked, environment, way) => {
    expect(signInWay(asked, environment)).toBe(way);
  });
});

describe('keys that a check finds at fault', () => {
  const nowMs = Date.parse('2026-12-01T00:00:00Z');
  const target = { name: 'web', state: 'idle', overdue: false, leaked: false, lastCompletedAt: '2026-11-01T00:00:00Z' };
  it.each([
    ['in order', {}, null],
    ['rotated too long ago', { lastCompletedAt: '2026-08-01T00:00:00Z' }, 'too old'],
    ['rotated just in time', { lastCompletedAt: '2026-09-02T00:00:00Z' }, null],
    ['never rotated', { lastCompletedAt: null, state: 'not-adopted' }, 'never rotated'],
    ['overdue', { overdue: true }, 'overdue'],
    ['leaked, whatever else', { leaked: true, overdue: true }, 'leaked'],
    ['not to be read', { state: 'unreachable' }, 'unknown'],
    ['none left: keyless', { state: 'keyless', lastCompletedAt: null }, null],
    ['nobody asks: offboarded', { state: 'offboarded', lastCompletedAt: null }, null],
  ])('%s', (_, changes, fault) => {
    expect(faultOf({ ...target, ...changes }, 90 * 86_400_000, nowMs)).toBe(fault);
  });

  it('are of any age without --max-age', () => {
    expect(faultOf({ ...target, lastCompletedAt: null }, null, nowMs)).toBeNull();
  });
});

it('has the version of the app', () => {
  expect(own.version).toBe(root.version);
});
