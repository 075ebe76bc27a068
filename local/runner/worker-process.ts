import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Clock } from './clock.ts';
import type { LogEntry } from './log.ts';
import type { FromWorker, InvocationOutcome, InvocationRequest, LoadedApp, ToWorker } from './wire.ts';

/** Numbers of the host: RpcFunctionInvocationDispatcher.cs, WorkerProcessCountOptions.cs, WorkerConstants.cs. */
const crashesBeforeGivingUp = 3;
const crashesForgottenAfterMs = 30 * 60_000;
const restartIntervalMs = 10_000;
const drainTimeoutMs = 10_000;
const terminateGraceMs = 5_000;

export interface WorkerProcessOptions {
  readonly appFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Arguments for Node itself, such as `--import ./preload.ts`. */
  readonly nodeArguments: readonly string[];
  readonly clock: Clock;
  readonly log: (entry: Omit<LogEntry, 'at'>) => void;
  /** The third crash within half an hour: the host has to end. */
  readonly onGivenUp: (reason: string) => void;
}

export interface WorkerProcess {
  /** The loaded app of the running worker; waits while one is starting. Rejects when the worker has been given up. */
  app(): Promise<LoadedApp>;
  /** Waits while a worker is starting. A worker that dies meanwhile is a failed outcome; never rejects. */
  invoke(request: InvocationRequest): Promise<InvocationOutcome>;
  /** Kills the worker and starts a fresh one, which does not count as a crash; resolves once the app is loaded again. */
  recycle(): Promise<void>;
  /** Waits for running invocations (10 s at most), lets the app's appTerminate hooks run (5 s at most), ends the process. */
  stop(): Promise<void>;
  /** Kills the process as a crash would. */
  kill(): void;
  readonly pid: number | undefined;
}

/** One life of the worker process. */
interface Life {
  readonly child: ChildProcess;
  readonly running: Map<string, (outcome: InvocationOutcome) => void>;
  readonly loaded: Promise<LoadedApp>;
  readonly exited: Promise<void>;
  /** Set when the host itself ends the process, so that its exit is no crash. */
  endExpected: boolean;
}

