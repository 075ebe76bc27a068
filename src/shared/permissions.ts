/** What of Keyturn needs it. */
export type Feature =
  /** Rotate, roll back, cancel, replace a leaked key. */
  | 'rotate'
  /** Adopt an account. */
  | 'adopt'
  /** Repair what the vault lost. */
  | 'repair'
  /** Lead a declared copy along. */
  | 'copy'
  /** Offboard a target. */
  | 'offboard'
  /** Look for drift, and read what an event names. */
  | 'watch'
  /** Find targets by their tags. */
  | 'discover'
  /** Notify people through a custom topic. */
  | 'notify'
  /** Read and change the network. */
  | 'network'
  /** Read and change who has access. */
  | 'access'
  /** Go keyless, and back. */
  | 'keyless'
  /** Diagnose a target. */
  | 'diagnose'
  /** Tell who read which key. */
  | 'readers';

/** What gives a permission: the roles of infra/, and built-in ones. */
type GivingRole =
  | 'Keyturn Key Rotator'
  | 'Key Vault Secrets Officer'
  | 'Keyturn Copy Keeper'
  | 'Keyturn App Settings Keeper'
  | 'Keyturn Reference Refresher'
  | 'Keyturn Hardening'
  | 'Keyturn Access'
  | 'Cognitive Services Language Reader'
  | 'Cognitive Services OpenAI User'
  | 'Reader'
  | 'EventGrid Data Sender'
  | 'Log Analytics Reader';

