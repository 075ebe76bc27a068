import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { startAzurite } from '../../../local/azurite.ts';
import { defaultApiClientId, defaultWorld } from '../../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { startSimulatedAzure } from '../../../local/simulated-azure/start.ts';
import type { World } from '../../../local/simulated-azure/world.ts';
import { declaredTargets } from '../../../src/targets/declared-targets.ts';
import { makeAppFolder } from '../../../tools/build.ts';
import { bareEnvironment } from '../../vitest/bare-environment.ts';
import { azureWatch } from './azure-watch.ts';
import { livingHost } from './living-host.ts';
import { sharedTime } from './shared-time.ts';

/** The account of the default world, with every setting at its default: what a small production has. */
const pointerDemo = {
  name: 'demo',
  accountId:
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts/ai-secure-demo',
  vault: 'kv-ai102-secure',
};

/** Beside the pointer one secret that holds the active key; its consumers read it again within the overlap. */
const directDemo = {
  ...pointerDemo,
  directSecretName: 'ai-services-key',
  overlap: '2h',
  acknowledgeShortDirectOverlap: true,
};

export type Layout = 'pointer' | 'direct';

/** A request that changes something, as method and path. */
export const isWrite = /(^|after )(PUT|PATCH) |\/regenerateKey( |$)/;

/** When the worker dies: before its request arrives, which is lost, as it arrives, after that was applied and before the reply, or some moments later. */
type Moment = 'lost' | 'arrived' | 'applied' | { readonly laterMs: number };

export interface Strike {
  /**
   * At the nth request of the app to Azure from now on, counting all of them, only those that change something, or of these only
   * those that are not the one at which the last worker died, sent again.
   */
  readonly nth: number;
  readonly of: 'requests' | 'writes' | 'other-writes';
  readonly moment: Moment;
}

/** A request of the app that changes something, as it arrives, or a worker's death at one. */
export interface Happened {
  readonly what: 'write' | 'kill';
  readonly where: string;
  readonly atMs: number;
  /** By the machine's own clock. */
  readonly machineMs: number;
}

/**
 * The built app on its host, Azurite and the simulated Azure, in one time that passes by itself when nothing is to do.
 * @param options.timedMs for those who count seconds: for so long after each write and each death the queue is looked at every six
 * seconds. Then nothing is asked on behalf of consumers, and no sweep comes. Default: seconds do not count
 */
export async function killedKeyturn(
  folder: string,
  layout: Layout,
  wantedKills: number,
  nextStrike: () => Strike | null,
  { timedMs = 0, prepare }: { readonly timedMs?: number; readonly prepare?: (world: World) => void } = {},
) {
  const demo = layout === 'pointer' ? pointerDemo : directDemo;
  const happened: Happened[] = [];
  const time = sharedTime(folder);
  const world = defaultWorld(time);
  prepare?.(world);
  const simulated = await startSimulatedAzure({ world, clock: time, folder });
  const { azure } = simulated;
  const storageFolder = join(folder, 'azurite');
  const azurite = await startAzurite({
    folder: storageFolder,
    ports: { blob: 0, queue: 0, table: 0 },
    nodeArguments: time.nodeArguments,
  });
  const [target] = declaredTargets([demo], 'vault.azure.net', 'targets').targets;
  if (target === undefined) throw new TypeError('the target is refused');
  const handle = azure.handle.bind(azure);
  const watch = azureWatch(azure, handle, target);
  const check = async () => {
    if (timedMs === 0) await watch.check();
  };

  const appFolder = join(folder, 'app');
  await makeAppFolder(appFolder);
  const host = await livingHost(
    {
      appFolder,
      port: 0,
      stateFolder: join(folder, 'host'),
      nodeArguments: time.nodeArguments,
      environment: {
        ...bareEnvironment(),
        ...simulated.environment,
        AzureWebJobsStorage: azurite.connectionString,
        KEYTURN_TENANT_ID: world.tenantId,
        KEYTURN_API_CLIENT_ID: defaultApiClientId,
        KEYTURN_INSTANCE: 'func-keyturn',
        KEYTURN_TARGETS: JSON.stringify([demo]),
        // Sleeps of two invocations at once would add up in the one time of all.
        ...(timedMs > 0 ? { KEYTURN_SWEEP_SCHEDULE: '0 0 0 1 1 *' } : {}),
      },
    },
    time,
    () => time.nowMs() < (happened.at(-1)?.atMs ?? 0) + timedMs,
  );

  /** Null while nobody is to die. */
  let strike: Strike | null = null;
  let untilStrike = 0;
  let struckLast = '';
  const note = (what: Happened['what'], where: string) =>
    happened.push({ what, where, atMs: time.nowMs(), machineMs: Date.now() });
  const kill = (where: string) => {
    if (!host.isWorking || host.kills >= wantedKills) return false;
    note('kill', where);
    host.killWorker();
    return true;
  };
  azure.handle = async (request, connection) => {
    const where = `${request.method} ${new URL(request.url).pathname}`;
    if (isWrite.test(where)) note('write', where);
    const isAgain = strike?.of === 'other-writes' && where === struckLast;
    if (strike?.of === 'requests' || (isWrite.test(where) && !isAgain)) untilStrike -= 1;
    const struck = strike !== null && untilStrike === 0 ? strike : null;
    if (struck !== null) {
      struckLast = where;
      arm();
    }
    if (struck?.moment === 'arrived') kill(`${where} arrived`);
    if (struck?.moment === 'lost' && kill(where)) return new Response(null, { status: 503 });
    const response = await handle(request, connection);
    await check();
    if (struck?.moment === 'applied') kill(`${where} applied`);
    else if (typeof struck?.moment === 'object') void after(struck.moment.laterMs).then(() => kill(`after ${where}`));
    return response;
  };
  function arm(): void {
    strike = nextStrike();
    untilStrike = strike?.nth ?? 0;
  }

  let ending = false;
  /** Lets time jump to the next sleeper whenever there is nothing else to do. */
  const passing = (async () => {
    while (!ending) {
      await after(1);
      time.wake();
      if (!host.isIdle) continue;
      const waitMs = Math.min(...time.dueMs) - time.nowMs();
      if (!Number.isFinite(waitMs)) continue;
      time.pass(Math.max(0, waitMs));
      await check();
    }
  })();

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    strike = null;
    await host.stop();
    ending = true;
    await passing;
    await azurite.stop();
    await simulated.stop();
    time.close();
  }

  const answers: string[] = [];
  const operator = world.principals.find(({ name }) => name === 'keyturn-operator');
  if (operator === undefined) throw new TypeError('there is no operator');

  return {
    azure,
    time,
    host,
    watch,
    target,
    /** Requests that change something, and deaths, in their order. */
    happened,
    connectionString: azurite.connectionString,
    storageFolder,
    /** Every answer of the admin API. */
    answers,
    killing: {
      begin: arm,
      end: () => {
        strike = null;
      },
    },
    async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) {
      const { token } = await issueToken(azure, { principal: operator, audience: defaultApiClientId });
      const response = await fetch(`${host.url}/api/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          connection: 'close',
          ...(method === 'PUT' ? { 'if-match': '*' } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch(() => null);
      // The host is between two lives.
      if (response === null) return { status: 0, body: null };
      const text = await response.text();
      answers.push(text);
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    /** Ends all that was started; the storage's files stay, and hold what it was told. */
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

export type KilledKeyturn = Awaited<ReturnType<typeof killedKeyturn>>;
