/** What of Keyturn needs it. */
export const features = {
  rotate: { part: 'rotation', what: 'Rotate, roll back, cancel, replace a leaked key' },
  adopt: { part: 'rotation', what: 'Adopt an account' },
  repair: { part: 'rotation', what: 'Repair what the vault lost' },
  offboard: { part: 'rotation', what: 'Take a target out of care' },
  watch: { part: 'rotation', what: 'Look for drift, and read what an event names' },
  discover: { part: 'rotation', what: 'Find targets by their tags' },
  notify: { part: 'rotation', what: 'Tell people through a custom topic' },
  network: { part: 'hardening', what: 'Read and change the network' },
  access: { part: 'hardening', what: 'Read and change who has access' },
  keyless: { part: 'hardening', what: 'Go keyless, and back' },
  diagnose: { part: 'hardening', what: 'Diagnose a target' },
} as const;

export type Feature = keyof typeof features;

/** What gives a permission: the roles of infra/, and built-in ones. */
type GivingRole =
  | 'Keyturn Key Rotator'
  | 'Key Vault Secrets Officer'
  | 'Keyturn Hardening'
  | 'Keyturn Access'
  | 'Cognitive Services Language Reader'
  | 'Cognitive Services OpenAI User'
  | 'Reader'
  | 'EventGrid Data Sender';

/** Where it must be granted: there, or on any scope above. */
export type GrantScope =
  | 'account'
  | 'vault'
  | 'subscription'
  | 'topic'
  | "network's group"
  | "endpoint's group"
  | "zones' group"
  | "identity's group"
  | 'account or its group'
  | "account's group";

export interface Permission {
  /** As role definitions write it. */
  readonly name: string;
  readonly kind: 'action' | 'data action';
  /** The call that asks for it. */
  readonly call: string;
  readonly scope: GrantScope;
  readonly role: GivingRole;
  /** They fail without it. */
  readonly features: readonly Feature[];
  /** They ask for it too, and go on without. */
  readonly spared?: readonly Feature[];
  /** Azure refuses nothing without it, and shows nothing: no failure can name it. */
  readonly silent?: true;
}

/**
 * Every action and data action that Keyturn's identity needs in Azure, and nothing more; its own storage account apart.
 * docs/security.md shows this list, the roles of infra/ grant it, and test/permissions takes each row away once.
 */
