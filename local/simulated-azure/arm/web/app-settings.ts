import { type WebSite, webSiteId } from '../../web-apps/web-site.ts';
import { setSettings } from '../../web-apps/workers.ts';
import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { withApp, withSite } from './find-site.ts';
import { etagOf } from './sites.ts';

/** All settings with their values. */
export function listAppSettings(call: ArmCall) {
  return withSite(call, (site) => armAnswer(200, showSettings(site)));
}

/** Replaces all settings, whatever stood there: entity tags change nothing. */
export function putAppSettings(call: ArmCall) {
  return withSite(call, (site) => {
    const { properties } = call.body;
    // Neither code nor text is on record.
    if (!isTexts(properties)) return armError(400, 'BadRequest', 'The parameter properties has an invalid value.');
    setSettings(call.azure, site, properties);
    return armAnswer(200, showSettings(site), { etag: etagOf(site) });
  });
}

/** Which settings stay with their slot. They are the app's, and stand at none of its slots. */
export function getSlotConfigNames(call: ArmCall) {
  return withApp(call, (app) => showSlotNames(app));
}

export function putSlotConfigNames(call: ArmCall) {
  return withApp(call, (app) => {
    const { appSettingNames } = Object(call.body.properties);
    app.stickySettings = Array.isArray(appSettingNames) ? appSettingNames.map(String) : [];
    return showSlotNames(app);
  });
}

function showSlotNames({ app, location, tags, stickySettings }: WebSite): Response {
  const none = stickySettings === null ? null : [];
  return armAnswer(200, {
    id: null,
    name: app,
    type: 'Microsoft.Web/sites',
    location,
    tags: tags ?? {},
    properties: { connectionStringNames: none, appSettingNames: stickySettings, azureStorageConfigNames: none },
  });
}

function showSettings(site: WebSite) {
  return {
    id: `${webSiteId(site)}/config/appsettings`,
    name: 'appsettings',
    type: 'Microsoft.Web/sites/config',
    location: site.location,
    tags: site.tags ?? {},
    properties: site.settings,
  };
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}
