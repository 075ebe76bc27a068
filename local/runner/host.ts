import { mkdir } from 'node:fs/promises';
import { tellText } from '../told.ts';
import { adminEndpoints } from './admin.ts';
import { type Clock, machineClock } from './clock.ts';
import { eventGridInput, eventGridWebhook } from './event-grid.ts';
import { type HttpFunction, httpFunction, httpRoutes } from './http/http.ts';
import { type Answer, type HostRequest, serveHttp } from './http/http-exchange.ts';
import { hasTrigger, type IndexedFunction, indexFunction } from './indexed-function.ts';
import { createInvoker, type TriggerInput } from './invoker.ts';
import { openKeys } from './keys.ts';
import { type LogEntry, type LogSink, plainLine, reasonOf } from './log.ts';
import { queueListener } from './queue/storage-queue.ts';
import { type HostSettings, readHostSettings } from './settings/host-json.ts';
import { workerEnvironment } from './settings/local-settings.ts';
import { type Settings, settingsFrom } from './settings/settings.ts';
import { scheduleStatusFile } from './timer/schedule-status.ts';
import { timerListener } from './timer/timer.ts';
import type { InvocationOutcome } from './wire.ts';
import { startWorkerProcess } from './worker-process.ts';

/** How long running HTTP requests may take when the host stops. */
const httpDrainMs = 30_000;

export interface RunnerOptions {
  /** The folder with host.json and the package.json whose `main` is the built bundle. */
  readonly appFolder: string;
  /** Default 7071, as `func start`; 0 takes a free one. */
  readonly port?: number;
  /** Where keys and timer status are kept between starts; made if missing. */
  readonly stateFolder: string;
  /** The app settings. Default: this process's environment. local.settings.json of the app folder fills in what is missing. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Default: plain lines on stdout. */
  readonly log?: LogSink;
  /** Whether keys are asked for. Default `off`, as `func start` has it; Azure is `on`. */
  readonly keys?: 'on' | 'off';
  /** Arguments for the worker's Node, such as `--import ./preload.ts`. */
  readonly nodeArguments?: readonly string[];
  readonly clock?: Clock;
}

interface FunctionInError {
  readonly name: string;
  readonly reason: string;
}

export interface Runner {
  readonly url: string;
  /** Resolves when the app is loaded and every trigger listens, with what runs and what does not. Rejects when the worker cannot be kept up. */
  readonly ready: Promise<{ readonly functions: readonly string[]; readonly inError: readonly FunctionInError[] }>;
  /** Resolves when the host has ended: stopped, or given up because its worker kept crashing. */
  readonly ended: Promise<'stopped' | 'worker-kept-crashing'>;
  /** Fires a function by hand and tells how it went. `input` is a queue message's text or an event's JSON; timers ignore it. */
  fire(name: string, input?: string): Promise<InvocationOutcome>;
  /** Kills the worker process, as a crash would. */
  killWorker(): void;
  readonly workerPid: number | undefined;
  /** The master key, for when `keys` is `on`. */
  readonly masterKey: string;
  /** Drains and stops: no new connections, running requests and invocations finish, appTerminate hooks run, the worker ends. */
  stop(): Promise<void>;
}

function answerText({ headers = [], body = '' }: Answer): string {
  return [...headers.map((header) => header.join(': ')), Buffer.from(body).toString()].join('\n');
}

