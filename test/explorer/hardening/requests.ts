import type { App } from '../../../src/app/contract.ts';
import type { NamedIdentity } from '../../../src/hardening/access/gather-access.ts';
import { assignmentName, keyturnDescription } from '../../../src/hardening/access/made-by-keyturn.ts';
import type { Assignment } from '../../../src/hardening/access/ports.ts';
import type { NetworkMode, NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { askFor as askForRotation } from '../rotation/operators.ts';
import type { World } from '../world.ts';
import { set } from './apply-hardening.ts';
import { egress, ownPrincipalId } from './hardening-world.ts';

/** Nothing but the change: no rotation falls due, and no look for drift. */
export const explored = buildTarget({
  policy: { driftEveryMs: 100 * 365 * 86_400_000, newKeyProof: { acceptances: 3, spreadMs: 4_000 } },
});

const group = `/subscriptions/${explored.account.subscriptionId}/resourceGroups/${explored.account.resourceGroup}`;
export const virtualNetworkId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-hub`;
export const subnetId = `${virtualNetworkId}/subnets/snet-endpoints`;
export const endpointId = `${group}/providers/Microsoft.Network/privateEndpoints/pe-${explored.account.account}`;
export const zoneName = 'privatelink.cognitiveservices.azure.com';
export const zoneId = `${group}/providers/Microsoft.Network/privateDnsZones/${zoneName}`;

/** What an operator may ask for. */
export const requests = [
  'ask',
  'ask for the opposite',
  'start a rotation',
  'resume the rotation',
  'pause',
  'go on',
] as const;
export type Request = (typeof requests)[number];

/** How a change begins, and what is asked for. */
export interface HardeningScene {
  readonly area: HardeningArea;
  readonly name: string;
  /** Which comes first of the change and a rotation of the same account, if nobody interferes; null: there is no rotation. */
  readonly beside: 'a rotation first' | 'the change first' | null;
  /** Brings an account that nobody has touched to where the change begins. */
  readonly begin: (world: World) => void;
  readonly ask: (app: App) => Promise<unknown>;
  readonly askForTheOpposite: (app: App) => Promise<unknown>;
}

const operator = { objectId: 'operator-1' };

const network: NetworkRequest = {
  mode: 'private',
  ipRules: null,
  subnets: null,
  bypass: null,
  privateEndpoint: null,
  privateDns: null,
  keyturn: null,
  consumers: [],
};
const confirm = ['opens-to-everyone', 'nobody-gets-in', 'cuts-off-keyturn', 'public-access-unproved'];

const askNetwork = (request: NetworkRequest) => (app: App) =>
  app.putNetwork(explored.name, request, { dryRun: false, confirm, ifMatch: ['*'] }, operator);
const keys = (on: boolean) => (app: App) =>
  app.changeKeyless(
    explored.name,
    {
      ...{ enabled: !on, identities: null, proveWithinMinutes: 30, dryRun: false, ifMatch: null },
      confirm: ['no-identities-named'],
    },
    operator,
  );

const languageReader = '7628b7b8-a8b2-4cdc-b46f-e9b35248918e';
const nobody: NamedIdentity = {
  ...{ principalId: null, resourceId: null, create: null, keyturn: false, principalType: 'ServicePrincipal' },
  roles: [{ role: languageReader, scope: 'account' }],
};
const access = (identities: readonly NamedIdentity[]) => (app: App) =>
  app.changeAccess(explored.name, { identities, dryRun: false, ifMatch: null, confirm: [] }, operator);

/** What marks Keyturn's own assignments for the target. */
export const description = keyturnDescription('keyturn-test', explored.name);
const appPrincipalId = 'aaaaaaaa-0000-4000-8000-00000000000a';

function role(principalId: string, more: Partial<Assignment> = {}): Assignment {
  const scope = explored.account.armId;
  return {
    ...{ scope, principalId, principalType: 'ServicePrincipal', roleGuid: languageReader, description },
    ...{ name: assignmentName(scope, principalId, languageReader), hasCondition: false, createdAtMs: 0 },
    ...more,
  };
}
/** Made by a person. */
const ownRole = role(ownPrincipalId, { description: null });
const personsRole = role('bbbbbbbb-0000-4000-8000-00000000000b', { description: 'contoso made it' });
/** Made by Keyturn. */
const appRole = role(appPrincipalId);
const oldRole = role('cccccccc-0000-4000-8000-00000000000c');

const mode = (which: NetworkMode) => askNetwork({ ...network, mode: which });

const alone: readonly Omit<HardeningScene, 'beside'>[] = [
  {
    area: 'network',
    name: 'lock down: an endpoint, its names, the public door',
    begin: () => {},
    ask: askNetwork({
      ...network,
      privateEndpoint: { subnet: { kind: 'existing', id: subnetId }, name: null, resourceGroup: null },
      privateDns: { zones: 'create', resourceGroup: null, nxDomainRedirect: true },
    }),
    askForTheOpposite: mode('public'),
  },
  {
    area: 'network',
    name: 'open again',
    begin: (world) => {
      const { rules } = world.hardening;
      set(world, {
        rules: { ...rules, publicNetworkAccess: 'Disabled' },
        ...{ connection: 'Approved', zoneExists: true, zoneLinked: true, zoneGroup: true },
      });
    },
    ask: mode('public'),
    askForTheOpposite: mode('private'),
  },
  {
    area: 'network',
    name: 'only listed addresses, Keyturn among them',
    begin: () => {},
    ask: askNetwork({ ...network, mode: 'selected-networks', ipRules: [egress, '198.51.100.7'] }),
    askForTheOpposite: mode('public'),
  },
  {
    area: 'network',
    name: 'only listed addresses, Keyturn not among them',
    begin: () => {},
    ask: askNetwork({ ...network, mode: 'selected-networks', ipRules: ['198.51.100.7'] }),
    askForTheOpposite: mode('public'),
  },
  {
    area: 'keyless',
    name: 'turn keys off',
    begin: (world) => set(world, { assignments: [ownRole] }),
    ask: keys(false),
    askForTheOpposite: keys(true),
  },
  {
    area: 'keyless',
    name: 'turn keys off, which a gateway goes on taking',
    begin: (world) => set(world, { assignments: [ownRole], keysLingerMs: 2 * 3_600_000 }),
    ask: keys(false),
    askForTheOpposite: keys(true),
  },
  {
    area: 'keyless',
    name: 'turn keys off that are off already',
    begin: (world) => {
      set(world, { assignments: [ownRole] });
      world.facts = { ...world.facts, localAuthDisabled: true };
    },
    ask: keys(false),
    askForTheOpposite: keys(true),
  },
  {
    area: 'keyless',
    name: 'turn keys on',
    begin: (world) => {
      set(world, { assignments: [ownRole] });
      world.facts = { ...world.facts, localAuthDisabled: true };
    },
    ask: keys(true),
    askForTheOpposite: keys(false),
  },
  {
    area: 'access',
    name: 'give roles, and take one back',
    begin: (world) => set(world, { assignments: [oldRole, personsRole] }),
    ask: access([
      { ...nobody, principalId: appPrincipalId },
      { ...nobody, create: { name: 'id-app', resourceGroup: explored.account.resourceGroup, location: 'eastus' } },
      { ...nobody, keyturn: true },
    ]),
    askForTheOpposite: access([]),
  },
  {
    area: 'access',
    name: 'take all roles back',
    begin: (world) => set(world, { assignments: [oldRole, appRole, personsRole] }),
    ask: access([]),
    askForTheOpposite: access([{ ...nobody, principalId: appPrincipalId }]),
  },
];

/** Changes that are explored beside a rotation, too. */
const withRotation = [
  'turn keys off',
  'turn keys on',
  'only listed addresses, Keyturn among them',
  'take all roles back',
];

export const hardeningScenes: readonly HardeningScene[] = [
  ...alone.map((scene) => ({ ...scene, beside: null })),
  ...alone
    .filter(({ name }) => withRotation.includes(name))
    .flatMap((scene) =>
      (['a rotation first', 'the change first'] as const).map((beside) => ({
        ...scene,
        beside,
        name: `${scene.name}, beside a rotation, ${beside}`,
      })),
    ),
];

/** Asks the app, as its edges would. */
export function askFor(app: App, world: World, scene: HardeningScene, request: Request): Promise<unknown> {
  switch (request) {
    case 'ask':
      return scene.ask(app);
    case 'ask for the opposite':
      return scene.askForTheOpposite(app);
    case 'start a rotation':
      return askForRotation(app, world, explored.name, 'start');
    case 'resume the rotation':
      return askForRotation(app, world, explored.name, 'resume');
    case 'pause':
      return app.setPause({ paused: true, reason: null }, operator);
    case 'go on':
      return app.setPause({ paused: false, reason: null }, operator);
  }
}
