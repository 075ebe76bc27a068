import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAzure, startLocalAzure } from '../../../local/local-azure.ts';
import { defaultDefinition, defaultSubscriptionId, worldFrom } from '../../../local/simulated-azure/default-world.ts';
import { issuedSecrets } from '../../../local/simulated-azure/issued-secrets.ts';
import { services } from '../../../local/simulated-azure/services.ts';
import { type SharedTime, sharedTime } from '../../attacks/crashes/shared-time.ts';
import { loadRecordings } from '../../simulated-azure/recordings/load-recordings.ts';
import { type ReplayedExchange, replayFile } from '../../simulated-azure/recordings/replay-file.ts';
import { verdicts } from '../../simulated-azure/recordings/verdicts.ts';
import { bareEnvironment } from '../../vitest/bare-environment.ts';
import { tried } from '../../vitest/whole-search.ts';
import { portChecks } from './port-checks.ts';

const script = 'test/contracts/azure-check/azure-check.ts';
const asked = ['--subscription', defaultSubscriptionId, '--location', 'eastus'];

let folder: string;
let time: SharedTime;
let local: LocalAzure;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-azure-check-'));
  time = sharedTime(folder);
  // The script's sleeps move the shared time: who sleeps here is woken by the one who asks for it next.
  const clock = {
    sleep: time.sleep,
    nowMs() {
      time.wake();
      return time.nowMs();
    },
  };
  const world = worldFrom(defaultDefinition, clock);
  // Long operations take as long as where a recording is replayed.
  Object.assign(world.pace, { oldKeyAcceptedMs: 60_000, armOperationMs: 5_000 });
  local = await startLocalAzure({
    world,
    clock,
    folder,
    storage: 'in-memory',
    storagePorts: { blob: 0, queue: 0, table: 0 },
    storageNodeArguments: time.nodeArguments,
  });
});
afterAll(async () => {
  await local.stop();
  time.close();
  await rm(folder, { recursive: true });
});

/** Everything of this run that still stands in the world. */
function left() {
  const { resourceGroups, accounts, vaults, deletedAccounts, deletedVaults = [], roleAssignments } = local.azure.world;
  const names = [...resourceGroups, ...accounts, ...vaults, ...deletedAccounts, ...deletedVaults].map(
    ({ name }) => name,
  );
  const scopes = roleAssignments.map(({ scope }) => scope);
  return [...names, ...scopes].filter((name) => /check/.test(name));
}

