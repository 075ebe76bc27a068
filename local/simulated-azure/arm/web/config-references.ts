import { parsedReference, type WebSite, webSiteId } from '../../web-apps/web-site.ts';
import { resolveReferences } from '../../web-apps/workers.ts';
import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { withSite } from './find-site.ts';

/** https://learn.microsoft.com/rest/api/appservice/web-apps/get-app-settings-key-vault-references */
export function listReferences(call: ArmCall) {
  return withSite(call, (site) => armAnswer(200, { value: shownReferences(site) }));
}

/** One reference; a setting that is none is not found. Its code and text are not on record. */
export function getReference(call: ArmCall) {
  return withSite(call, (site) => {
    const shown = shownReferences(site).find(({ name }) => name === call.param('setting'));
    return shown === undefined ? armError(404, 'NotFound', 'Cannot find the reference.') : armAnswer(200, shown);
  });
}

/** Resolves every reference again. That running code is given the values only by a restart is what reports say. */
export function refreshReferences(call: ArmCall) {
  return withSite(call, (site) => {
    resolveReferences(call.world, site);
    return armAnswer(200, { value: shownReferences(site) });
  });
}

function shownReferences(site: WebSite) {
  return Object.entries(site.settings).flatMap(([name, setting]) => {
    const reference = parsedReference(setting);
    if (reference === null) return [];
    const { vaultName, secretName, secretVersion } = reference;
    const { status = 'Initialized', version = null } = site.resolved[name] ?? {};
    const shown = { reference: setting, vaultName, secretName, secretVersion, identityType: 'SystemAssigned' };
    return [
      {
        id: `${webSiteId(site)}/config/configreferences/appsettings/${name}`,
        name,
        type: 'Microsoft.Web/sites',
        location: site.location,
        properties: { ...shown, status, details: '', source: 'KeyVault', activeVersion: version },
      },
    ];
  });
}
