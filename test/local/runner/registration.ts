import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromWorker, LoadedApp, ToWorker } from '../../../local/runner/wire.ts';

/**
 * Loads an app folder in a worker that offers @azure/functions-core only by `require`, as the real Node worker does, and says
 * what got registered. Point it at any built app: `loadInWorker('.')` is the product itself.
 */
export async function loadInWorker(
  appFolder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<LoadedApp & { output: string }> {
  const child = fork(fileURLToPath(new URL('../../../local/runner/worker.ts', import.meta.url)), [], {
    cwd: appFolder,
    env: environment,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk) => output.push(chunk));
  child.stderr?.on('data', (chunk) => output.push(chunk));
  const closed = once(child, 'close');
  try {
    child.send({ type: 'load', appFolder } satisfies ToWorker);
    for (;;) {
      const message: FromWorker | undefined = await Promise.race([
        once(child, 'message').then(([first]) => first),
        closed.then(() => undefined),
      ]);
      if (message === undefined)
        throw new Error(`The worker ended while loading ${appFolder}: ${Buffer.concat(output)}`);
      if (message.type !== 'loaded') continue;
      // One that cannot load may have ended by itself already.
      child.send({ type: 'terminate' } satisfies ToWorker, () => {});
      await closed;
      return { ...message.app, output: Buffer.concat(output).toString() };
    }
  } finally {
    child.kill('SIGKILL');
  }
}