/** Rejects with one clear sentence when the port is taken or host.json is wrong. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { appFolder, stateFolder, clock = machineClock } = options;
  const sink = options.log ?? ((entry: LogEntry) => console.log(plainLine(entry)));
  const log = (entry: Omit<LogEntry, 'at'>) => {
    tellText("the host's log", () => entry.message);
    sink({ at: new Date(clock.nowMs()).toISOString(), ...entry });
  };
  const note = (level: LogEntry['level'], message: string) => log({ level, category: 'Host.Startup', message });

  const hostSettings = await readHostSettings(appFolder);
  await mkdir(stateFolder, { recursive: true });
  const keys = openKeys(stateFolder, options.keys ?? 'off');
  let answer: (request: HostRequest) => Promise<Answer> = async () => ({ status: 503 });
  const server = await serveHttp(options.port ?? 7071, hostSettings.customHeaders, async (request) => {
    if (request.path.toLowerCase() === '/admin/host/ping') return { status: 200 };
    await ready.catch(() => undefined);
    const answered = await answer(request);
    tellText('an answer of the host', () => answerText(answered));
    return answered;
  });
  const url = `http://localhost:${server.port}`;
  const environment = await workerEnvironment(appFolder, options.environment ?? process.env, server.port).catch(
    async (error) => {
      await server.close();
      throw error;
    },
  );
  const settings = settingsFrom(environment);

  const ended = Promise.withResolvers<'stopped' | 'worker-kept-crashing'>();
  const worker = startWorkerProcess({
    appFolder,
    environment,
    // Name lookups never meet a proxy; without a simulated Azure in the environment it changes nothing.
    nodeArguments: [
      '--import',
      new URL('./simulated-lookup.ts', import.meta.url).href,
      ...(options.nodeArguments ?? []),
    ],
    clock,
    log,
    onGivenUp: () => void stop('worker-kept-crashing'),
  });
  const invoke = createInvoker(worker, clock, hostSettings.functionTimeoutMs, log);
  const stopListening = new AbortController();
  const listening: Promise<void>[] = [];
  const byHand = new Map<string, (input: string | null) => Promise<TriggerInput>>();
  const byName = new Map<string, IndexedFunction>();

  const ready = worker.app().then(async (app) => {
    const inError: FunctionInError[] = [];
    const https: HttpFunction[] = [];
    if (app.capabilities.HttpUri !== undefined)
      throw new Error('The local runner does not provide HTTP streams (enableHttpStream).');
    // What registered before an entry file threw does not run: the real worker fails its whole list of functions.
    const found = app.loadError === null ? app.functions : [];
    for (const metadata of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      try {
        const called = indexFunction(metadata, settings);
        if (hasTrigger('http', called)) https.push(httpFunction(called, hostSettings.routePrefix));
        else await listen(called, hostSettings);
        byName.set(called.name, called);
      } catch (error) {
        inError.push({ name: metadata.name, reason: reasonOf(error) });
        note('error', `The '${metadata.name}' function is in error: ${reasonOf(error)}`);
      }
    }
    const functions = [...byName.values()];
    if (functions.length === 0)
      note('warning', `0 functions found in ${appFolder}${app.loadError ? `: ${app.loadError}` : '.'}`);
    answer = answers(functions, https);
    for (const { called, route } of https)
      note('information', `${called.name}: [${route.methods}] ${url}/${route.template}`);
    note('information', `Host started, ${functions.length} functions; key checks are ${options.keys ?? 'off'}.`);
    return { functions: functions.map(({ name }) => name), inError };
  });
  ready.catch(() => undefined);

  async function listen(called: IndexedFunction, { queues }: HostSettings): Promise<void> {
    const around = { settings, clock, invoke, log, queues };
    if (hasTrigger('eventGrid', called)) {
      byHand.set(called.name, async (input) => {
        const { metadata, ...event } = eventGridInput(JSON.parse(input ?? ''));
        // A run by hand carries its raw input in the metadata too, under the trigger's name.
        return { ...event, metadata: { ...metadata, [called.triggerName]: { string: input ?? '' } } };
      });
      return;
    }
    if (hasTrigger('timer', called)) {
      const timer = timerListener(called, { ...around, statusFile: scheduleStatusFile(stateFolder, called.name) });
      byHand.set(called.name, () => timer.inputByHand());
      if (!called.isDisabled) listening.push(timer.listen(await timer.prepare(), stopListening.signal));
      return;
    }
    const queue = queueListener(called, around);
    byHand.set(called.name, async (input) => {
      if (input === null) throw new Error('A queue function needs the message text as input.');
      return queue.inputByHand(input);
    });
    if (!called.isDisabled) listening.push(queue.listen(stopListening.signal));
  }

  function answers(functions: readonly IndexedFunction[], https: readonly HttpFunction[]) {
    const startedMs = clock.nowMs();
    const admin = adminEndpoints({
      functions,
      keys,
      fire,
      invokeUrl: (called) => {
        const found = https.find((candidate) => candidate.called === called);
        return found && `${url}/${found.route.template}`;
      },
      status: () => ({ id: 'local-runner', state: 'Running', processUptime: clock.nowMs() - startedMs }),
    });
    const enabled = functions.filter(({ isDisabled }) => !isDisabled);
    const eventGrid = eventGridWebhook(
      enabled.filter((each) => hasTrigger('eventGrid', each)),
      keys,
      invoke,
    );
    const routes = httpRoutes(https, keys, invoke);
    return async (request: HostRequest): Promise<Answer> => {
      const path = request.path.toLowerCase();
      if (path.startsWith('/admin/')) return admin(request);
      if (path === '/runtime/webhooks/eventgrid') return eventGrid(request);
      if (path.startsWith('/runtime/')) return { status: 404 };
      return (await routes(request)) ?? (path === '/' ? homepage(settings) : { status: 404 });
    };
  }

  async function fire(called: IndexedFunction, input: string | null): Promise<InvocationOutcome> {
    try {
      const build = byHand.get(called.name);
      if (build === undefined) throw new Error('An HttpRequest is required: call the function at its URL.');
      return await invoke(called, await build(input));
    } catch (error) {
      const reason = `Exception while executing function: Functions.${called.name}: ${reasonOf(error)}`;
      log({ level: 'error', category: `Function.${called.name}`, functionName: called.name, message: reason });
      return { succeeded: false, error: reason, stack: reason };
    }
  }

  let stopped: Promise<void> | undefined;
  function stop(why: 'stopped' | 'worker-kept-crashing'): Promise<void> {
    stopped ??= (async () => {
      note('information', 'Stopping: new connections are refused, what runs may finish.');
      const closed = server.close();
      // Triggers still fire while running requests are awaited; then they stop, and what runs may finish.
      const drained = new AbortController();
      await Promise.race([closed.then(() => drained.abort()), clock.sleep(httpDrainMs, drained.signal)]);
      server.destroy();
      stopListening.abort();
      await worker.stop();
      await Promise.allSettled(listening);
      ended.resolve(why);
    })();
    return stopped;
  }

  return {
    url,
    ready,
    ended: ended.promise,
    masterKey: keys.master,
    get workerPid() {
      return worker.pid;
    },
    async fire(name, input) {
      await ready;
      const called = byName.get(name);
      if (called === undefined) throw new Error(`There is no function '${name}'.`);
      return fire(called, input ?? null);
    },
    killWorker: () => worker.kill(),
    stop: () => stop('stopped'),
  };
}

/** At the root if no function has it: https://github.com/Azure/azure-functions-host, HomepageMiddleware. */
function homepage(settings: Settings): Answer {
  return settings.get('AzureWebJobsDisableHomepage')?.toLowerCase() === 'true' ? { status: 204 } : landingPage;
}

const landingPage: Answer = {
  status: 200,
  headers: [['content-type', 'text/html']],
  body: '<!DOCTYPE html><title>Functions</title><h1>Your Functions app is up and running</h1>',
};
