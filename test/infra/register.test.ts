import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { realClock } from '../../local/simulated-azure/clock.ts';
import { defaultDefinition, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { registrationsOf } from '../../local/simulated-azure/entra/graph-applications.ts';
import { services } from '../../local/simulated-azure/services.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import { type SimulatedCloudName, simulatedClouds } from '../../local/simulated-azure/simulated-clouds.ts';
import { runClient } from '../simulated-azure/proxy/run-client.ts';
import { tried } from '../vitest/whole-search.ts';
import { installAz, tokenFor } from './simulated-az.ts';

// A script calls `az` up to ten times, a process each, and PowerShell is slow to start.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const read = (file: string) => JSON.parse(readFileSync(`infra/app-registration/${file}.json`, 'utf8'));
const [roles, scope, cli] = [read('roles'), read('scope').api, read('azure-cli').api];
const sh = ['sh', 'infra/app-registration/register.sh'];
const signedIn = 'alex@contoso.com';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-register-'));
const az = await installAz(folder, signedIn);
let azure: SimulatedAzure;

function open(cloud: SimulatedCloudName): void {
  const clock = realClock();
  azure = createSimulatedAzure({ world: worldFrom({ ...defaultDefinition, cloud }, clock), clock, services });
  az.signInTo(azure);
}

/** Runs a script, and says how it ended and what it sent. */
async function run(command: readonly string[], ...args: readonly string[]) {
  az.sent.length = 0;
  const [program = '', ...rest] = command;
  const ended = await runClient(program, [...rest, ...args], {
    PATH: [folder, process.env.PATH].join(delimiter),
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
    POWERSHELL_TELEMETRY_OPTOUT: '1',
  });
  const sent = [...az.sent];
  return { ...ended, sent, writes: sent.filter(({ method }) => method !== 'GET') };
}

const only = () => {
  const [registration, ...others] = registrationsOf(azure.world);
  if (registration === undefined) throw new TypeError('nothing is registered');
  expect(others).toEqual([]);
  return registration;
};

/** What the first run made; each test but that one begins with it. */
let first: Awaited<ReturnType<typeof run>>;
let registered: ReturnType<typeof only>;
beforeAll(async () => {
  open('public');
  first = await run(sh, '--admin');
  registered = structuredClone(only());
});
beforeEach(() => {
  open('public');
  registrationsOf(azure.world).push(structuredClone(registered));
});
afterAll(async () => {
  await az.stop();
  rmSync(folder, { recursive: true });
});

describe('register.sh', () => {
  it('registers the admin API with its roles, its scope and the Azure CLI, and prints the client id only', () => {
    const err = `Registering keyturn in tenant ${azure.world.tenantId}.\n`;
    expect(first).toMatchObject({ code: 0, out: `${registered.appId}\n`, err });
    expect(registered).toMatchObject({
      displayName: 'keyturn',
      signInAudience: 'AzureADMyOrg',
      identifierUris: [`api://${registered.appId}`],
      appRoles: roles,
      api: { ...scope, ...cli },
    });
  });

  it('gives the role Keyturn.Admin to whoever is signed in, who then gets tokens with it', async () => {
    const token = await tokenFor(azure, signedIn, `api://${registered.appId}/.default`);
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ roles: ['Keyturn.Admin'] });
  });

  it('changes nothing when it is run again', async () => {
    expect(await run(sh, '--admin')).toMatchObject({ code: 0, out: first.out, writes: [] });
    expect(only()).toEqual(registered);
  });

  it('recreates a service principal that was deleted', async () => {
    only().servicePrincipal = null;
    expect(await run(sh)).toMatchObject({ code: 0, writes: [{ method: 'POST' }] });
    expect(only().servicePrincipal).toMatchObject({ appRoleAssignedTo: [] });
  });

  it('mends what was changed by hand, and keeps what others added', async () => {
    const registration = only();
    const other = { ...registration.appRoles[0], id: crypto.randomUUID(), value: 'Contoso.Other' };
    const client = { appId: crypto.randomUUID(), delegatedPermissionIds: [scope.oauth2PermissionScopes[0].id] };
    registration.appRoles = [
      { ...registration.appRoles[0], description: 'Something else.' } as (typeof registration.appRoles)[0],
      ...registration.appRoles.slice(2),
      other as (typeof registration.appRoles)[0],
    ];
    registration.api = {
      ...registration.api,
      requestedAccessTokenVersion: 1,
      preAuthorizedApplications: [client],
    };
    registration.identifierUris = [];
    expect(await run(sh)).toMatchObject({ code: 0, err: expect.not.stringContaining('ERROR') });
    expect(registration).toMatchObject({ appRoles: [...roles, other], api: scope });
    expect(registration.api.preAuthorizedApplications).toEqual([...cli.preAuthorizedApplications, client]);
    expect(registration.identifierUris).toEqual([`api://${registration.appId}`]);
    expect(await run(sh)).toMatchObject({ code: 0, writes: [] });
  });

  it('lets people sign in to the dashboard at the address that it is given, and keeps what is listed', async () => {
    const registration = only();
    registration.spa = { redirectUris: ['http://localhost/'] };
    const both = [...sh, '--dashboard'];
    const listed = await run(both, 'https://func-keyturn-contoso.azurewebsites.net');
    expect(listed).toMatchObject({ code: 0, out: first.out, writes: [{ method: 'PATCH' }, { method: 'PATCH' }] });
    const page = 'https://func-keyturn-contoso.azurewebsites.net/';
    expect(registration.spa.redirectUris).toEqual(['http://localhost/', page]);
    expect(registration).toMatchObject(read('microsoft-graph'));
    expect(await run(both, page)).toMatchObject({ code: 0, writes: [] });
    expect(await run(sh)).toMatchObject({ code: 0, writes: [] });
    expect(registration.spa.redirectUris).toEqual(['http://localhost/', page]);
  });

  it.each(tried(['http://contoso.com', 'https://', 'https://contoso.com/keyturn', "https://x'y", 'contoso.com'], 3))(
    'refuses %s as the address of the dashboard, and sends nothing',
    async (url) => {
      const err = expect.stringMatching(
        /^register\.sh: --dashboard is ".*"; it takes the app's address, such as https:/,
      );
      expect(await run([...sh, '--dashboard'], url)).toMatchObject({ code: 1, out: '', err, sent: [] });
    },
  );

  it('makes one of its own for another name', async () => {
    const second = await run(sh, '--name', 'keyturn-contoso');
    expect(second.code).toBe(0);
    expect(registrationsOf(azure.world).map(({ appId }) => `${appId}\n`)).toEqual([first.out, second.out]);
  });

  it.each([
    [
      'two registrations of its name',
      2,
      roles,
      /^register\.sh: several app registrations are called keyturn: [\w-]+ [\w-]+; delete or rename/m,
    ],
    [
      "a registration of its name that is not Keyturn's",
      1,
      [],
      /^register\.sh: the app registration [\w-]+ is called keyturn and has none of Keyturn's roles/m,
    ],
  ])('refuses %s, and changes nothing', async (_, count, appRoles, sentence) => {
    const all = registrationsOf(azure.world);
    if (count === 2) all.push({ ...only(), id: crypto.randomUUID(), appId: crypto.randomUUID() });
    for (const one of all) one.appRoles = appRoles;
    expect(await run(sh)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence), writes: [] });
  });

  it.each([
    [['--nmae', 'x'], 'register.sh: --nmae is not taken: register.sh [--name NAME] [--admin] [--dashboard URL]\n'],
    [
      ['--name', "o'hara"],
      `register.sh: --name is "o'hara"; it takes letters, digits, dots, hyphens and underscores\n`,
    ],
    [['--name'], 'register.sh: --name takes a value\n'],
  ])('refuses %j, and sends nothing', async (args, err) => {
    expect(await run(sh, ...args)).toMatchObject({ code: 1, out: '', err, sent: [] });
  });

  it('ends with the error of az if Graph refuses', async () => {
    only().identifierUris = [`https://contoso.com/keyturn`];
    expect(await run(sh)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('ERROR: ') });
  });
});

