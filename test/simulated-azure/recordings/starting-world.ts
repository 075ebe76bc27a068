import { CALLER, EVERYTHING, STRANGER } from './callers.ts';
import { accountEdits } from './edits/account-edits.ts';
import { assignmentEdits } from './edits/assignment-edits.ts';
import { groupEdits } from './edits/group-edits.ts';
import { identityEdits } from './edits/identity-edits.ts';
import { networkEdits } from './edits/network-edits.ts';
import { planeEdits } from './edits/plane-edits.ts';
import { topicEdits } from './edits/topic-edits.ts';
import { vaultEdits } from './edits/vault-edits.ts';
import { vaultResourceEdits } from './edits/vault-resource-edits.ts';
import { webSiteEdits } from './edits/web-site-edits.ts';
import type { RecordedWorld, WorldEdit } from './edits/world-edit.ts';
import { guidOf } from './placeholders.ts';
import { itemsAt, type RecordedFile, textAt } from './recorded-file.ts';
import { addVaults } from './starting-vault.ts';

const PROVIDERS = [
  'Microsoft.Authorization',
  'Microsoft.CognitiveServices',
  'Microsoft.EventGrid',
  'Microsoft.KeyVault',
  'Microsoft.ManagedIdentity',
  'Microsoft.Network',
  'Microsoft.Resources',
];

/** The world in which a recording begins, and what happened beside it, as far as its own exchanges show. */
export function startingWorld(file: RecordedFile): {
  readonly world: RecordedWorld;
  readonly edits: readonly WorldEdit[];
} {
  const text = JSON.stringify(file.exchanges);
  const subscriptions = [
    ...new Set([...text.matchAll(/\/subscriptions\/([0-9a-fx-]{36})/gi)].map(([, id = '']) => id.toLowerCase())),
  ];
  const mainSubscription =
    /\/subscriptions\/([0-9a-f-]{36})\/resourcegroups\/[^/]+\/providers\/microsoft\.keyvault/i.exec(text)?.[1] ??
    guidOf('subscription of recorded vaults');
  const world: RecordedWorld = {
    tenantId: tenantOf(text),
    subscriptions: [...new Set([...subscriptions, ...(text.includes('.vault.') ? [mainSubscription] : [])])].map(
      (id) => ({
        id,
        displayName: displayNameOf(file, id),
        registeredProviders: registeredProviders(text),
      }),
    ),
    resourceGroups: [],
    accounts: [],
    deletedAccounts: [],
    vaults: [],
    principals: [CALLER, STRANGER],
    roleAssignments: [
      {
        name: guidOf('assignment of the caller'),
        scope: '/',
        principalId: CALLER.objectId,
        principalType: 'ServicePrincipal',
        roleGuid: EVERYTHING.guid,
        createdAtMs: 0,
        effectiveAtMs: 0,
        resource: {},
      },
    ],
    customRoles: [EVERYTHING],
    locks: [],
    pace: {
      gatewayNodes: 1,
      newKeyAcceptedMs: 0,
      oldKeyAcceptedMs: 0,
      listKeysStaleMs: 0,
      roleAssignmentMs: 0,
      armOperationMs: 5_000,
      secretTransitionMs: 5_000,
    },
  };
  addVaults(world, file, mainSubscription);
  return {
    world,
    edits: [
      ...groupEdits(file),
      ...accountEdits(file),
      ...planeEdits(file),
      ...topicEdits(file),
      ...vaultEdits(file),
      ...vaultResourceEdits(file),
      ...assignmentEdits(file),
      ...networkEdits(file),
      ...identityEdits(file),
      ...webSiteEdits(file),
    ],
  };
}

/** The tenant that challenges, lists and messages of the file name. */
function tenantOf(text: string): string {
  const named =
    /(?:login\.windows\.net|login\.microsoftonline\.com|\/tenants|in the directory )\/?([0-9a-f]{8}-[0-9a-f-]{27})/i.exec(
      text,
    )?.[1];
  return named ?? /"tenantId":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? guidOf('tenant');
}

function displayNameOf(file: RecordedFile, id: string): string {
  const shown = file.exchanges
    .flatMap(({ response }) => [response.body, ...itemsAt(response.body, 'value')])
    .find((body) => textAt(body, 'subscriptionId')?.toLowerCase() === id && textAt(body, 'displayName') !== undefined);
  return textAt(shown, 'displayName') ?? 'Recorded';
}

function registeredProviders(text: string): Set<string> {
  const missing =
    /not registered to use namespace '([^']+)'/.exec(text)?.[1] ??
    /"namespace":"([^"]+)"(?:(?!"namespace").)*"registrationState":"(?:Registering|NotRegistered)"/.exec(text)?.[1];
  const named = [...text.matchAll(/\/providers\/(\w+\.\w+)/gi)].map(([, name = '']) => name);
  return new Set([...PROVIDERS, ...named].filter((provider) => provider.toLowerCase() !== missing?.toLowerCase()));
}
