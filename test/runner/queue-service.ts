import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** Azurite's well-known development account. */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azurite's queue service alone, in memory and on a free port. */
export async function startQueueService(): Promise<{ readonly connectionString: string; stop(): Promise<void> }> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/queue/main.js');
  const flags = [
    '--inMemoryPersistence',
    '--queuePort',
    '0',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--silent',
  ];
  const child = fork(main, flags, { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  if (child.stdout === null) throw new Error('unreachable: stdout is a pipe');
  for await (const line of createInterface({ input: child.stdout })) {
    const endpoint = /listen\w* (?:at|on) (http:\S+)/.exec(line)?.[1];
    if (endpoint === undefined) continue;
    child.stdout.resume();
    const parts = [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `QueueEndpoint=${endpoint}/${account}`,
    ];
    return { connectionString: `${parts.join(';')};`, stop };
  }
  throw new Error('Azurite ended before it listened.');
}
