import { sameId } from '../../network/network-world.ts';
import { type WebSite, webSiteId, webSitesOf } from '../../web-apps/web-site.ts';
import { resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';

/** The operations of an app and of a slot differ by their path only. */
export const sitePaths = ['sites/{app}', 'sites/{app}/slots/{slot}'] as const;

/** Answers for the app or slot that the path names, or with the gateway's 404. */
export function withSite(call: ArmCall, answer: (site: WebSite) => Response | Promise<Response>) {
  const slot = slotIn(call);
  const place = { ...groupIn(call), app: call.param('app'), slot };
  const found = webSitesOf(call.world).find((one) => sameId(webSiteId(one), webSiteId(place)));
  if (found !== undefined) return answer(found);
  const name = slot === null ? place.app : `${place.app}/slots/${slot}`;
  return resourceNotFound('Microsoft.Web/sites', name, place.resourceGroup);
}

/** The app itself, with all its slots. */
export function withApp(call: ArmCall, answer: (app: WebSite, slots: readonly WebSite[]) => Response) {
  const place = { ...groupIn(call), app: call.param('app'), slot: null };
  const own = webSitesOf(call.world).filter((one) => sameId(webSiteId({ ...one, slot: null }), webSiteId(place)));
  const app = own.find(({ slot }) => slot === null);
  if (app === undefined) return resourceNotFound('Microsoft.Web/sites', place.app, place.resourceGroup);
  return answer(
    app,
    own.filter((one) => one !== app),
  );
}

function groupIn(call: ArmCall) {
  return { subscriptionId: call.param('subscription'), resourceGroup: call.param('group') };
}

function slotIn({ path }: ArmCall): string | null {
  return /\/sites\/[^/]+\/slots\/([^/]+)/i.exec(path.text)?.[1] ?? null;
}
