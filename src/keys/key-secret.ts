import { SecretText } from '../shared/secret-text.ts';
import type { Slot } from '../shared/slot.ts';
import { dayMs } from '../shared/time.ts';
import { accountTagNames, accountTags, instanceTag } from './ownership-tags.ts';
import type { CurrentVersion, SecretToStore, SecretVersion } from './ports.ts';
import { type SecretPart, secretNames, type Target } from './target.ts';

/** Key Vault tells of a secret's end 30 days ahead (not configurable), so that is how long a key outlives its rotation's due day. */
export const nearExpiryDays = 30;
/** Key Vault's bound on the tags of a secret. https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags */
const mostTags = 15;
const keyTagNames = ['service', 'key-number', 'CredentialId', 'ValidityPeriodDays'];
/** The tags that Keyturn gives each secret, beside the one that says whose it is. */
const ownTagNames: Readonly<Record<SecretPart, readonly string[]>> = {
  key1: keyTagNames,
  key2: keyTagNames,
  direct: keyTagNames,
  pointer: ['service', instanceTag],
  endpoint: ['service'],
};

/** What of a secret's current version is carried forward to its next one. */
export type Carried = Pick<SecretVersion, 'tags' | 'contentType'>;

/** What a secret's next version takes over from the one that stands; null if none can be read. */
export function carried(secret: CurrentVersion<Carried> | null): Carried | null {
  return secret?.kind === 'stored' ? secret : null;
}

/** How long a key secret is valid: until the near-expiry event of its version comes just when its rotation is due. */
export function validityMs(target: Target): number {
  const { rotateEveryMs, maxValidityMs } = target.policy;
  return Math.min(rotateEveryMs + nearExpiryDays * dayMs, maxValidityMs ?? Number.POSITIVE_INFINITY);
}

/** How long before its end a key secret that Keyturn stored is due to be replaced: at most as early as Key Vault tells of it. */
export function expiryLeadMs(target: Target): number {
  return validityMs(target) - target.policy.rotateEveryMs;
}

/** A key secret's next version: `key` with the tags and expiry that Keyturn gives, foreign tags and content type kept. */
export function keySecret(
  target: Target,
  slot: Slot,
  key: SecretText,
  carried: Carried | null,
  vaultNowMs: number,
): SecretToStore {
  return {
    name: secretNames(target)[slot],
    value: key,
    contentType: carried?.contentType ?? 'text/plain',
    tags: nextTags(target, carried, keyTags(target, slot)),
    expiresAtMs: wholeSecond(vaultNowMs + validityMs(target)),
  };
}

/** The direct-value secret's next version: the active slot's key itself. */
export function directSecret(
  target: Target,
  name: string,
  slot: Slot,
  key: SecretText,
  carried: Carried | null,
  vaultNowMs: number,
): SecretToStore {
  return { ...keySecret(target, slot, key, carried, vaultNowMs), name };
}

/** The pointer's next version: the name of the active slot, with the tag of the instance that owns the target. */
export function pointerSecret(
  target: Target,
  instance: string,
  slot: Slot,
  carried: Carried | null,
  vaultNowMs: number,
): SecretToStore {
  return {
    name: secretNames(target).pointer,
    value: new SecretText(slot),
    contentType: carried?.contentType ?? 'text/plain',
    tags: nextTags(target, carried, { service: 'cognitive-services', [instanceTag]: instance }),
    expiresAtMs: plainExpiry(target, vaultNowMs),
  };
}

/** The endpoint's next version. */
export function endpointSecret(
  target: Target,
  endpoint: string,
  carried: Carried | null,
  vaultNowMs: number,
): SecretToStore {
  return {
    name: secretNames(target).endpoint,
    value: new SecretText(endpoint),
    contentType: carried?.contentType ?? 'text/plain',
    tags: nextTags(target, carried, { service: 'cognitive-services' }),
    expiresAtMs: plainExpiry(target, vaultNowMs),
  };
}

/** Whether a secret's next version has room for Keyturn's own tags beside the others that it carries. */
export function hasRoomForTags(part: SecretPart, tags: Readonly<Record<string, string>>): boolean {
  const own = ownTagNames[part];
  const foreign = Object.keys(tags).filter((name) => !own.includes(name) && !accountTagNames.includes(name));
  return foreign.length + own.length + 1 <= mostTags;
}

/** Foreign tags stay; whose the secret is it says once. */
function nextTags(target: Target, carried: Carried | null, own: Record<string, string>): Record<string, string> {
  const foreign = Object.entries(carried?.tags ?? {}).filter(([name]) => !accountTagNames.includes(name));
  return { ...Object.fromEntries(foreign), ...own, ...accountTags(target.account.armId) };
}

/** Tags by which Microsoft's tools, and Keyturn itself, know what a key secret holds. */
function keyTags(target: Target, slot: Slot): Record<string, string> {
  return {
    service: 'cognitive-services',
    'key-number': slot === 'key1' ? '1' : '2',
    CredentialId: slot,
    ValidityPeriodDays: String(Math.floor(validityMs(target) / dayMs)),
  };
}

function plainExpiry(target: Target, vaultNowMs: number): number | null {
  return target.policy.secretExpiry === 'all' ? wholeSecond(vaultNowMs + validityMs(target)) : null;
}

/** As Key Vault keeps dates. */
export function wholeSecond(instantMs: number): number {
  return Math.floor(instantMs / 1000) * 1000;
}
