import { type ArmOperation, at } from '../arm-call.ts';
import { getSlotConfigNames, listAppSettings, putAppSettings, putSlotConfigNames } from './app-settings.ts';
import { getReference, listReferences, refreshReferences } from './config-references.ts';
import { sitePaths } from './find-site.ts';
import { deleteSite, getSite, listSites, listSlots, restartSite, swapSlots } from './sites.ts';

const group = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web';

const operations: readonly ArmOperation[] = [
  ...at(`${group}/sites`, { GET: listSites }),
  ...at(`${group}/sites/{app}/slots`, { GET: listSlots }),
  ...at(`${group}/sites/{app}/config/slotConfigNames`, { GET: getSlotConfigNames, PUT: putSlotConfigNames }),
  ...sitePaths.flatMap((path) => {
    const site = `${group}/${path}`;
    const references = `${site}/config/configreferences/appsettings`;
    return [
      ...at(site, { GET: getSite, DELETE: deleteSite }),
      ...at(`${site}/config/appsettings/list`, { POST: listAppSettings }),
      ...at(`${site}/config/appsettings`, { PUT: putAppSettings }),
      ...at(references, { GET: listReferences }),
      ...at(`${references}/refresh`, { POST: refreshReferences }),
      ...at(`${references}/{setting}`, { GET: getReference }),
      ...at(`${site}/restart`, { POST: restartSite }),
      ...at(`${site}/slotsswap`, { POST: swapSlots }),
    ];
  }),
];

/** Microsoft.Web: apps and slots that are there, their settings, references and restarts; none can be made. */
export const microsoftWeb: readonly ArmOperation[] = operations.map(({ answer, ...operation }) => ({
  ...operation,
  // This provider names no charset.
  answer: async (call) => {
    const response = await answer(call);
    const isOwn = response.ok && response.headers.has('content-type');
    if (isOwn) response.headers.set('content-type', 'application/json');
    return response;
  },
}));
