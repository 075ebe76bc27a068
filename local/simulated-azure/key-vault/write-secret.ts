import type { VaultSecretVersion } from '../world.ts';
import { liveSecret, readableVersion, requireFreeName } from './find-secret.ts';
import { requirePolicy } from './require-policy.ts';
import { parseSet, parseUpdate } from './secret-input.ts';
import { secretJson } from './secret-json.ts';
import { seconds, type VaultAnswer, type VaultCall } from './vault-call.ts';

/** PUT: a new version, current from now on; nothing of the version before carries over. */
export function setSecret(call: VaultCall): VaultAnswer {
  const { vault, name } = call;
  const input = parseSet(call.exchange.body);
  requireFreeName(call, name);
  const version = newVersion(input, call.nowMs);
  requirePolicy(vault, name, version);
  const known = liveSecret(call, name);
  const secret = known ?? { name, versions: [], deletedAtMs: null, busyUntilMs: 0 };
  if (known === undefined) vault.secrets.push(secret);
  secret.versions.push(version);
  return { status: 200, body: secretJson(call, secret, version, 'with-value') };
}

/** A version as it is made now. */
export function newVersion(input: ReturnType<typeof parseSet>, nowMs: number): VaultSecretVersion {
  const now = seconds(nowMs);
  return {
    version: crypto.randomUUID().replaceAll('-', ''),
    value: input.value,
    contentType: input.contentType ?? null,
    tags: input.tags ?? null,
    enabled: input.attributes?.enabled ?? true,
    notBefore: input.attributes?.nbf ?? null,
    expires: input.attributes?.exp ?? null,
    created: now,
    updated: now,
    managed: false,
  };
}

/** PATCH: attributes, content type and tags of one version; tags are replaced as a whole, the rest member by member. */
export function updateSecret(call: VaultCall): VaultAnswer {
  const input = parseUpdate(call.exchange.body);
  const { secret, version } = readableVersion(call);
  const updated = {
    contentType: input.contentType ?? version.contentType,
    tags: input.tags ?? version.tags,
    enabled: input.attributes?.enabled ?? version.enabled,
    notBefore: input.attributes?.nbf ?? version.notBefore,
    expires: input.attributes?.exp ?? version.expires,
    updated: seconds(call.nowMs),
  };
  requirePolicy(call.vault, secret.name, { ...version, ...updated });
  Object.assign(version, updated);
  return { status: 200, body: secretJson(call, secret, version, 'without-value') };
}
