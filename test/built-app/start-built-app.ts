import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect } from 'vitest';
import { z } from 'zod';
import { demoTarget } from '../../local/demo/demo-target.ts';
import { startedThings } from '../../local/demo/started-things.ts';
import { startLocalAzure } from '../../local/local-azure.ts';
import { startRunner } from '../../local/runner/host.ts';
import { plainLine } from '../../local/runner/log.ts';
import { newRoleAssignment } from '../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { defaultApiClientId, defaultDefinition, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import {
  customTopicsOf,
  newCustomTopic,
  topicIdOf,
} from '../../local/simulated-azure/event-grid-topics/custom-topic.ts';
import { builtInRoles } from '../../local/simulated-azure/roles.ts';
import type { World } from '../../local/simulated-azure/world.ts';
import { describeApi } from '../../src/api/describe-api.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { problemView } from '../../src/api/problem-view.ts';
import { apiViews } from '../../src/app/api-views.ts';
import { makeAppFolder } from '../../tools/build.ts';
import { sharedTime } from '../attacks/crashes/shared-time.ts';
import { azuriteBlobs } from '../azure/azurite-blobs.ts';
import { bareEnvironment } from '../vitest/bare-environment.ts';
import { passingTime } from './passing-time.ts';

/** Who asks: everything is granted to the operator, reading to the reader, nothing to the stranger. */
const callers = { operator: 'keyturn-operator', reader: 'alex@contoso.com', stranger: 'keyturn-stranger' } as const;
export type Caller = keyof typeof callers;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A function of the built app, as the app itself registered it. */
export type BuiltFunction = z.infer<typeof functionList>[number];

const functionList = z.array(
  z
    .object({
      name: z.string(),
      config: z.object({ bindings: z.array(z.looseObject({ type: z.string() })) }),
    })
    .transform(({ name, config }) => {
      const trigger = config.bindings.find(({ type }) => type.endsWith('Trigger'));
      const {
        type = 'none',
        route,
        methods,
      } = z
        .object({ type: z.string(), route: z.string().optional(), methods: z.array(z.string()).optional() })
        .parse(trigger);
      return { name, trigger: type, route: route ?? '', method: methods?.[0]?.toUpperCase() ?? '' };
    }),
);

/** The target of the admin API's page: the demo's, whose consumers promise seconds. */
export const target = 'demo';

/**
 * Starts the bundle on the local host with the simulated Azure behind its proxy and Azurite: the app that ships, with the
 * settings and the identity that it would have in Azure. Nothing spreads slower than it must.
 * @param definition of the world in which it runs
 * @param others targets beside the demo's, as the settings write them
 */
