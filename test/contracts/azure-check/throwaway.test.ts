import { describe, expect, it } from 'vitest';
import { type CloudName, clouds } from '../../../src/azure/clouds.ts';
import type { Ask } from './arm-requests.ts';
import { namesOf, throwaway } from './throwaway.ts';
import { waiting } from './waiting.ts';

const subscriptionId = '11111111-1111-1111-1111-111111111111';
const names = namesOf('0123456789');

/** An Azure that answers storage accounts, which the simulated Azure does not have. */
function things(cloud: CloudName, provisioningState = 'Succeeded') {
  const asked: { readonly method: string; readonly url: string; readonly body: unknown }[] = [];
  const ask: Ask = async (method, url, body) => {
    asked.push({ method, url, body });
    if (url.includes('/listKeys')) return { status: 200, body: { keys: [{ value: 'first' }, { value: 'second' }] } };
    return { status: 200, body: { properties: { provisioningState } } };
  };
  const parts = { ask, cloud: clouds[cloud], subscriptionId, location: 'westeurope', names, newId: () => 'id' };
  return { asked, made: throwaway(parts).makeStorage(waiting(new AbortController().signal)) };
}

describe('the storage account of the check', () => {
  it.each([
    { cloud: 'public', arm: 'https://management.azure.com', suffix: 'core.windows.net' },
    { cloud: 'usgovernment', arm: 'https://management.usgovcloudapi.net', suffix: 'core.usgovcloudapi.net' },
    { cloud: 'china', arm: 'https://management.chinacloudapi.cn', suffix: 'core.chinacloudapi.cn' },
  ] as const)('is asked of $arm, and reached by its first key', async ({ cloud, arm, suffix }) => {
    const { asked, made } = things(cloud);
    expect(await made).toBe(
      `DefaultEndpointsProtocol=https;AccountName=keyturncheck0123456789;AccountKey=first;EndpointSuffix=${suffix}`,
    );
    const at = `${arm}/subscriptions/${subscriptionId}/resourceGroups/keyturn-check-0123456789/providers/Microsoft.Storage/storageAccounts/keyturncheck0123456789`;
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `PUT ${at}?api-version=2023-05-01`,
      `GET ${at}?api-version=2023-05-01`,
      `POST ${at}/listKeys?api-version=2023-05-01`,
    ]);
    expect(asked[0]?.body).toMatchObject({ kind: 'StorageV2', sku: { name: 'Standard_LRS' }, location: 'westeurope' });
  });

  it('is not waited for once Azure has given it up', async () => {
    await expect(things('public', 'Failed').made).rejects.toThrow('the storage account ended as Failed');
  });
});

it('fits into the names that Azure allows', () => {
  expect(names.vault).toMatch(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
  expect(names.storage).toMatch(/^[a-z0-9]{3,24}$/);
  expect(names.account).toMatch(/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/);
});
