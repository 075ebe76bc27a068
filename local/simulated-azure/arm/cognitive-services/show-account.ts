import type { Account } from '../../world.ts';
import { accountId } from './account-id.ts';

/** What came with 2021-04-30 and stays out of older answers. */
const newerProperties = [
  'isMigrated',
  'privateEndpointConnections',
  'endpoints',
  'armFeatures',
  'allowProjectManagement',
];

/** The account's body as a GET of that api-version answers it. */
export function showAccount(account: Account, apiVersion: string): Record<string, unknown> {
  const { etag, location, sku, kind, identity, tags, systemData } = account.resource;
  const isOld = apiVersion < '2021-04-30';
  return {
    id: accountId(account),
    name: account.name,
    type: 'Microsoft.CognitiveServices/accounts',
    etag,
    location,
    sku,
    kind,
    properties: showProperties(account, apiVersion),
    ...(identity === undefined ? {} : { identity: isOld ? withUserAssigned(identity) : identity }),
    ...(tags === undefined ? {} : { tags }),
    ...(isOld || systemData === undefined ? {} : { systemData }),
  };
}

function showProperties(account: Account, apiVersion: string): Record<string, unknown> {
  const properties: Record<string, unknown> = { ...account.resource.properties, internalId: account.internalId };
  if (apiVersion < '2021-04-30') for (const name of newerProperties) delete properties[name];
  // Shown only from 2021 to 2024.
  if (apiVersion < '2021-04-30' || apiVersion >= '2025-01-01') {
    properties.callRateLimit = withoutDynamicThrottling(properties.callRateLimit);
  }
  return properties;
}

function withoutDynamicThrottling(limit: unknown): unknown {
  if (typeof limit !== 'object' || limit === null || !('rules' in limit) || !Array.isArray(limit.rules)) return limit;
  const rules: readonly unknown[] = limit.rules;
  return {
    ...limit,
    rules: rules.map((rule) => {
      if (typeof rule !== 'object' || rule === null) return rule;
      return Object.fromEntries(Object.entries(rule).filter(([name]) => name !== 'dynamicThrottlingEnabled'));
    }),
  };
}

function withUserAssigned(identity: unknown): unknown {
  return typeof identity === 'object' ? { ...identity, userAssignedIdentities: {} } : identity;
}