export async function startBuiltApp(definition = defaultDefinition, others: readonly object[] = []) {
  const things = startedThings();
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-built-'));
  await things.start(Promise.resolve(folder), (made) => rm(made, { recursive: true, force: true }));
  const time = await things.start(Promise.resolve(sharedTime(folder)), async (made) => made.close());
  const world = worldFrom(definition, time);
  Object.assign(world.pace, { newKeyAcceptedMs: 0, oldKeyAcceptedMs: 0, listKeysStaleMs: 0, armOperationMs: 0 });
  Object.assign(world.pace, { roleAssignmentMs: 0, localAuthMs: 0 });
  const appFolder = join(folder, 'app');
  const [local] = await Promise.all([
    things.start(
      startLocalAzure({
        world,
        clock: time,
        folder,
        storage: 'in-memory',
        storagePorts: { blob: 0, queue: 0, table: 0 },
        storageNodeArguments: time.nodeArguments,
      }),
      (made) => made.stop(),
    ),
    makeAppFolder(appFolder, { maxPollingInterval: '00:00:00.500' }),
  ]);
  const [{ subscriptionId, resourceGroup } = { subscriptionId: '', resourceGroup: '' }] = world.accounts;
  const topic = newCustomTopic(
    { subscriptionId, resourceGroup, name: 'evgt-keyturn', location: 'eastus' },
    'CloudEventSchemaV1_0',
  );
  customTopicsOf(world).push(topic);
  grant(world, 'func-keyturn', 'EventGrid Data Sender', topicIdOf(topic));
  const passing = await things.start(Promise.resolve(passingTime(time)), (made) => made.stop());
  const [place, targetsEtag] = await uploadTargets(local.environment.AzureWebJobsStorage ?? '', [
    {
      ...demoTarget,
      name: target,
      prefix: 'ai-services',
      newKeyProof: { acceptances: 3, spread: '1s' },
      longestRequest: '1s',
      overlap: '4s',
    },
    ...others,
  ]);
  const lines: string[] = [];
  const runner = await things.start(
    startRunner({
      appFolder,
      port: 0,
      stateFolder: join(folder, 'host'),
      nodeArguments: time.nodeArguments,
      clock: passing.hostClock,
      environment: {
        ...bareEnvironment(),
        ...local.environment,
        KEYTURN_TENANT_ID: world.tenantId,
        KEYTURN_API_CLIENT_ID: defaultApiClientId,
        KEYTURN_INSTANCE: 'func-keyturn',
        AzureWebJobsDisableHomepage: 'true',
        KEYTURN_SWEEP_SCHEDULE: '0 0 0 1 1 *',
        KEYTURN_TARGETS_BLOB: place,
        KEYTURN_EVENT_GRID_TOPIC: 'https://evgt-keyturn.eastus-1.eventgrid.azure.net/api/events',
      },
      log(entry) {
        passing.note(entry);
        lines.push(plainLine(entry));
      },
    }),
    (made) => made.stop(),
  );
  const { inError } = await runner.ready;
  if (inError.length > 0) throw new Error(JSON.stringify(inError));
  // The document is read by the sweep.
  await runner.fire('sweep');
  const listed = await fetch(`${runner.url}/admin/functions`);
  const functions = functionList.parse(await listed.json());

  const tokenOf = async (caller: Caller) => {
    const principal = world.principals.find(({ name }) => name === callers[caller]);
    if (principal === undefined) throw new TypeError(`there is no ${caller}`);
    return (await issueToken(local.azure, { principal, audience: defaultApiClientId })).token;
  };

  const seen = { success: new Set<string>(), refusal: new Set<string>() };
  return {
    world,
    /** Where the app answers, such as `http://localhost:40123`. */
    url: runner.url,
    /** Behind it the simulated Azure answers at Azure's own host names. */
    proxyUrl: local.environment.HTTPS_PROXY ?? '',
    /** With these variables a client meets the simulated Azure. */
    environment: local.environment,
    azure: local.azure,
    functions,
    /** The ETag of the document that declares the targets. */
    targetsEtag,
    /** The functions that did their work so far, and those that refused to. Over HTTP the answers tell. */
    seen,
    /** What was published to the topic that the settings name. */
    events: topic.events,
    /** What the host logged so far. */
    lines,
    /** See `passingTime`. */
    hurried: passing.hurried,
    /** Wakes a function that HTTP does not reach, with a message's text or an event's JSON. */
    fire: runner.fire,
    grant: (principalName: string, roleName: string, scope: string) => grant(world, principalName, roleName, scope),
    /** One request over HTTP. `as`: null sends no token. */
    async ask(
      method: string,
      path: string,
      {
        body,
        headers = {},
        as = 'operator',
      }: { body?: unknown; headers?: Record<string, string>; as?: Caller | null } = {},
    ): Promise<Answer> {
      const response = await fetch(`${runner.url}/api/${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(as === null ? {} : { authorization: `Bearer ${await tokenOf(as)}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const called = functionAt(functions, method, path);
      const answer = {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
      if (called !== undefined) {
        keepsItsWord(called.name, answer);
        seen[answer.status < 400 ? 'success' : 'refusal'].add(called.name);
      }
      return answer;
    },
    stop: () => things.stopAll(),
  };
}

export type BuiltApp = Awaited<ReturnType<typeof startBuiltApp>>;

/** Looks again until `answer` fits; its test's time limit ends it. */
export async function until<T>(look: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await look();
    if (fits(answer)) return answer;
    await after(250);
  }
}

/** Declares the targets in a blob; answers where it lies, and its ETag. */
async function uploadTargets(connectionString: string, targets: readonly object[]): Promise<readonly [string, string]> {
  const blobs = azuriteBlobs(connectionString);
  await blobs.makeContainer('keyturn-config');
  const place = 'keyturn-config/targets.json';
  return [place, await blobs.put(place, JSON.stringify(targets))];
}

function grant(world: World, principalName: string, roleName: string, scope: string): void {
  const role = builtInRoles.find((one) => one.roleName === roleName);
  const principal = world.principals.find(({ name }) => name === principalName);
  if (role === undefined || principal === undefined) throw new TypeError(`no role ${roleName}, or no ${principalName}`);
  const asked = {
    name: crypto.randomUUID(),
    scope,
    principalId: principal.objectId,
    principalType: null,
    roleGuid: role.guid,
    createdBy: '',
  };
  world.roleAssignments.push({ ...newRoleAssignment(world, asked, 0), effectiveAtMs: 0 });
}

/** The function whose route this is; undefined for a path that none has. */
function functionAt(functions: readonly BuiltFunction[], method: string, path: string): BuiltFunction | undefined {
  const plain = `api/${path.split('?')[0]}`;
  return functions.find(
    (one) =>
      one.method === method &&
      new RegExp(`^${one.route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
}

/** Of HTTP itself, of the host, and of every answer alike. */
const plainHeaders = [
  ...['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive', 'server'],
  'transfer-encoding',
];

const describedHeaders = z.object({ headers: z.record(z.string(), z.unknown()) });
const described = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
    components: z.object({ responses: z.record(z.string(), describedHeaders) }),
  })
  .parse(describeApi(endpoints));

/** What goes over the wire is what the description says, with no member and no header more. */
function keepsItsWord(name: string, { status, headers, body }: Answer): void {
  const endpoint = endpoints.find((one) => one.name === name);
  if (endpoint === undefined) return;
  const own = described.paths[`/${endpoint.route}`]?.[endpoint.method.toLowerCase()]?.responses[status];
  const says = status >= 400 ? described.components.responses[status] : describedHeaders.parse(own);
  const names = [...plainHeaders, ...Object.keys(says?.headers ?? {}).map((one) => one.toLowerCase())];
  expect([...headers.keys()].filter((one) => !names.includes(one))).toEqual([]);
  expect(headers.get('x-request-id')).toMatch(/./);
  const view = status >= 400 ? problemView : apiViews[endpoint.answers[status === 202 ? 202 : 200] ?? 'Pause'];
  expect(view.parse(body)).toEqual(body);
}
