/** A worker that only writes: the true adapters and credential under a true lease. Forked by frozen-worker.ts. */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { azureAccess } from '../../../src/azure/azure-access.ts';
import { clouds } from '../../../src/azure/clouds.ts';
import { credential } from '../../../src/azure/entra/credential.ts';
import { systemClock } from '../../../src/azure/system-clock.ts';
import { fenceInstants, leaseFence } from '../../../src/durable/lease-fence.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { Fence } from '../../../src/shared/fence.ts';
import { type AccountId, parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { FromFrozenWorker, ToFrozenWorker, Write } from './frozen-worker-messages.ts';

const [accountId = '', vaultUrl = ''] = process.argv.slice(2);
const account = accountIn(accountId);
const tell = (message: FromFrozenWorker) => process.send?.(message);

/** Only the proxy has a name to look up; it is at 127.0.0.1 once the test says so. */
const lookedUp: (() => void)[] = [];
const lookup = (_name: string, options: { readonly all?: boolean }, found: (...answer: unknown[]) => void) => {
  lookedUp.push(() =>
    options.all === true ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
  );
  tell({ kind: 'lookup' });
};
Object.assign(dns, { lookup });
syncBuiltinESMExports();

async function write(what: Write, freezeAtCheck: number | null): Promise<void> {
  const lease = leaseFence(systemClock);
  lease.renew(fenceInstants(systemClock));
  let checks = 0;
  const fence: Fence = () => {
    checks += 1;
    // The whole process stops in here, between TLS and the check; no other moment is nearer to the send.
    if (checks === freezeAtCheck) process.kill(process.pid, 'SIGSTOP');
    return lease.holds();
  };
  // A client of its own each time: nothing is connected or known yet.
  const access = azureAccess({
    cloud: clouds.public,
    credential: credential(null),
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
  });
  const sent =
    what === 'regenerate'
      ? access.accounts(fence).regenerate(account, 'key2')
      : access.secrets(vaultUrl, fence).store({
          name: 'ai-services-active-key',
          value: new SecretText('key2'),
          contentType: 'text/plain',
          tags: {},
          expiresAtMs: null,
        });
  await sent.then(
    () => tell({ kind: 'ended', outcome: 'applied' }),
    (error: unknown) => tell({ kind: 'ended', outcome: error instanceof FailureError ? error.failure : 'unexpected' }),
  );
}

function accountIn(text: string): AccountId {
  const id = parseAccountId(text);
  if (id === null) throw new TypeError(`no account: ${text}`);
  return id;
}

process.on('message', (message: ToFrozenWorker) => {
  if (message.kind === 'write') void write(message.write, message.freezeAtCheck);
  else lookedUp.shift()?.();
});
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