export const permissions: readonly Permission[] = [
  {
    name: 'Microsoft.CognitiveServices/accounts/read',
    kind: 'action',
    call: 'read the account',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'access', 'keyless', 'diagnose'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/listKeys/action',
    kind: 'action',
    call: 'list its keys',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'keyless', 'diagnose'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/regenerateKey/action',
    kind: 'action',
    call: 'regenerate a key',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate'],
  },
  {
    name: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    kind: 'data action',
    call: 'read a secret, or one version of it',
    scope: 'vault',
    role: 'Key Vault Secrets Officer',
    features: ['rotate', 'adopt', 'repair', 'offboard', 'watch', 'keyless', 'diagnose'],
    spared: ['network'],
  },
  {
    name: 'Microsoft.KeyVault/vaults/secrets/setSecret/action',
    kind: 'data action',
    call: 'store keys, endpoint, pointer and direct value',
    scope: 'vault',
    role: 'Key Vault Secrets Officer',
    features: ['rotate', 'adopt', 'repair'],
  },
  {
    name: 'Microsoft.KeyVault/vaults/secrets/update/action',
    kind: 'data action',
    call: 'disable versions that hold dead keys; take tags of its own away',
    scope: 'vault',
    role: 'Key Vault Secrets Officer',
    features: ['rotate', 'offboard'],
  },
  {
    name: 'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    kind: 'data action',
    call: 'look for a deleted secret, list versions',
    scope: 'vault',
    role: 'Key Vault Secrets Officer',
    features: ['adopt', 'repair'],
    spared: ['access', 'diagnose'],
  },
  {
    name: 'Microsoft.KeyVault/vaults/secrets/recover/action',
    kind: 'data action',
    call: 'recover a deleted secret',
    scope: 'vault',
    role: 'Key Vault Secrets Officer',
    features: ['adopt', 'repair'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/read',
    kind: 'action',
    call: 'find accounts by their tags',
    scope: 'subscription',
    role: 'Reader',
    features: ['discover'],
    silent: true,
  },
  {
    name: 'Microsoft.Resources/subscriptions/read',
    kind: 'action',
    call: 'see which subscriptions may be read',
    scope: 'subscription',
    role: 'Reader',
    features: ['discover'],
  },
  {
    name: 'Microsoft.EventGrid/events/send/action',
    kind: 'data action',
    call: 'publish what people are told',
    scope: 'topic',
    role: 'EventGrid Data Sender',
    features: ['notify'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/write',
    kind: 'action',
    call: 'set network rules; turn keys off and on',
    scope: 'account',
    role: 'Keyturn Hardening',
    features: ['network', 'keyless'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action',
    kind: 'action',
    call: 'make a private endpoint that is approved at once',
    scope: 'account',
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/privateEndpointConnections/write',
    kind: 'action',
    call: 'approve a connection that waits',
    scope: 'account',
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/read',
    kind: 'action',
    call: 'read a network and its subnets',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/write',
    kind: 'action',
    call: 'make a network',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/join/action',
    kind: 'action',
    call: 'link a zone to the network',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/subnets/read',
    kind: 'action',
    call: 'read a subnet before it gets the service endpoint',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/subnets/write',
    kind: 'action',
    call: 'make a subnet, give it the service endpoint',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/subnets/join/action',
    kind: 'action',
    call: 'put the private endpoint into its subnet',
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    kind: 'action',
    call: "list a subnet in the account's rules",
    scope: "network's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateEndpoints/read',
    kind: 'action',
    call: 'look for the private endpoint',
    scope: "endpoint's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateEndpoints/write',
    kind: 'action',
    call: 'make the private endpoint',
    scope: "endpoint's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read',
    kind: 'action',
    call: 'read its zone group',
    scope: "endpoint's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write',
    kind: 'action',
    call: 'set its zone group',
    scope: "endpoint's group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateDnsZones/read',
    kind: 'action',
    call: 'look for zones',
    scope: "zones' group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateDnsZones/write',
    kind: 'action',
    call: 'make a zone',
    scope: "zones' group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateDnsZones/join/action',
    kind: 'action',
    call: 'name a zone in the zone group',
    scope: "zones' group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read',
    kind: 'action',
    call: "read a zone's links",
    scope: "zones' group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write',
    kind: 'action',
    call: 'link a zone',
    scope: "zones' group",
    role: 'Keyturn Hardening',
    features: ['network'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/Language/analyze-text/action',
    kind: 'data action',
    call: "detect a language with the identity's own token; the network's proof, where keys are off",
    scope: 'account',
    role: 'Cognitive Services Language Reader',
    features: ['network', 'keyless'],
    spared: ['access', 'diagnose'],
  },
  {
    name: 'Microsoft.CognitiveServices/accounts/OpenAI/models/read',
    kind: 'data action',
    call: 'list models with it, where the account is of kind OpenAI',
    scope: 'account',
    role: 'Cognitive Services OpenAI User',
    features: ['keyless'],
  },
  {
    name: 'Microsoft.Authorization/roleAssignments/read',
    kind: 'action',
    call: 'list who has which role',
    scope: 'account',
    role: 'Keyturn Hardening',
    features: ['access', 'keyless'],
    spared: ['diagnose'],
  },
  {
    name: 'Microsoft.Authorization/locks/read',
    kind: 'action',
    call: 'name the lock that blocks its keys',
    scope: "account's group",
    role: 'Keyturn Hardening',
    features: [],
    spared: ['diagnose'],
  },
  {
    name: 'Microsoft.Authorization/roleDefinitions/read',
    kind: 'action',
    call: 'look up what a role allows',
    scope: 'account',
    role: 'Keyturn Hardening',
    features: ['access'],
    spared: ['keyless'],
  },
  {
    name: 'Microsoft.Authorization/roleAssignments/write',
    kind: 'action',
    call: 'give a role',
    scope: 'account or its group',
    role: 'Keyturn Access',
    features: ['access'],
  },
  {
    name: 'Microsoft.Authorization/roleAssignments/delete',
    kind: 'action',
    call: 'take back a role that it gave',
    scope: 'account or its group',
    role: 'Keyturn Access',
    features: ['access'],
  },
  {
    name: 'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    kind: 'action',
    call: 'look for an identity',
    scope: "identity's group",
    role: 'Keyturn Access',
    features: ['access'],
  },
  {
    name: 'Microsoft.ManagedIdentity/userAssignedIdentities/write',
    kind: 'action',
    call: 'make an identity',
    scope: "identity's group",
    role: 'Keyturn Access',
    features: ['access'],
  },
  {
    name: 'Microsoft.Insights/eventtypes/values/read',
    kind: 'action',
    call: 'see in the activity log who listed keys',
    scope: 'subscription',
    role: 'Keyturn Hardening',
    features: [],
    spared: ['keyless'],
  },
];
