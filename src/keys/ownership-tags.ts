import { createHash } from 'node:crypto';
import { sameResource } from '../shared/resource-id.ts';
import type { CurrentVersion, Tags } from './ports.ts';

/** The pointer's tag that names the Keyturn instance to which the target belongs. */
export const instanceTag = 'keyturn-instance';
/** Microsoft's rotation convention: the full ARM id of the account to which a secret belongs. */
const providerTag = 'ProviderAddress';
/** Instead of `ProviderAddress` if the id does not fit into a tag: cut short it would name another resource. Holds its SHA-256. */
const accountTag = 'keyturn-account';
/** https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags */
const longestTag = 256;
/** A copy's tag: the account whose active key it holds. A copy is no secret of the target's, so it carries none of the tags of those. */
const copyTag = 'keyturn-copy-of';

/** The tags of which a secret has one at most: they say whose it is. */
export const accountTagNames: readonly string[] = [providerTag, accountTag];

/** The one tag that says to which account a secret belongs. */
export function accountTags(armId: string): Record<string, string> {
  return armId.length <= longestTag ? { [providerTag]: armId } : { [accountTag]: hashOf(armId) };
}

/** The tag of a copy of the account's key. */
export function copyTags(armId: string): Record<string, string> {
  return { [copyTag]: armId.length <= longestTag ? armId : hashOf(armId) };
}

/** Without what would make Microsoft's rotation tools, or Keyturn itself, take a copy for one of a target's secrets. */
export function withoutAccountTags(tags: Tags): Record<string, string> {
  const own = [...accountTagNames, 'CredentialId', 'ValidityPeriodDays'];
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !own.includes(name)));
}

/** The ARM id in `ProviderAddress`, as other tools and people write it: blanks around it and a `/` more or less count for nothing. Null: it says nothing. */
export function providerAddress(tags: Tags): string | null {
  const text = (tags[providerTag] ?? '').trim().replaceAll(/^\/+|[\s/]+$/g, '');
  return text === '' ? null : `/${text}`;
}

/** Whose a secret is, only by its tags. */
export type Owner = 'this-account' | 'another-account' | 'not-said';

/** @param armIds every id that the account has or had */
export function ownerOf(tags: Tags, armIds: readonly string[]): Owner {
  const address = providerAddress(tags);
  const hash = tags[accountTag]?.trim() ?? '';
  if (address === null && hash === '') return 'not-said';
  const isThis = (armId: string) => (address === null ? hash === hashOf(armId) : sameResource(address, armId));
  return armIds.some(isThis) ? 'this-account' : 'another-account';
}

/** Whether a pointer's tags say that another Keyturn instance owns the target. Without the tag it is nobody else's. */
export function namesAnotherInstance(tags: Tags, instance: string): boolean {
  const owner = tags[instanceTag];
  return owner !== undefined && owner !== instance;
}

/** Whether a secret says that it belongs to another account. */
export function belongsElsewhere(secret: CurrentVersion<{ tags: Tags }> | null, armId: string): boolean {
  return secret?.kind === 'stored' && ownerOf(secret.tags, [armId]) === 'another-account';
}

function hashOf(armId: string): string {
  return createHash('sha256').update(armId.toLowerCase()).digest('hex');
}
