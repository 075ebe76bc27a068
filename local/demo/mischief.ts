import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import { issueToken } from '../simulated-azure/entra/issue-token.ts';
import type { SimulatedAzure } from '../simulated-azure/simulated-azure.ts';
import { cloudOf } from '../simulated-azure/simulated-clouds.ts';
import { demoSecrets, demoTarget } from './demo-target.ts';

/** Something that goes wrong in Azure, for a newcomer to find and mend. */
export interface Mischief {
  readonly id: string;
  readonly title: string;
  /** What it does, and where the dashboard shows it. */
  readonly text: string;
  /** What the button says, as things are now; `undo` if it was done. */
  readonly state: (azure: SimulatedAzure) => 'do' | 'undo';
  /** Does it, or undoes it. @returns what happened, for the one who pressed the button */
  readonly act: (azure: SimulatedAzure) => Promise<string> | string;
}

const lockName = 'mischief-lock';
const endpointName = 'pe-mischief';
const networkName = 'vnet-mischief';
const never = () => 'do' as const;

/** Roles that were taken away, to be given back. */
const taken = new WeakMap<SimulatedAzure, SimulatedAzure['world']['roleAssignments']>();

export const mischiefs: readonly Mischief[] = [
  {
    id: 'regenerate',
    title: 'Regenerate the active key in the portal',
    text: 'Somebody who does not know of Keyturn replaces the key that consumers use: they are refused until the target is repaired.',
    state: never,
    async act(azure) {
      const slot = activeSlotOf(azure);
      await arm(azure, 'POST', `${demoTarget.accountId}/regenerateKey`, { keyName: slot === 'key1' ? 'Key1' : 'Key2' });
      return `${slot} of ${demoTarget.name} was regenerated behind Keyturn's back.`;
    },
  },
  {
    id: 'lock',
    title: 'Lock the account',
    text: 'A read-only lock: Azure lists and regenerates no keys, and the next rotation waits for a person.',
    state: ({ world }) => (world.locks.some(({ name }) => name === lockName) ? 'undo' : 'do'),
    act({ world }) {
      const at = world.locks.findIndex(({ name }) => name === lockName);
      if (at >= 0) world.locks.splice(at, 1);
      else world.locks.push({ name: lockName, level: 'ReadOnly', scope: demoTarget.accountId });
      return at >= 0 ? 'The lock is gone.' : `${demoTarget.name} has a read-only lock.`;
    },
  },
  {
    id: 'firewall',
    title: "Close the vault's firewall",
    text: 'The vault lets nobody in over the internet: neither Keyturn nor the consumers.',
    state: (azure) => (vaultOf(azure).network.defaultAction === 'Deny' ? 'undo' : 'do'),
    act(azure) {
      const vault = vaultOf(azure);
      const isClosed = vault.network.defaultAction === 'Deny';
      Object.assign(vault.network, { defaultAction: isClosed ? 'Allow' : 'Deny' });
      return isClosed ? `${vault.name} is open again.` : `${vault.name} is closed.`;
    },
  },
  {
    id: 'role',
    title: "Take Keyturn's role on the account away",
    text: 'Its identity may neither read the account nor touch its keys. The diagnosis names the missing action, and the command that grants it.',
    state: (azure) => (taken.has(azure) ? 'undo' : 'do'),
    act(azure) {
      const { roleAssignments, principals } = azure.world;
      const before = taken.get(azure);
      if (before !== undefined) {
        roleAssignments.push(...before);
        taken.delete(azure);
        return 'The role is back.';
      }
      const app = principals.find(({ name }) => name === 'func-keyturn')?.objectId;
      const isOnAccount = ({ principalId, scope }: { readonly principalId: string; readonly scope: string }) =>
        principalId === app && scope.toLowerCase() === demoTarget.accountId.toLowerCase();
      taken.set(azure, roleAssignments.filter(isOnAccount));
      const left = roleAssignments.filter((one) => !isOnAccount(one));
      roleAssignments.splice(0, roleAssignments.length, ...left);
      return `func-keyturn has no role on ${demoTarget.name}.`;
    },
  },
  {
    id: 'leak',
    title: 'Leak a key',
    text: 'Shows a key of the account as it might stand in a public repository. Paste it on the page Leak, learn whose it is, and replace it.',
    state: never,
    act(azure) {
      const slot = activeSlotOf(azure);
      return `Found in a public repository: AZURE_AI_KEY=${keyOf(azure, slot)}`;
    },
  },
  {
    id: 'private-endpoint',
    title: 'Give the account a private endpoint without DNS',
    text: 'Public access is off, and the private endpoint has no name in DNS: the name still leads to the public address, which refuses everybody.',
    state: ({ world }) => (world.network?.privateEndpoints.some(({ name }) => name === endpointName) ? 'undo' : 'do'),
    async act(azure) {
      const group = demoTarget.accountId.split('/providers/')[0] ?? '';
      const at = (kind: string, name: string) => `${group}/providers/Microsoft.Network/${kind}/${name}`;
      if (azure.world.network?.privateEndpoints.some(({ name }) => name === endpointName)) {
        await arm(azure, 'PATCH', demoTarget.accountId, { properties: { publicNetworkAccess: 'Enabled' } });
        await arm(azure, 'DELETE', at('privateEndpoints', endpointName));
        return 'Public access is on again, and the private endpoint goes.';
      }
      const location = 'eastus';
      const subnets = [{ name: 'default', properties: { addressPrefix: '10.9.0.0/24' } }];
      await arm(azure, 'PUT', at('virtualNetworks', networkName), {
        location,
        properties: { addressSpace: { addressPrefixes: ['10.9.0.0/16'] }, subnets },
      });
      await arm(azure, 'PUT', at('privateEndpoints', endpointName), {
        location,
        properties: {
          subnet: { id: `${at('virtualNetworks', networkName)}/subnets/default` },
          privateLinkServiceConnections: [
            {
              name: 'account',
              properties: { privateLinkServiceId: demoTarget.accountId, groupIds: ['account'] },
            },
          ],
        },
      });
      await arm(azure, 'PATCH', demoTarget.accountId, { properties: { publicNetworkAccess: 'Disabled' } });
      return `${demoTarget.name} has the private endpoint ${endpointName}, no DNS zone, and no public access.`;
    },
  },
];

