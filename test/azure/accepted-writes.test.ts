import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import type { NetworkWriter } from '../../src/hardening/network/ports.ts';
import { resourceGroup, simulatedAccess, subscriptionId } from './simulated-access.ts';
import { account } from './simulated-account.ts';

const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
const network = `${group}/Microsoft.Network/virtualNetworks/vnet-contoso`;
const subnet = `${network}/subnets/snet-contoso`;
const endpoint = `${group}/Microsoft.Network/privateEndpoints/pe-contoso`;
const zone = `${group}/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com`;
const location = 'eastus';
const rules = {
  publicNetworkAccess: 'Disabled',
  defaultAction: 'Deny',
  ipRules: [],
  subnets: [],
  bypass: null,
} as const;

const changes: Readonly<Record<string, (hand: NetworkWriter) => Promise<void>>> = {
  createVirtualNetwork: (hand) => hand.createVirtualNetwork({ id: network, location, addressSpace: '10.0.0.0/16' }),
  createSubnet: (hand) =>
    hand.createSubnet({ id: subnet, prefix: '10.0.0.0/24', privateEndpointNetworkPolicies: 'Enabled' }),
  addServiceEndpoint: (hand) => hand.addServiceEndpoint(subnet, 'Microsoft.CognitiveServices'),
  createPrivateEndpoint: (hand) =>
    hand.createPrivateEndpoint({
      id: endpoint,
      subnetId: subnet,
      location,
      targetId: account.armId,
      groupId: 'account',
    }),
  approveConnection: (hand) => hand.approveConnection(account, 'pe-contoso'),
  createZone: (hand) => hand.createZone(zone),
  linkZone: (hand) => hand.linkZone({ zoneId: zone, name: 'link', virtualNetworkId: network, nxDomainRedirect: false }),
  setZoneGroup: (hand) => hand.setZoneGroup(endpoint, 'default', [zone]),
  setRules: (hand) => hand.setRules(account, rules),
};

const refusals = [401, 403, 404, 429, 500] as const;

describe.each(refusals)('a write that Azure accepts with 202, and whose operation is answered %i,', (status) => {
  it.each(Object.entries(changes))('is no failure, and is not followed: %s', async (_, change) => {
    const wire = acceptingAzure(status);
    await expect(change(wire.access.network.networkWriter(() => true))).resolves.toBeUndefined();
    expect(wire.sent).toEqual([expect.stringMatching(/^(PUT|PATCH)$/)]);
  });

  it('is no failure, and is not followed: setDisabled', async () => {
    const wire = acceptingAzure(status);
    await expect(wire.access.localAuth.setDisabled(account, true, () => true)).resolves.toBeUndefined();
    expect(wire.sent).toEqual(['PATCH']);
  });

  it('may have come to something, if the vault then refuses to show the recovered secret', async () => {
    const wire = acceptingAzure(status);
    const recovering = wire.access.secrets('https://kv-contoso.vault.azure.net', () => true).recover('ai-key1');
    await expect(recovering).rejects.toMatchObject({ failure: { kind: 'outcome-unknown' } });
    expect(wire.sent).toEqual(['POST']);
  });
});

it('a write that is answered itself is what the answer says, whatever comes afterwards', async () => {
  const wire = acceptingAzure(404, 403);
  await expect(wire.access.localAuth.setDisabled(account, true, () => true)).rejects.toMatchObject({
    failure: { kind: 'refused', reason: 'account-access-denied' },
  });
});

/** Azure that answers every write `written` and every operation `polled`; `sent` has what was asked but for looks at a subnet. */
function acceptingAzure(polled: number, written = 202) {
  const sent: string[] = [];
  const operation = `https://management.azure.com/subscriptions/${subscriptionId}/providers/Microsoft.Network/locations/eastus/operations/1?api-version=2025-01-01`;
  const answer = (request: PipelineRequest, status: number, body: object, headers: Record<string, string> = {}) => ({
    request,
    status,
    bodyAsText: JSON.stringify(body),
    headers: createHttpHeaders({ 'content-type': 'application/json', ...headers }),
  });
  const refused = (request: PipelineRequest, status: number) =>
    answer(request, status, { error: { code: status === 404 ? 'NotFound' : 'AuthorizationFailed', message: '' } });
  const wire: HttpClient = {
    async sendRequest(request) {
      if (request.headers.get('authorization') === undefined)
        return answer(
          request,
          401,
          {},
          {
            'www-authenticate':
              'Bearer authorization="https://login.windows.net/11112222-3333-4444-5555-666677778888", resource="https://vault.azure.net"',
          },
        );
      const { pathname } = new URL(request.url);
      if (request.method === 'GET' && pathname.endsWith('/snet-contoso')) return answer(request, 200, { id: subnet });
      // The poller of the vault's SDK looks for the secret before it sends anything.
      if (request.method === 'GET' && pathname.startsWith('/secrets/')) return refused(request, polled);
      sent.push(request.method);
      if (request.method === 'GET') return refused(request, polled);
      if (written >= 400) return refused(request, written);
      const headers = pathname.startsWith('/deletedsecrets/')
        ? {}
        : { 'azure-asyncoperation': operation, location: operation };
      return answer(
        request,
        written,
        pathname.startsWith('/deletedsecrets/') ? { id: `https://kv-contoso.vault.azure.net/secrets/ai-key1/1` } : {},
        headers,
      );
    },
  };
  const { access } = simulatedAccess({ services: [], world: {}, roleGuid: 'none', through: () => wire });
  return { access, sent };
}
