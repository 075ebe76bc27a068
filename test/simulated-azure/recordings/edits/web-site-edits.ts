import { newWebSite, webSitesOf } from '../../../../local/simulated-azure/web-apps/web-site.ts';
import { at, isObject, type Json, type RecordedFile } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

const SITE =
  /^\/+subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.web\/sites\/([^/]+)(?:\/slots\/([^/]+))?\//i;

/** The apps and slots whose settings a recording reads or replaces, with the settings that it shows first. */
export function webSiteEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const known = new Set<string>();
  for (const { request, response } of file.exchanges) {
    const [whole, subscriptionId = '', resourceGroup = '', app = '', slot = null] =
      SITE.exec(new URL(request.url).pathname) ?? [];
    if (whole === undefined || known.has(whole)) continue;
    known.add(whole);
    const listed = file.exchanges.find((one) => one.request.url.includes(`${whole}config/appsettings/list`));
    const place = { subscriptionId, resourceGroup, app, slot, kind: 'app' as const };
    const location = String(at(response.body, 'location') ?? 'West US');
    const settings = textsIn(at(listed?.response.body, 'properties'));
    edits.push({
      before: 0,
      apply: (world, nowMs) => webSitesOf(world).push(newWebSite({ ...place, location }, settings, nowMs)),
    });
  }
  return edits;
}

function textsIn(settings: Json | undefined): Record<string, string> {
  return isObject(settings)
    ? Object.fromEntries(Object.entries(settings).map(([name, text]) => [name, String(text)]))
    : {};
}
