import { notApplied } from '../../shared/failure.ts';
import { SecretText } from '../../shared/secret-text.ts';
import type { Secrets, WebApps } from '../ports.ts';
import { secretNames, type Target } from '../target.ts';
import { hasUndeclaredSlot, mustBeAllowed, siteAction } from './copies-in-apps.ts';
import { type CopyPlace, type ReferenceCopy, siteIdOf } from './copy.ts';

/**
 * A setting of an App Service or Functions app that refers to the target's direct-value secret. What it refers to follows by itself,
 * within 24 hours; writing it means to have the app read its references again, and its workers restarted. That this was done shows
 * nowhere in App Service, so a tag of the app says it, set last: the version of the secret that its workers were restarted with.
 * @param secrets of the target's vault
 * @param declaredSlots of this setting, each as a copy; null: production
 */
export function referenceCopy(
  webApps: WebApps,
  secrets: Secrets,
  copy: ReferenceCopy,
  declaredSlots: readonly (string | null)[],
  target: Target,
): CopyPlace {
  const { appId, setting } = copy;
  const siteId = siteIdOf(copy);
  const tag = `keyturn-restarted-with:${setting}`;
  const directName = () => {
    const { direct } = secretNames(target);
    if (direct === null) throw notApplied('copy-no-longer-declared');
    return direct;
  };
  return {
    async read() {
      const tags = await webApps.tags(siteId);
      if (tags === null) return { kind: 'absent' };
      const reference = await webApps.reference(siteId, setting);
      // Another secret, one version of it, or a plain text: somebody's, and never touched.
      if (reference === null || !refersTo(reference.text, target.vaultUrl, directName()))
        return { kind: 'stored', value: new SecretText(`not a reference to ${directName()}`), version: 'foreign' };
      if (reference.status !== 'Resolved') return { kind: 'disabled' };
      const { secret } = await secrets.read(directName());
      // Whatever stood there since, the app may have read by itself, and keeps it for a day: even if that value is gone again.
      if (secret.kind !== 'stored' || secret.version !== tags[tag]) return { kind: 'outdated' };
      // A swap could bring workers of a slot that is not declared, which have not been restarted.
      const isCarriedAway = await hasUndeclaredSlot(webApps, appId, declaredSlots);
      return { kind: 'stored', value: secret.value, version: secret.version, isCarriedAway };
    },
    async write(value) {
      const { secret } = await secrets.read(directName());
      if (secret.kind !== 'stored' || !secret.value.equals(value)) throw notApplied('direct-value-differs');
      await webApps.refreshReferences(siteId);
      await webApps.restart(siteId);
      await webApps.setTag(siteId, tag, secret.version);
    },
    /** Refreshing gives no code another value: its action has no documented name that could be looked up beforehand. */
    async tryWriting() {
      await mustBeAllowed(webApps, siteId, siteAction(copy, 'restart/action'), 'Microsoft.Resources/tags/write');
      await webApps.refreshReferences(siteId);
    },
  };
}

/** Either form of https://learn.microsoft.com/azure/app-service/app-service-key-vault-references, without a version. */
function refersTo(text: string, vaultUrl: string, secretName: string): boolean {
  const inner = /^@Microsoft\.KeyVault\((.*)\)$/i.exec(text.trim())?.[1] ?? text.trim();
  const parts = new Map(inner.split(';').map((part) => [part.split('=')[0]?.trim().toLowerCase(), part.split('=')[1]]));
  const host = new URL(vaultUrl).host;
  const uri = parts.get('secreturi')?.trim().replace(/\/+$/, '');
  if (uri !== undefined) return uri.toLowerCase() === `https://${host}/secrets/${secretName}`.toLowerCase();
  const [vault, secret, version = ''] = [parts.get('vaultname'), parts.get('secretname'), parts.get('secretversion')];
  return (
    vault?.trim().toLowerCase() === host.split('.')[0]?.toLowerCase() &&
    secret?.trim().toLowerCase() === secretName.toLowerCase() &&
    version.trim() === ''
  );
}