it.each(tried(['usgovernment', 'china'] as const, 2))('asks the Graph of %s there', async (cloud) => {
  open(cloud);
  const { code, sent } = await run(sh);
  const host = simulatedClouds[cloud].metadata.msgraph_host;
  expect(code).toBe(0);
  expect(sent.filter(({ url }) => !url.startsWith(`https://${host}/v1.0/`))).toEqual([]);
});

const pwsh = [process.env.KEYTURN_PWSH ?? '', 'pwsh'].filter((one) => one !== '').find(runs);

if (pwsh === undefined) {
  it('register.ps1 sends the same requests', ({ skip }) => {
    skip('There is no PowerShell here: register.ps1 is not run. `dotnet tool install PowerShell` brings it.');
  });
} else {
  describe('register.ps1', () => {
    const ps1 = [pwsh, '-NoProfile', 'infra/app-registration/register.ps1'];
    /** The ids differ from registration to registration. */
    const alike = (sent: readonly object[], registration: ReturnType<typeof only>) =>
      JSON.parse(
        JSON.stringify(sent)
          .replaceAll(registration.appId, 'the client id')
          .replaceAll(registration.id, 'the object id')
          .replaceAll(registration.servicePrincipal?.id ?? '', 'the service principal'),
      );

    it('sends the same requests as register.sh: to register, to mend, and again', async () => {
      const both = [];
      for (const script of [
        [...sh, '--admin'],
        [...ps1, '-Admin'],
      ]) {
        registrationsOf(azure.world).length = 0;
        const made = await run(script);
        expect(made).toMatchObject({ code: 0, out: expect.stringContaining(only().appId) });
        const again = await run(script);
        expect(again).toMatchObject({ code: 0, out: made.out, writes: [] });
        only().appRoles = only().appRoles.slice(1);
        only().api = { ...only().api, requestedAccessTokenVersion: 1, preAuthorizedApplications: [] };
        const dashboard = script.includes('--admin') ? '--dashboard' : '-Dashboard';
        const mending = await run([...script, dashboard, 'https://contoso.example']);
        expect(mending, mending.err).toMatchObject({ code: 0, out: made.out });
        expect(only()).toMatchObject({ appRoles: roles, api: { ...scope, ...cli } });
        both.push([made.sent, again.sent, mending.sent].map((sent) => alike(sent, only())));
      }
      const [inShell, inPowerShell] = both;
      expect(inPowerShell).toEqual(inShell);
    });

    it('refuses two registrations of its name', async () => {
      const all = registrationsOf(azure.world);
      all.push({ ...only(), id: crypto.randomUUID(), appId: crypto.randomUUID() });
      expect(await run(ps1)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/^register\.ps1: several app registrations are called keyturn/m),
        writes: [],
      });
    });
  });
}

function runs(command: string): boolean {
  try {
    execFileSync(command, ['-Version'], { env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' } });
    return true;
  } catch {
    return false;
  }
}
