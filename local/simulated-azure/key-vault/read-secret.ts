import { readableVersion } from './find-secret.ts';
import { secretJson } from './secret-json.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';
import { secretDisabled } from './vault-refusal.ts';

/** GET of the current or one version. Dates only inform: an expired or not yet valid secret is read like any other. */
export function getSecret(call: VaultCall): VaultAnswer {
  const { secret, version } = readableVersion(call);
  if (!version.enabled) throw secretDisabled();
  return { status: 200, body: secretJson(call, secret, version, 'with-value') };
}
