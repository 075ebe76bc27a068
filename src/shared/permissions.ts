/** What of Keyturn needs it. */
export const features = {
  rotate: { part: 'rotation', what: 'Rotate, roll back, cancel, replace a leaked key' },
  adopt: { part: 'rotation', what: 'Adopt an account' },
  repair: { part: 'rotation', what: 'Repair what the vault lost' },
  watch: { part: 'rotation', what: 'Look for drift, and read what an event names' },
  discover: { part: 'rotation', what: 'Find targets by their tags' },
  tell: { part: 'rotation', what: 'Tell people through a custom topic' },
  network: { part: 'posture', what: 'Read and change the network' },
  access: { part: 'posture', what: 'Read and change who has access' },
  keyless: { part: 'posture', what: 'Go keyless, and back' },
  diagnose: { part: 'posture', what: 'Diagnose a target' },
} as const;

export type Feature = keyof typeof features;

/** What gives a permission: the roles of infra/, and built-in ones. */
export type GivingRole =
  | 'Keyturn Key Rotator'
  | 'Keyturn Secret Keeper'
  | 'Keyturn Posture'
  | 'Reader'
  | 'EventGrid Data Sender'
  | 'Cognitive Services Language Reader'
  | 'Cognitive Services OpenAI User';

/** Where it must be granted: on this, or on any scope above. */
export type GrantScope =
  | 'account'
  | 'vault'
  | 'subscription'
  | 'topic'
  | 'virtual network'
  | 'resource group of the network'
  | 'resource group of the endpoint'
  | 'resource group of the zones'
  | 'resource group of the identity'
  | 'account or its resource group';

export interface Permission {
  /** As role definitions write it. */
  readonly name: string;
  readonly kind: 'action' | 'data action';
  /** The call that asks for it. */
  readonly call: string;
  readonly scope: GrantScope;
  readonly role: GivingRole;
  readonly features: readonly Feature[];
  /** Asked for on another resource than the one that the request is sent to, so that no request of its own shows it. */
  readonly linked?: true;
}

const cognitive = 'Microsoft.CognitiveServices/accounts';
const secrets = 'Microsoft.KeyVault/vaults/secrets';

/**
 * Every action and data action that Keyturn's identity needs in Azure, and nothing more; its own storage account apart.
 * docs/security.md shows this list, the roles of infra/ grant it, and each row is taken away once in
 * test/permissions.
 */
export const permissions: readonly Permission[] = [
  {
    name: `${cognitive}/read`,
    kind: 'action',
    call: 'read the account',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'access', 'keyless', 'diagnose'],
  },
  {
    name: `${cognitive}/listKeys/action`,
    kind: 'action',
    call: 'list its keys',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'keyless', 'diagnose'],
  },
  {
    name: `${cognitive}/regenerateKey/action`,
    kind: 'action',
    call: 'regenerate a key',
    scope: 'account',
    role: 'Keyturn Key Rotator',
    features: ['rotate'],
  },
  {
    name: `${secrets}/getSecret/action`,
    kind: 'data action',
    call: 'read a secret, or one version of it',
    scope: 'vault',
    role: 'Keyturn Secret Keeper',
    features: ['rotate', 'adopt', 'repair', 'watch', 'network', 'keyless', 'diagnose'],
  },
  {
    name: `${secrets}/setSecret/action`,
    kind: 'data action',
    call: 'store keys, endpoint, pointer and direct value',
    scope: 'vault',
    role: 'Keyturn Secret Keeper',
    features: ['rotate', 'adopt', 'repair'],
  },
  {
    name: `${secrets}/update/action`,
    kind: 'data action',
    call: 'disable versions that hold dead keys',
    scope: 'vault',
    role: 'Keyturn Secret Keeper',
    features: ['rotate'],
  },
  {
    name: `${secrets}/readMetadata/action`,
    kind: 'data action',
    call: 'list versions, and look for a deleted secret',
    scope: 'vault',
    role: 'Keyturn Secret Keeper',
    features: ['rotate', 'adopt', 'repair', 'watch', 'access'],
  },
  {
    name: `${secrets}/recover/action`,
    kind: 'data action',
    call: 'recover a deleted secret',
    scope: 'vault',
    role: 'Keyturn Secret Keeper',
    features: ['adopt', 'repair'],
  },
];
