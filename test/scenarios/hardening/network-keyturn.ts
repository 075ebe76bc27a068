import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import type { SimulatedClock } from '../../../local/simulated-azure/clock.ts';
import { networkOf } from '../../../local/simulated-azure/network/network-world.ts';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import type { NetworkRequest } from '../../../src/app/contract.ts';
import { keyturnAddress, simulatedKeyturn } from '../simulated-keyturn.ts';

const operator = { objectId: 'operator-1' };

/** What changing a network needs, beside what rotating needs. */
const networkRoles = ['Network Contributor', 'Private DNS Zone Contributor', 'Cognitive Services Contributor'];

export type Ask = Partial<NetworkRequest> & Pick<NetworkRequest, 'mode'>;

/**
 * Keyturn in a subnet of a network of Contoso's, its target adopted; Azure takes `armOperationMs` over everything that it
 * makes, while the queue's time passes.
 */
export async function networkKeyturn(
  options: { armOperationMs?: number; adopt?: boolean; target?: Parameters<typeof simulatedKeyturn>[0] } = {},
) {
  const keyturn = simulatedKeyturn(options.target);
  const { azure, account, app, journal, clock, target } = keyturn;
  const { world } = azure;
  const group = `/subscriptions/${account.subscriptionId}/resourceGroups/${account.resourceGroup}`;
  const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-contoso`;
  const appSubnet = `${networkId}/subnets/snet-app`;
  const endpointSubnet = `${networkId}/subnets/snet-endpoints`;
  const keyturnId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  for (const roleName of networkRoles) {
    const roleGuid = builtInRoles.find((role) => role.roleName === roleName)?.guid ?? '';
    const request = {
      name: crypto.randomUUID(),
      scope: group,
      principalId: keyturnId,
      principalType: 'ServicePrincipal',
      roleGuid,
      createdBy: operator.objectId,
    };
    world.roleAssignments.push({ ...newRoleAssignment(world, request, 0), effectiveAtMs: 0 });
  }
  const subnet = (name: string, prefix: string) => ({
    name,
    etag: `W/"${crypto.randomUUID()}"`,
    state: 'Succeeded' as const,
    prefixes: [prefix],
    asList: false,
    serviceEndpoints: [],
    privateEndpointNetworkPolicies: 'Disabled',
    privateLinkServiceNetworkPolicies: 'Enabled',
    more: { delegations: [] },
  });
  const network = networkOf(world);
  network.virtualNetworks.push({
    subscriptionId: account.subscriptionId,
    resourceGroup: account.resourceGroup,
    name: 'vnet-contoso',
    location: 'eastus',
    tags: undefined,
    resourceGuid: crypto.randomUUID(),
    etag: `W/"${crypto.randomUUID()}"`,
    state: 'Succeeded',
    addressPrefixes: ['10.20.0.0/16'],
    more: {},
    subnets: [subnet('snet-app', '10.20.1.0/24'), subnet('snet-endpoints', '10.20.2.0/24')],
  });
  network.callers.push({ name: 'func-keyturn', address: keyturnAddress, subnetId: appSubnet });
  if (options.adopt !== false) {
    const adopted = await app.adopt(target.name, { activeSlot: 'key1' }, operator);
    if (adopted.kind !== 'adopted') throw new Error(`not adopted: ${JSON.stringify(adopted)}`);
  }

  // Azure's own work takes time that only the queue lets pass.
  world.pace.armOperationMs = options.armOperationMs ?? 20_000;
  let sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const patient: SimulatedClock = {
    nowMs: clock.nowMs,
    sleep: (durationMs) =>
      new Promise((wake) => {
        sleepers.push({ untilMs: clock.nowMs() + durationMs, wake });
      }),
  };
  Object.assign(azure, { clock: patient });
  const settle = async () => {
    const due = sleepers.filter(({ untilMs }) => untilMs <= clock.nowMs());
    sleepers = sleepers.filter((one) => !due.includes(one));
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  keyturn.afterEachCall(settle);
  /** Delivers the queue's next message at its time. */
  const deliverOne = async (): Promise<boolean> => {
    const next = [...journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
    if (next === undefined) return false;
    journal.queue.splice(journal.queue.indexOf(next), 1);
    if (next.dueAtMs > clock.nowMs()) clock.advance(next.dueAtMs - clock.nowMs());
    await settle();
    await app.advance(next.wakeUp);
    return true;
  };
  const ask = (request: Ask, more: { dryRun?: boolean; confirm?: string[]; ifMatch?: string[] | null } = {}) =>
    app.putNetwork(
      target.name,
      {
        ipRules: null,
        subnets: null,
        bypass: null,
        privateEndpoint: null,
        privateDns: null,
        keyturn: null,
        consumers: [],
        ...request,
      },
      { dryRun: false, confirm: [], ifMatch: ['*'], ...more },
      operator,
    );
  return {
    ...keyturn,
    network,
    networkId,
    appSubnet,
    endpointSubnet,
    ask,
    deliverOne,
    settle,
    /** Until nothing is left to do. */
    async deliverAll() {
      for (let delivered = 0; delivered < 300; delivered += 1) if (!(await deliverOne())) return;
      throw new RangeError('the change does not come to rest');
    },
    async look() {
      const read = await app.readNetwork(target.name);
      if (read.kind !== 'found') throw new Error(JSON.stringify(read));
      return read.view;
    },
    /** Requests to ARM that changed something, but for listing keys. */
    writes: () =>
      azure.calls
        .filter(
          ({ host, method, path }) => host === 'management.azure.com' && method !== 'GET' && !path.endsWith('listKeys'),
        )
        .map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`),
    /** The account's rules as Azure has them. */
    networkRules: () => {
      const { publicNetworkAccess, networkAcls } = account.resource.properties;
      return { publicNetworkAccess, networkAcls };
    },
  };
}

export type NetworkKeyturn = Awaited<ReturnType<typeof networkKeyturn>>;

/** Everything private: endpoint in the subnet for endpoints, zones made and linked. */
export function privateRequest({ endpointSubnet, appSubnet }: NetworkKeyturn): Ask {
  return {
    mode: 'private',
    privateEndpoint: { subnet: { kind: 'existing', id: endpointSubnet }, name: null, resourceGroup: null },
    privateDns: { zones: 'create', resourceGroup: null, nxDomainRedirect: true },
    keyturn: { egress: null, subnetId: appSubnet },
  };
}
