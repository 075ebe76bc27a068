import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { FailureError } from '../shared/failure.ts';
import { parseAccountId } from '../shared/resource-id.ts';
import type { AccountSearch, TaggedAccount } from '../targets/ports.ts';
import { azureCall } from './azure-call.ts';

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

/** The most that one page can hold (same page). */
const pageRows = 1000;

/** AI accounts by their tags, through Azure Resource Graph, over all subscriptions that the identity may read. */
export function resourceGraphSearch(client: () => Promise<ResourceGraphClient>): AccountSearch {
  const everyRow = async (query: string): Promise<readonly unknown[]> => {
    const rows: unknown[] = [];
    let skipToken: string | undefined;
    do {
      const options = { resultFormat: 'objectArray', top: pageRows, ...(skipToken && { skipToken }) } as const;
      const { value } = await azureCall({
        service: 'arm',
        effect: { kind: 'read' },
        send: async () => (await client()).resources({ query, options }),
      });
      if (!Array.isArray(value.data)) throw unreadable('rows-missing');
      rows.push(...value.data);
      skipToken = value.skipToken;
      // Rows that no page will bring: half a list would look as if the other accounts had lost their tags.
      if (!skipToken && rows.length < value.totalRecords) throw unreadable('rows-missing');
    } while (skipToken);
    return rows;
  };

  return {
    async taggedAccounts() {
      const subscriptions = (await everyRow(subscriptionsQuery)).map((row) =>
        text(row, 'subscriptionId').toLowerCase(),
      );
      const accounts = (await everyRow(taggedAccountsQuery)).map((row): TaggedAccount => {
        const account = parseAccountId(text(row, 'id'));
        if (account === null) throw unreadable('row-unreadable');
        return { account, tags: tagsIn(row) };
      });
      return { accounts, subscriptions: new Set(subscriptions) };
    },
  };
}

function text(row: unknown, name: string): string {
  const value = member(row, name);
  if (typeof value !== 'string') throw unreadable('row-unreadable');
  return value;
}

function tagsIn(row: unknown): Record<string, string> {
  const tags = member(row, 'tags');
  if (typeof tags !== 'object' || tags === null) return {};
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)]));
}

function member(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Object.entries(row).find(([key]) => key === name)?.[1] : undefined;
}

function unreadable(code: string): FailureError {
  return new FailureError({ kind: 'not-applied', code, retryAfterMs: null });
}
