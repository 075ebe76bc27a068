import type { TokenCredential } from '@azure/core-auth';
import { type HttpClient, RestError } from '@azure/core-rest-pipeline';
import * as z from 'zod';
import type { WebApps } from '../../keys/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import { parsedJson } from '../../shared/json.ts';
import { SecretText } from '../../shared/secret-text.ts';
import { armFind, armRead, azureWrite } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';
import { tokenRequest } from '../entra/token-request.ts';

/** The version that documents name for refreshing references: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#rotation */
const siteVersion = '2022-03-01';
/** https://learn.microsoft.com/rest/api/resources/tags/update-at-scope */
const tagsVersion = '2021-04-01';
/** https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource */
const permissionsVersion = '2022-04-01';

const site = z.object({ properties: z.object({ lastModifiedTimeUtc: z.string().min(1) }) });
const settings = z.object({ properties: z.record(z.string(), z.string()) });
const slotNames = z.object({ properties: z.object({ appSettingNames: z.array(z.string()).nullish() }) });
const reference = z.object({ properties: z.object({ reference: z.string().min(1), status: z.string() }) });
const tags = z.object({ properties: z.object({ tags: z.record(z.string(), z.string()).nullish() }) });
const slots = z.object({ value: z.array(z.object({ name: z.string() })), nextLink: z.string().nullish() });
const permissions = z.object({
  value: z.array(z.object({ actions: z.array(z.string()).default([]), notActions: z.array(z.string()).default([]) })),
  nextLink: z.string().nullish(),
});

/**
 * Apps of App Service through Azure Resource Manager, asked plainly: the SDK's package is larger than Keyturn, and knows no
 * operation that refreshes references. Values of settings are `SecretText` as soon as they are read.
 */
export function armWebApps({ arm }: Cloud, credential: TokenCredential, httpClient: HttpClient, fence: Fence): WebApps {
  const ask = async <T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    version: string,
    shape: z.ZodType<T> | null,
    sent: unknown = null,
  ): Promise<T> => {
    const body = sent === null ? null : { type: 'application/json', content: JSON.stringify(sent) };
    const url = `${arm.endpoint}${path}?api-version=${version}`;
    const response = await tokenRequest(httpClient, credential, arm, url, { method, body });
    const { status: statusCode, bodyAsText, request } = response;
    if (statusCode < 200 || statusCode > 299)
      throw new RestError('the app was not answered', { statusCode, request, response });
    const parsed = (shape ?? z.any()).safeParse(shape === null ? null : parsedJson(bodyAsText));
    // The text may hold settings: nothing of it is told.
    if (!parsed.success) throw notApplied('app-unreadable');
    return parsed.data;
  };
  /** Of lists that fit into one page: an app has at most 20 slots. https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-app-service-limits */
  const whole = <T extends { readonly nextLink?: string | null | undefined }>(list: T): T => {
    if (list.nextLink) throw notApplied('list-without-end');
    return list;
  };

  return {
    async changedAt(siteId) {
      const found = await armFind(() => ask('GET', siteId, siteVersion, site));
      return found?.properties.lastModifiedTimeUtc ?? null;
    },

    async settings(siteId) {
      const found = await armFind(() => ask('POST', `${siteId}/config/appsettings/list`, siteVersion, settings));
      if (found === null) return null;
      return new Map(Object.entries(found.properties).map(([name, value]) => [name, new SecretText(value)]));
    },

    async replaceSettings(siteId, replaced) {
      const properties = Object.fromEntries([...replaced].map(([name, value]) => [name, value.reveal()]));
      await azureWrite('arm', fence, () =>
        ask('PUT', `${siteId}/config/appsettings`, siteVersion, null, { properties }),
      );
    },

    async stickySettings(appId) {
      const found = await armRead(() => ask('GET', `${appId}/config/slotConfigNames`, siteVersion, slotNames));
      return found.properties.appSettingNames ?? [];
    },

    async reference(siteId, setting) {
      const path = `${siteId}/config/configreferences/appsettings/${encodeURIComponent(setting)}`;
      const found = await armFind(() => ask('GET', path, siteVersion, reference));
      return found && { text: found.properties.reference, status: found.properties.status };
    },

    async refreshReferences(siteId) {
      const path = `${siteId}/config/configreferences/appsettings/refresh`;
      await azureWrite('arm', fence, () => ask('POST', path, siteVersion, null));
    },

    async restart(siteId) {
      await azureWrite('arm', fence, () => ask('POST', `${siteId}/restart`, siteVersion, null));
    },

    async tags(siteId) {
      const found = await armFind(() => ask('GET', tagsOf(siteId), tagsVersion, tags));
      return found && (found.properties.tags ?? {});
    },

    async setTag(siteId, name, value) {
      const merged = { operation: 'Merge', properties: { tags: { [name]: value } } };
      await azureWrite('arm', fence, () => ask('PATCH', tagsOf(siteId), tagsVersion, null, merged));
    },

    async slots(appId) {
      const { value } = whole(await armRead(() => ask('GET', `${appId}/slots`, siteVersion, slots)));
      // `app/slot`
      return value.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
    },

    async permissions(siteId) {
      const path = `${siteId}/providers/Microsoft.Authorization/permissions`;
      return whole(await armRead(() => ask('GET', path, permissionsVersion, permissions))).value;
    },
  };
}

/** The tags of a resource as a resource of their own, which merges them one by one. */
function tagsOf(siteId: string): string {
  return `${siteId}/providers/Microsoft.Resources/tags/default`;
}