const endedError = (reason: string): InvocationOutcome => ({ succeeded: false, error: reason, stack: reason });

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { clock, log } = options;
  const stopping = new AbortController();
  let crashes: number[] = [];
  let givenUp: string | undefined;
  let life = begin();
  let current: Promise<Life> = Promise.resolve(life);
  let idle = () => {};

  function begin(): Life {
    const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [], {
      cwd: options.appFolder,
      env: options.environment,
      execArgv: [...options.nodeArguments],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Its own process group: Ctrl-C reaches only the host, which then drains as it does in Azure (there only the host is signalled).
      detached: process.platform !== 'win32',
    });
    const running: Life['running'] = new Map();
    const loaded = new Promise<LoadedApp>((resolve) => {
      child.on('message', (message: FromWorker) => {
        switch (message.type) {
          case 'loaded':
            return resolve(message.app);
          case 'outcome':
            running.get(message.invocationId)?.(message.outcome);
            running.delete(message.invocationId);
            return running.size === 0 ? idle() : undefined;
          case 'log': {
            const { type: _, category, ...entry } = message;
            const of = message.functionName === undefined ? 'Worker' : `Function.${message.functionName}`;
            return log({ ...entry, category: `${of}${category === 'user' ? '.User' : ''}` });
          }
        }
      });
    });
    const exited = once(child, 'exit').then(() => undefined);
    const begun: Life = { child, running, loaded, exited, endExpected: false };
    const console = { category: 'Host.Function.Console' };
    if (child.stdout)
      createInterface(child.stdout).on('line', (message) => log({ ...console, level: 'information', message }));
    if (child.stderr)
      createInterface(child.stderr).on('line', (message) => log({ ...console, level: 'error', message }));
    // A write to a worker that has just died; its exit follows and is dealt with there.
    child.on('error', (error) => log({ level: 'error', category: 'Host.Worker', message: error.message }));
    child.on('exit', (code, signal) => onExit(begun, `exit code ${code ?? signal}`));
    tell(begun, { type: 'load', appFolder: options.appFolder });
    return begun;
  }

  function onExit(ended: Life, how: string): void {
    for (const settle of ended.running.values())
      settle(endedError(`The worker process ended (${how}) during the invocation.`));
    ended.running.clear();
    idle();
    if (ended.endExpected || ended !== life) return;
    const nowMs = clock.nowMs();
    crashes = [...crashes.filter((atMs) => nowMs - atMs < crashesForgottenAfterMs), nowMs];
    log({
      level: 'error',
      category: 'Host.Worker',
      message: `The worker process ended (${how}), crash ${crashes.length}.`,
    });
    if (crashes.length >= crashesBeforeGivingUp) {
      givenUp = `The worker process crashed ${crashes.length} times; the host shuts down.`;
      log({ level: 'critical', category: 'Host.Worker', message: givenUp });
      current = Promise.reject(new Error(givenUp));
      current.catch(() => undefined);
      options.onGivenUp(givenUp);
      return;
    }
    const waitMs = crashes.length === 1 ? 0 : restartIntervalMs;
    current = clock.sleep(waitMs, stopping.signal).then(restart);
    current.catch(() => undefined);
  }

  function restart(): Life {
    if (stopping.signal.aborted) throw new Error('The host is shutting down.');
    life = begin();
    return life;
  }

  /** The running life once its app is loaded. One that ends before is followed by the next, until the worker is given up. */
  async function loadedLife(): Promise<Life> {
    for (;;) {
      const awaited = await current;
      await Promise.race([awaited.loaded, awaited.exited]);
      if (awaited.child.connected) return awaited;
      await awaited.exited;
      if (stopping.signal.aborted) throw new Error('The host is shutting down.');
    }
  }

  function tell(to: Life, message: ToWorker): void {
    // The callback takes the error of a channel that has just closed; the exit event says the rest.
    to.child.send(message, () => undefined);
  }

  function killGroup(of: Life): void {
    const pid = of.child.pid;
    if (pid === undefined || of.child.exitCode !== null || of.child.signalCode !== null) return;
    if (process.platform === 'win32') of.child.kill('SIGKILL');
    else process.kill(-pid, 'SIGKILL');
  }

  async function end(ended: Life): Promise<void> {
    ended.endExpected = true;
    if (ended.child.exitCode !== null || ended.child.signalCode !== null) return;
    killGroup(ended);
    await ended.exited;
  }

  return {
    get pid() {
      return life.child.pid;
    },
    app: async () => (await loadedLife()).loaded,
    async invoke(request) {
      try {
        const on = await loadedLife();
        return await new Promise<InvocationOutcome>((resolve) => {
          on.running.set(request.invocationId, resolve);
          tell(on, { type: 'invoke', request });
        });
      } catch (error) {
        return endedError(givenUp ?? String(error));
      }
    },
    async recycle() {
      const ending = life;
      if (ending.endExpected) return void (await loadedLife());
      const ended = end(ending);
      current = ended.then(restart);
      current.catch(() => undefined);
      await loadedLife();
    },
    async stop() {
      const ending = life;
      if (ending.running.size > 0) {
        const drained = new Promise<void>((resolve) => {
          idle = resolve;
        });
        await Promise.race([drained, clock.sleep(drainTimeoutMs, stopping.signal)]);
      }
      stopping.abort();
      ending.endExpected = true;
      const { child } = ending;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const done = new AbortController();
      const exited = ending.exited.then(() => done.abort());
      tell(ending, { type: 'terminate' });
      await Promise.race([exited, clock.sleep(terminateGraceMs, done.signal)]);
      killGroup(ending);
      await exited;
    },
    kill: () => killGroup(life),
  };
}
