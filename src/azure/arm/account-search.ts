import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { notApplied } from '../../shared/failure.ts';
import { memberOf } from '../../shared/json.ts';
import { parseAccountId } from '../../shared/resource-id.ts';
import type { AccountSearch, TaggedAccount } from '../../targets/ports.ts';
import { everyGraphRow, graphText } from './graph-rows.ts';

/**
 * `tags['keyturn-vault']` would miss `Keyturn-Vault`: member names of a tag bag have their case, `contains` has none.
 * The order makes pages whole: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
 */
const taggedAccountsQuery = `resources
| where type =~ 'microsoft.cognitiveservices/accounts'
| where tostring(tags) contains 'keyturn-'
| project id, tags
| order by id asc`;

/** A row for each subscription that may be read, those without any resource too. One that may not be read has none. */
const subscriptionsQuery = `resourcecontainers
| where type =~ 'microsoft.resources/subscriptions'
| project subscriptionId
| order by subscriptionId asc`;

/** AI accounts by their tags, through Azure Resource Graph, over all subscriptions that the identity may read. */
export function resourceGraphSearch(client: () => Promise<ResourceGraphClient>): AccountSearch {
  const everyRow = (query: string) => everyGraphRow(client, query);

  return {
    async taggedAccounts() {
      const subscriptions = (await everyRow(subscriptionsQuery)).map((row) =>
        graphText(row, 'subscriptionId').toLowerCase(),
      );
      const accounts = (await everyRow(taggedAccountsQuery)).map((row): TaggedAccount => {
        const account = parseAccountId(graphText(row, 'id'));
        if (account === null) throw notApplied('row-unreadable');
        return { account, tags: tagsIn(row) };
      });
      return { accounts, subscriptions: new Set(subscriptions) };
    },
  };
}

function tagsIn(row: unknown): Record<string, string> {
  const tags = memberOf(row, 'tags');
  if (typeof tags !== 'object' || tags === null) return {};
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)]));
}