/** Where it must be granted: there, or on any scope above. */
export type GrantScope =
  | 'account'
  | 'vault'
  | "copy's secret or its vault"
  | "copy's app"
  | "reference's app"
  | 'subscription'
  | 'topic'
  | 'workspace'
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
  ...granted(
    {
      role: 'Keyturn Key Rotator',
      scope: 'account',
      kind: 'action',
      features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'access', 'keyless', 'diagnose'],
    },
    [
      ['Microsoft.CognitiveServices/accounts/read', 'read the account'],
      [
        'Microsoft.CognitiveServices/accounts/listKeys/action',
        'list its keys',
        { features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'keyless', 'diagnose'] },
      ],
      ['Microsoft.CognitiveServices/accounts/regenerateKey/action', 'regenerate a key', { features: ['rotate'] }],
    ],
  ),
  ...granted(
    { role: 'Key Vault Secrets Officer', scope: 'vault', kind: 'data action', features: ['adopt', 'repair'] },
    [
      [
        'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        'read a secret',
        { features: ['rotate', 'adopt', 'repair', 'offboard', 'watch', 'keyless', 'diagnose'], spared: ['network'] },
      ],
      [
        'Microsoft.KeyVault/vaults/secrets/setSecret/action',
        'store secrets',
        { features: ['rotate', 'adopt', 'repair'] },
      ],
      [
        'Microsoft.KeyVault/vaults/secrets/update/action',
        'disable old versions, remove its own tags',
        { features: ['rotate', 'offboard'] },
      ],
      [
        'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
        'find deleted secrets, list versions',
        { spared: ['access', 'diagnose'] },
      ],
      ['Microsoft.KeyVault/vaults/secrets/recover/action', 'recover a deleted secret'],
    ],
  ),
  ...granted(
    { role: 'Keyturn Copy Keeper', scope: "copy's secret or its vault", kind: 'data action', features: ['copy'] },
    [
      ['Microsoft.KeyVault/vaults/secrets/getSecret/action', 'read a copy'],
      ['Microsoft.KeyVault/vaults/secrets/setSecret/action', 'store the active key in it'],
      ['Microsoft.KeyVault/vaults/secrets/update/action', 'show beforehand that it can be written'],
    ],
  ),
  ...granted({ role: 'Keyturn App Settings Keeper', scope: "copy's app", kind: 'action', features: ['copy'] }, [
    ['Microsoft.Web/sites/read', 'see when an app last changed'],
    ['Microsoft.Web/sites/config/list/action', 'read all its settings'],
    ['Microsoft.Web/sites/config/read', 'read which settings stay with their slot'],
    ['Microsoft.Web/sites/config/write', 'store the active key in one of them'],
    ['Microsoft.Web/sites/slots/read', 'list the slots of an app; see when one last changed'],
    ['Microsoft.Web/sites/slots/config/list/action', 'read all settings of a slot'],
    ['Microsoft.Web/sites/slots/config/write', 'store the active key in one of them'],
    ['Microsoft.Authorization/permissions/read', 'show beforehand that settings can be written'],
  ]),
  // Refreshing has no documented action; by the path it is one of this type, of which others are documented.
  ...granted({ role: 'Keyturn Reference Refresher', scope: "reference's app", kind: 'action', features: ['copy'] }, [
    ['Microsoft.Web/sites/config/appsettings/*', 'read a reference of an app, refresh all of them'],
    ['Microsoft.Web/sites/restart/action', 'restart its workers'],
    ['Microsoft.Web/sites/slots/config/appsettings/*', 'read a reference of a slot, refresh all of them'],
    ['Microsoft.Web/sites/slots/restart/action', 'restart its workers'],
    ['Microsoft.Web/sites/slots/read', 'list the slots of an app'],
    ['Microsoft.Resources/tags/read', 'see with which version they were restarted last'],
    ['Microsoft.Resources/tags/write', 'note that'],
    ['Microsoft.Authorization/permissions/read', 'show beforehand that it may restart and note'],
  ]),
  ...granted({ role: 'Reader', scope: 'subscription', kind: 'action', features: ['discover'] }, [
    ['Microsoft.CognitiveServices/accounts/read', 'find accounts by their tags', { silent: true }],
    ['Microsoft.Resources/subscriptions/read', 'see which subscriptions may be read'],
  ]),
  ...granted({ role: 'EventGrid Data Sender', scope: 'topic', kind: 'data action', features: ['notify'] }, [
    ['Microsoft.EventGrid/events/send/action', 'publish notifications'],
  ]),
  ...granted({ role: 'Log Analytics Reader', scope: 'workspace', kind: 'action', features: ['readers'] }, [
    ['Microsoft.OperationalInsights/workspaces/query/read', 'query the workspace'],
    [
      'Microsoft.OperationalInsights/workspaces/query/AZKVAuditLogs/read',
      "read the vaults' audit log in a table of its own",
      { silent: true },
    ],
    [
      'Microsoft.OperationalInsights/workspaces/query/AzureDiagnostics/read',
      'the same in the table that resources share',
      { silent: true },
    ],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: 'account', kind: 'action', features: ['network'] }, [
    [
      'Microsoft.CognitiveServices/accounts/write',
      'set network rules; turn keys off and on',
      { features: ['network', 'keyless'] },
    ],
    [
      'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action',
      'create an approved private endpoint',
    ],
    ['Microsoft.CognitiveServices/accounts/privateEndpointConnections/write', 'approve a waiting connection'],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: "network's group", kind: 'action', features: ['network'] }, [
    ['Microsoft.Network/virtualNetworks/read', 'read a network and its subnets'],
    ['Microsoft.Network/virtualNetworks/write', 'create a network'],
    ['Microsoft.Network/virtualNetworks/join/action', 'link a zone to the network'],
    ['Microsoft.Network/virtualNetworks/subnets/read', 'read a subnet'],
    ['Microsoft.Network/virtualNetworks/subnets/write', 'create a subnet, add the service endpoint'],
    ['Microsoft.Network/virtualNetworks/subnets/join/action', 'place the private endpoint'],
    [
      'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
      "allow a subnet in the account's rules",
    ],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: "endpoint's group", kind: 'action', features: ['network'] }, [
    ['Microsoft.Network/privateEndpoints/read', 'look for the private endpoint'],
    ['Microsoft.Network/privateEndpoints/write', 'create the private endpoint'],
    ['Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read', 'read its zone group'],
    ['Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write', 'set its zone group'],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: "zones' group", kind: 'action', features: ['network'] }, [
    ['Microsoft.Network/privateDnsZones/read', 'look for zones'],
    ['Microsoft.Network/privateDnsZones/write', 'create a zone'],
    ['Microsoft.Network/privateDnsZones/join/action', 'name a zone in the zone group'],
    ['Microsoft.Network/privateDnsZones/virtualNetworkLinks/read', "read a zone's links"],
    ['Microsoft.Network/privateDnsZones/virtualNetworkLinks/write', 'link a zone'],
  ]),
  ...granted(
    {
      role: 'Cognitive Services Language Reader',
      scope: 'account',
      kind: 'data action',
      features: ['network', 'keyless'],
    },
    [
      [
        'Microsoft.CognitiveServices/accounts/Language/analyze-text/action',
        "call the account with Keyturn's token",
        { spared: ['access', 'diagnose'] },
      ],
    ],
  ),
  ...granted({ role: 'Cognitive Services OpenAI User', scope: 'account', kind: 'data action', features: ['keyless'] }, [
    ['Microsoft.CognitiveServices/accounts/OpenAI/models/read', 'the same, for the kind OpenAI'],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: 'account', kind: 'action', features: ['access', 'keyless'] }, [
    ['Microsoft.Authorization/roleAssignments/read', 'list who has which role', { spared: ['diagnose'] }],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: "account's group", kind: 'action', features: [] }, [
    ['Microsoft.Authorization/locks/read', 'name the lock that blocks its keys', { spared: ['diagnose'] }],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: 'account', kind: 'action', features: ['access'] }, [
    ['Microsoft.Authorization/roleDefinitions/read', 'read what a role allows', { spared: ['keyless'] }],
  ]),
  ...granted({ role: 'Keyturn Access', scope: 'account or its group', kind: 'action', features: ['access'] }, [
    ['Microsoft.Authorization/roleAssignments/write', 'assign a role'],
    ['Microsoft.Authorization/roleAssignments/delete', 'remove a role that it assigned'],
  ]),
  ...granted({ role: 'Keyturn Access', scope: "identity's group", kind: 'action', features: ['access'] }, [
    ['Microsoft.ManagedIdentity/userAssignedIdentities/read', 'look for an identity'],
    ['Microsoft.ManagedIdentity/userAssignedIdentities/write', 'create an identity'],
  ]),
  ...granted({ role: 'Keyturn Hardening', scope: 'subscription', kind: 'action', features: [] }, [
    ['Microsoft.Insights/eventtypes/values/read', 'find who listed keys in the activity log', { spared: ['keyless'] }],
  ]),
];

/** Rows of one role, scope and kind; a row says what else it is for. */
function granted(
  common: Pick<Permission, 'role' | 'scope' | 'kind' | 'features'>,
  rows: readonly (readonly [
    name: string,
    call: string,
    own?: Pick<Partial<Permission>, 'features' | 'spared' | 'silent'>,
  ])[],
): readonly Permission[] {
  return rows.map(([name, call, own]) => ({ ...common, name, call, ...own }));
}

/** What one role lets its holder do, as role definitions write it. */
export interface GrantedActions {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** Whether some role allows the action. What one role excepts, another may give all the same. */
export function allowsAction(granted: readonly GrantedActions[], action: string): boolean {
  return granted.some(({ actions, notActions }) => matchesAny(actions, action) && !matchesAny(notActions, action));
}

/** `*` stands for any characters; case does not matter. */
function matchesAny(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (char) => (char === '*' ? '.*' : `\\${char}`));
    return new RegExp(`^${source}$`, 'i').test(action);
  });
}
