import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { bareEnvironment } from '../vitest/bare-environment.ts';

const src = new URL('../../src/', import.meta.url);
const script = `
  const { azureAccess } = await import('${src}azure/azure-access.ts');
  const { clouds } = await import('${src}azure/clouds.ts');
  const { SecretText } = await import('${src}shared/secret-text.ts');
  const access = azureAccess({
    cloud: { ...clouds.public, arm: { endpoint: 'https://127.0.0.1:9', scope: 'https://management.azure.com/.default' } },
    credential: { getToken: async () => ({ token: 'token', expiresOnTimestamp: 8e12 }) },
    storage: { kind: 'connection-string', value: new SecretText('DefaultEndpointsProtocol=http;AccountName=c;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:9/c;TableEndpoint=http://127.0.0.1:9/c;') },
  });
  const account = { armId: 'a', subscriptionId: 's', resourceGroup: 'r', account: 'a' };
  const calls = [
    access.accounts(() => true).regenerate(account, 'key1'),
    access.secrets('https://127.0.0.1:9', () => true).read('s'),
    access.rows.load(account),
    access.wakeUps.enqueue({ target: 't', wakeSeq: 1 }, 0),
  ];
  const ended = await Promise.allSettled(calls);
  console.log(ended.map(({ reason }) => reason?.message).join());
`;

it('the SDKs print nothing, whatever the environment asks of them', async () => {
  const environment = { ...bareEnvironment(), AZURE_LOG_LEVEL: 'verbose', DEBUG: 'azure*', NO_PROXY: '127.0.0.1' };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(errors).toBe('');
  expect(printed).toBe(`${Array(4).fill('not-applied: ECONNREFUSED').join()}\n`);
});