function vaultOf({ world }: SimulatedAzure) {
  const vault = world.vaults.find(({ name }) => name === demoTarget.vault);
  if (vault === undefined) throw new Error(`The world has no vault ${demoTarget.vault}.`);
  return vault;
}

/** The slot that the pointer names; key1 before anything was adopted. */
function activeSlotOf(azure: SimulatedAzure): 'key1' | 'key2' {
  const pointer = vaultOf(azure).secrets.find(({ name }) => name === demoSecrets.pointer);
  return pointer?.versions.at(-1)?.value === 'key2' ? 'key2' : 'key1';
}

function keyOf({ world }: SimulatedAzure, slot: 'key1' | 'key2'): string {
  const account = world.accounts.find(({ name }) => name === demoTarget.name);
  return account?.keys.findLast((key) => key.slot === slot)?.value ?? '';
}

/** What somebody with every right does in the portal: sent, and waited for. */
async function arm(azure: SimulatedAzure, method: string, path: string, body?: object): Promise<void> {
  const answer = await sent(azure, method, path, body);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  if (method === 'POST') return;
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const look = await sent(azure, 'GET', path);
    if (method === 'DELETE' && look.status === 404) return;
    const { properties } = resource.parse(await look.json());
    if (method !== 'DELETE' && properties.provisioningState === 'Succeeded') return;
    await after(lookEveryMs);
  }
  throw new Error(`${path} was not ready in time.`);
}

const resource = z.object({ properties: z.object({ provisioningState: z.string().optional() }) });
const lookEveryMs = 250;
/** Ten seconds: the simulated Azure needs one. */
const mostLooks = 40;

async function sent(azure: SimulatedAzure, method: string, path: string, body?: object): Promise<Response> {
  const principal = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
  if (principal === undefined) throw new Error('The world has no keyturn-operator.');
  const { armHost, armAudiences } = cloudOf(azure.world);
  const { token } = await issueToken(azure, { principal, audience: armAudiences[0] ?? '' });
  const version = path.includes('Microsoft.Network') ? '2024-05-01' : '2024-10-01';
  const request = new Request(`https://${armHost}${path}?api-version=${version}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await azure.handle(request, { callerAddress: '203.0.113.10', connectionId: 'mischief' });
}
