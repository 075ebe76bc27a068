import { sameId } from '../../network/network-world.ts';
import { type WebSite, webSiteId, webSitesOf } from '../../web-apps/web-site.ts';
import { restartWorkers, setSettings } from '../../web-apps/workers.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { withApp, withSite } from './find-site.ts';

export function getSite(call: ArmCall) {
  return withSite(call, (site) => armAnswer(200, showSite(site), { etag: etagOf(site) }));
}

/** The apps of a group. */
export function listSites({ world, path }: ArmCall): Response {
  const apps = webSitesOf(world).filter(
    (site) => site.slot === null && sameId(site.resourceGroup, path.resourceGroup ?? ''),
  );
  return armAnswer(200, { value: apps.map(showSite) });
}

export function listSlots(call: ArmCall) {
  return withApp(call, (_app, slots) => armAnswer(200, { value: slots.map(showSite) }));
}

export function deleteSite(call: ArmCall) {
  return withSite(call, (site) => {
    const sites = webSitesOf(call.world);
    const goes = sites.filter((one) => one === site || (site.slot === null && sameId(one.app, site.app)));
    for (const one of goes) sites.splice(sites.indexOf(one), 1);
    return armEmpty(200, { etag: etagOf(site) });
  });
}

export function restartSite(call: ArmCall) {
  return withSite(call, (site) => {
    restartWorkers(call.azure, site);
    return armEmpty(200);
  });
}

/**
 * Swaps two slots: code and settings change places, but for the settings that stay with their slot. Done at once; that it takes
 * a while and answers 202 is recorded, and of no interest here.
 */
export function swapSlots(call: ArmCall) {
  return withApp(call, (app, slots) => {
    const [, own] = /\/slots\/([^/]+)\/slotsswap$/i.exec(call.path.text) ?? [];
    const called = (name: string) =>
      sameId(name, 'production') ? app : slots.find(({ slot }) => slot !== null && sameId(slot, name));
    const from = called(own ?? 'production');
    const to = called(String(call.body.targetSlot ?? 'production'));
    if (from === undefined || to === undefined) return armError(404, 'NotFound', 'Cannot find Slot.');
    const sticky = app.stickySettings ?? [];
    const stays = ({ settings }: WebSite) => Object.entries(settings).filter(([name]) => sticky.includes(name));
    const moves = ({ settings }: WebSite) => Object.entries(settings).filter(([name]) => !sticky.includes(name));
    const [ofFrom, ofTo] = [
      Object.fromEntries([...stays(from), ...moves(to)]),
      Object.fromEntries([...stays(to), ...moves(from)]),
    ];
    setSettings(call.azure, from, ofFrom);
    setSettings(call.azure, to, ofTo);
    return armEmpty(200);
  });
}

/** The members of https://learn.microsoft.com/rest/api/appservice/web-apps/get that clients read; the others are left out. */
export function showSite(site: WebSite) {
  const { app, slot, kind, location, tags, modifiedAtMs } = site;
  const host = `${slot === null ? app : `${app}-${slot}`}.azurewebsites.net`;
  return {
    id: webSiteId(site),
    name: slot === null ? app : `${app}/${slot}`,
    type: slot === null ? 'Microsoft.Web/sites' : 'Microsoft.Web/sites/slots',
    kind,
    location,
    tags: tags ?? {},
    properties: {
      name: slot === null ? app : `${app}(${slot})`,
      state: 'Running',
      hostNames: [host],
      repositorySiteName: app,
      usageState: 'Normal',
      enabled: true,
      availabilityState: 'Normal',
      // Without the zone's letter, as it is recorded.
      lastModifiedTimeUtc: new Date(modifiedAtMs).toISOString().replace('Z', ''),
      resourceGroup: site.resourceGroup,
      defaultHostName: host,
    },
  };
}

/** In hexadecimal digits, when the site last changed, in the ticks of Windows file times. */
export function etagOf({ modifiedAtMs }: WebSite): string {
  const ticks = (BigInt(modifiedAtMs) + 11_644_473_600_000n) * 10_000n;
  return `"${ticks.toString(16).toUpperCase()}"`;
}
