import { notApplied } from '../../shared/failure.ts';
import { validityMs, wholeSecond } from '../key-secret.ts';
import { copyTags, withoutAccountTags } from '../ownership-tags.ts';
import type { ReadSecret, Secrets } from '../ports.ts';
import type { Target } from '../target.ts';
import type { CopyPlace, SecretCopy } from './copy.ts';

/**
 * Another secret that holds the active key. Versioned: each write makes a version, so that a write by others shows. That code
 * has the value shows nothing: an App Service reference is refreshed within 24 hours, an application has a cache of its own, and
 * the declared `cache` stands for both.
 * @param secrets of the copy's vault
 */
export function secretCopy(secrets: Secrets, { secretName: name }: SecretCopy, target: Target): CopyPlace {
  let last: ReadSecret | null = null;
  const standing = () => {
    if (last === null) throw notApplied('copy-not-read');
    const { secret, vaultNowMs } = last;
    return { secret: secret.kind === 'stored' ? secret : null, vaultNowMs };
  };
  const ownTags = (tags: Readonly<Record<string, string>>) => ({
    ...withoutAccountTags(tags),
    ...copyTags(target.account.armId),
  });
  return {
    async read() {
      last = await secrets.read(name);
      const { secret } = last;
      return secret.kind === 'stored' ? { kind: 'stored', value: secret.value, version: secret.version } : secret;
    },
    async write(value) {
      const { secret, vaultNowMs } = standing();
      const ends = target.policy.secretExpiry === 'all' || (secret?.expiresAtMs ?? null) !== null;
      await secrets.store({
        name,
        value,
        contentType: secret?.contentType ?? 'text/plain',
        tags: ownTags(secret?.tags ?? {}),
        expiresAtMs: ends ? wholeSecond(vaultNowMs + validityMs(target)) : null,
      });
    },
    /** Tags of the version that stands: no new one is made, and nobody reads another value. */
    async tryWriting() {
      const { secret } = standing();
      if (secret !== null) await secrets.setTags(name, secret.version, ownTags(secret.tags));
    },
  };
}