/** Runs the script to its end. @param at is called with every line that it prints */
async function check(args: readonly string[], at: (line: string, stop: () => void) => void = () => {}) {
  const operator = local.azure.world.principals.find(({ name }) => name === 'keyturn-operator');
  const child = spawn(process.execPath, [...time.nodeArguments, script, ...args], {
    env: {
      ...bareEnvironment(),
      ...local.environment,
      AZURE_CLIENT_ID: operator?.clientId ?? '',
      AZURE_CLIENT_SECRET: operator?.secret ?? '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      at(line, () => child.kill('SIGINT'));
    }
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, lines, errors, text: lines.join('\n') };
}

describe('npm run azure-check', () => {
  it('creates, checks, adopts, plans, rotates and removes, costs no more than it says, and writes a recording that replays and shows nothing of the reader’s', async () => {
    const to = join(folder, 'recorded');
    const secrets = new Set<string>();
    const from = local.azure.calls.length;
    const { code, text, errors, lines } = await check([...asked, '--yes', '--record', to], () => {
      // Keys of a purged account are known no more.
      for (const secret of issuedSecrets(local.azure)) secrets.add(secret);
    });
    expect({ code, errors, failed: lines.filter((line) => /^(FAILED|stopped)/.test(line)) }).toEqual({
      code: 0,
      errors: '',
      failed: [],
    });
    expect(lines.filter((line) => line.startsWith('ok ')).length).toBe(portChecks.length + 3);
    for (const { claim } of portChecks) expect(text).toContain(`ok       ${claim}`);
    expect(text).toMatch(/keyturn: both keys are rotated \(in \d+ min\)/);
    expect(text).toMatch(/At list prices all of it costs at most \$0\.\d\d/);
    expect(left()).toEqual([]);
    const called = local.azure.calls.slice(from);
    expect(called.filter(({ operation }) => /KeyVault\/vaults\/secrets/.test(operation)).length).toBeLessThan(500);
    expect(called.filter(({ caller }) => caller === 'key').length).toBeLessThan(500);

    expect(text).toContain(`written  ${to}: read it before you give it away`);
    const at = join(to, 'recordings', 'azure-check');
    const written = (await Promise.all((await readdir(at)).map((name) => readFile(join(at, name), 'utf8')))).join('');
    const suffix = /keyturn-check-([a-z0-9]{10})/.exec(text)?.[1] ?? 'none';
    const { world } = local.azure;
    const operator = world.principals.find(({ name }) => name === 'keyturn-operator');
    const own = [
      defaultSubscriptionId,
      world.tenantId,
      suffix,
      operator?.objectId,
      operator?.clientId,
      operator?.secret,
      operator?.name,
    ];

    const leaks = [...own, ...secrets].filter((one) => one != null && written.includes(one));
    expect(leaks).toEqual([]);
    expect(written).not.toMatch(/bearer ey|"ocp-apim|"api-key|203\.0\.113\.10\b/i);

    const files = loadRecordings(to);
    expect(files.map(({ name, unreadable }) => ({ name, unreadable }))).toEqual(
      ['control-plane', 'endpoint', 'vault'].map((name) => ({ name: `azure-check/${name}`, unreadable: undefined })),
    );
    const replayed: ReplayedExchange[] = [];
    for (const one of files) replayed.push(...(await replayFile(one, services)));
    expect(replayed.length).toBeGreaterThan(100);
    expect(replayed.filter(({ covered }) => !covered).map(({ request }) => request)).toEqual([]);
    expect(verdicts(replayed, []).mismatches.join('\n\n')).toBe('');
  });

  it('goes on after a check that fails, removes everything, and ends with 1', async () => {
    const fault = { kind: 'fail-before', status: 400, code: 'BadParameter' } as const;
    local.azure.faults.add({ method: 'PUT', matches: /vault\.azure\.net\/secrets\/azure-check-/, fault, times: 1 });
    const { code, text } = await check([...asked, '--yes']);
    expect(text).toContain(
      'FAILED   secrets: what is stored is read back, with type, tags and end: refused: BadParameter',
    );
    expect(text).toContain('ok       keyturn: both keys are rotated');
    expect(text).toContain(`${portChecks.length + 2} of ${portChecks.length + 3} hold.`);
    expect(code).toBe(1);
    expect(left()).toEqual([]);
  });

  it('removes what it has made when the rest cannot be created', async () => {
    const fault = { kind: 'fail-before', status: 403, code: 'RequestDisallowedByPolicy' } as const;
    local.azure.faults.add({ method: 'PUT', matches: /KeyVault\/vaults\/kv-check-/, fault, times: 1 });
    const { code, text, lines } = await check([...asked, '--yes']);
    expect(text).toContain(
      'FAILED   the check itself: creating the key vault was refused with 403 RequestDisallowedByPolicy',
    );
    expect(lines.filter((line) => line.startsWith('ok '))).toEqual([]);
    expect(text).toMatch(/deleted {2}resource group[\s\S]*purged {3}AI account[\s\S]*purged {3}key vault/);
    expect(code).toBe(1);
    expect(left()).toEqual([]);
  });

  it('creates nothing if it may not create the resource group', async () => {
    const fault = { kind: 'fail-before', status: 403, code: 'AuthorizationFailed' } as const;
    local.azure.faults.add({ method: 'PUT', matches: /resourceGroups\/keyturn-check-[a-z0-9]+$/, fault, times: 1 });
    const { code, text, errors } = await check([...asked, '--yes']);
    expect(errors).toBe('creating the resource group was refused with 403 AuthorizationFailed: AuthorizationFailed\n');
    expect(text).not.toMatch(/created {2}|deleted {2}|To remove it/);
    expect(code).toBe(1);
    expect(left()).toEqual([]);
  });

  it.each(tried([/^ok {7}secrets: older/, /^created {2}resource group/, /^ {9}overlapping/], 3))(
    'removes everything when it is interrupted at %s, and ends with 130',
    async (moment) => {
      const { code, text } = await check([...asked, '--yes'], (line, stop) => moment.test(line) && stop());
      expect(text).toContain('Stopping. What was created is removed now');
      expect(text).toMatch(/stopped {2}SIGINT/);
      expect(text).not.toContain('FAILED');
      expect(text).not.toContain('hold.');
      expect(code).toBe(130);
      expect(left()).toEqual([]);
    },
  );

  it('says what is left, and how to remove it, when it cannot', async () => {
    const fault = { kind: 'fail-before', status: 409, code: 'ScopeLocked' } as const;
    local.azure.faults.add({ method: 'DELETE', matches: /resourceGroups\/keyturn-check-[a-z0-9]+$/, fault, times: 1 });
    const { code, text } = await check(
      [...asked, '--yes'],
      (line, stop) => line.startsWith('ok       accounts: an') && stop(),
    );
    expect(text).toContain(
      'FAILED   removing what was created: deleting the resource group was refused with 409 ScopeLocked',
    );
    expect(text).toMatch(
      /To remove it:\n {2}az group delete --yes --subscription \S+ --name keyturn-check-[a-z0-9]{10}\n/,
    );
    expect(code).toBe(1);
    expect(left()).toContainEqual(expect.stringMatching(/^keyturn-check-/));
    forget();
  });

  it('leaves the rest at a later Ctrl-C, says how to remove it, and takes one that npm hands on for the same', async () => {
    const fault = { kind: 'delay', delayMs: 3_600_000 } as const;
    local.azure.faults.add({ method: 'DELETE', matches: /deletedAccounts\/keyturn-check-/, fault, times: 1 });
    const { code, text } = await check([...asked, '--yes'], (line, stop) => {
      if (/^(ok {7}accounts: an|Stopping|deleted {2})/.test(line)) stop();
    });
    expect(text).toMatch(
      /deleted {2}resource group[\s\S]*may still be there, and cost. To remove it:\n {2}az group delete /,
    );
    expect(text).not.toContain('purged ');
    expect(code).toBe(130);
    forget();
  });

  it('keeps the group if it is asked to, and says how to remove it', async () => {
    const { code, text } = await check(
      [...asked, '--yes', '--keep'],
      (line, stop) => line.startsWith('ok       accounts: an') && stop(),
    );
    expect(text).toMatch(/The resource group stays. To remove it:\n {2}az group delete [\s\S]* {2}az keyvault purge /);
    expect(text).not.toContain('deleted  ');
    expect(code).toBe(130);
    expect(left()).toContainEqual(expect.stringMatching(/^kv-check-/));
    forget();
  });

  const refused = [
    { args: [...asked, '--sure'], says: "Unknown option '--sure'. See --help." },
    { args: asked, says: 'Nobody is here to agree: add --yes. See --help.' },
  ];
  it.each(tried(refused, 2))('refuses $args with one sentence, and asks Azure nothing', async ({ args, says }) => {
    const from = local.azure.calls.length;
    const { code, errors } = await check(args);
    expect({ code, errors }).toEqual({ code: 2, errors: `${says}\n` });
    expect(local.azure.calls.slice(from)).toEqual([]);
  });
});

/** What a person would remove. */
function forget(): void {
  const { world } = local.azure;
  const isOther = ({ name }: { readonly name: string }) => !/check/.test(name);
  for (const list of [
    world.resourceGroups,
    world.accounts,
    world.vaults,
    world.deletedAccounts,
    world.deletedVaults ?? [],
  ] as { readonly name: string }[][])
    list.splice(0, list.length, ...list.filter(isOther));
  const { roleAssignments } = world;
  roleAssignments.splice(0, roleAssignments.length, ...roleAssignments.filter(({ scope }) => !/check/.test(scope)));
}
