import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { defaultSubscriptionId, defaultWorld } from '../../../local/simulated-azure/default-world.ts';
import { startSimulatedAzure } from '../../../local/simulated-azure/start.ts';
import { bareEnvironment } from '../../vitest/bare-environment.ts';
import type { FromFrozenWorker, Stage, ToFrozenWorker, Write } from './frozen-worker-messages.ts';
import { type SharedTime, sharedTime } from './shared-time.ts';
import { heldDeliveryPath } from './slow-delivery-path.ts';

const dayMs = 24 * 60 * 60_000;
const accountId = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts/ai-secure-demo`;
const vaultUrl = 'https://kv-ai102-secure.vault.azure.net';

/** Nothing is known to a client before its first request; Key Vault's is a question, whose answer names the token. */
const requestsBefore = { regenerate: 0, store: 1 } as const satisfies Record<Write, number>;

/** A worker in a process of its own, whose way to the simulated Azure can be held at every point. */
export async function frozenWorker() {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-frozen-'));
  const time = sharedTime(folder);
  const simulated = await startSimulatedAzure({ world: defaultWorld(time), clock: time, folder });
  const { environment, azure } = simulated;
  const deliveryPath = await heldDeliveryPath({
    proxyUrl: environment.HTTPS_PROXY ?? '',
    identityEndpoint: environment.IDENTITY_ENDPOINT ?? '',
  });
  const child = fork(join(import.meta.dirname, 'frozen-worker-process.ts'), [accountId, vaultUrl], {
    execArgv: [...time.nodeArguments],
    env: {
      ...bareEnvironment(),
      ...environment,
      HTTPS_PROXY: `http://proxy.contoso.test:${deliveryPath.proxyPort}`,
      https_proxy: '',
      IDENTITY_ENDPOINT: deliveryPath.identityEndpoint,
    },
  });
  const exited = once(child, 'exit');
  const tell = (message: ToFrozenWorker) => child.send(message, () => undefined);
  let lookupsUntilHeld = 0;
  let reachLookup = () => {};
  child.on('message', ({ kind }: FromFrozenWorker) => {
    if (kind !== 'lookup') return;
    lookupsUntilHeld -= 1;
    if (lookupsUntilHeld === 0) reachLookup();
    else tell({ kind: 'looked-up' });
  });
  await said(child, 'ready');

  /** Holds the write at `stage`. `reached` resolves when it is there. */
  function hold(stage: Stage, write: Write) {
    const nth = requestsBefore[write] + 1;
    if (stage === 'last-check') return { reached: stopped(child), release: () => {} };
    // The token is asked for once, before the request that needs it.
    if (stage !== 'lookup') return deliveryPath.hold(stage, stage === 'token' ? 1 : nth);
    const reached = Promise.withResolvers<void>();
    lookupsUntilHeld = nth;
    reachLookup = reached.resolve;
    return { reached: reached.promise, release: () => tell({ kind: 'looked-up' }) };
  }

  return {
    azure,
    time,
    /**
     * Lets the worker take a lease and write, freezes it at `stage`, lets `happen` what happens meanwhile, lets the
     * others answer, wakes it, and tells how its write ended.
     */
    async frozenAt(stage: Stage, write: Write, happen: (time: SharedTime) => void) {
      // Tokens of earlier writes have ended.
      time.pass(2 * dayMs);
      const callsBefore = azure.calls.length;
      const { reached, release } = hold(stage, write);
      const ended = said(child, 'ended');
      const checks = 2 * (requestsBefore[write] + 1);
      tell({ kind: 'write', write, freezeAtCheck: stage === 'last-check' ? checks : null });
      await Promise.race([reached, ended.then(({ outcome }) => Promise.reject(new Error(`not held: ${outcome}`)))]);
      child.kill('SIGSTOP');
      await stopped(child);
      happen(time);
      release();
      child.kill('SIGCONT');
      const { outcome } = await ended;
      if (outcome !== 'applied') await deliveryPath.quiet();
      // Key Vault's question of the first request, which holds no secret, is no write.
      const writes = azure.calls
        .slice(callsBefore)
        .filter(({ operation, status }) => /regenerateKey|setSecret/.test(operation) && status !== 401);
      return { outcome, writes: writes.length };
    },
    /** Ends only what was started here. */
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await deliveryPath.stop();
      await simulated.stop();
      time.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type FrozenWorker = Awaited<ReturnType<typeof frozenWorker>>;

/** The next message of a kind; rejects when the child ends instead. */
async function said<K extends FromFrozenWorker['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<FromFrozenWorker, { kind: K }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<FromFrozenWorker, { kind: K }>>();
  const listen = (message: FromFrozenWorker) => {
    if (isKind(message, kind)) resolve(message);
  };
  const exit = () => reject(new Error('the worker ended'));
  child.on('message', listen).once('exit', exit);
  return await promise.finally(() => child.off('message', listen).off('exit', exit));
}

function isKind<K extends FromFrozenWorker['kind']>(
  message: FromFrozenWorker,
  kind: K,
): message is Extract<FromFrozenWorker, { kind: K }> {
  return message.kind === kind;
}

/** Resolves when the process has been stopped: the signal by itself does not say that it already is. */
async function stopped({ pid }: ChildProcess): Promise<void> {
  while (!execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T')) await after(5);
}
