import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { notApplied } from '../../shared/failure.ts';
import { memberOf } from '../../shared/json.ts';
import { armRead } from '../azure-call.ts';

/** The most that one page can hold: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data */
const pageRows = 1000;

/**
 * Every row that a query of Azure Resource Graph finds, whole or not at all. The query must order its rows, or pages
 * are not whole. What the identity may not read is left out by Azure without a word.
 * @throws FailureError
 */
export async function everyGraphRow(
  client: () => Promise<ResourceGraphClient>,
  query: string,
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  let skipToken: string | undefined;
  do {
    const options = { resultFormat: 'objectArray', top: pageRows, ...(skipToken && { skipToken }) } as const;
    const page = await armRead(async () => (await client()).resources({ query, options }));
    if (!Array.isArray(page.data)) throw notApplied('rows-missing');
    rows.push(...page.data);
    skipToken = page.skipToken;
    // Rows that no page will bring: half a list would look as if the other things were gone.
    if (!skipToken && rows.length < page.totalRecords) throw notApplied('rows-missing');
  } while (skipToken);
  return rows;
}

/** A row's column that must be text. @throws FailureError */
export function graphText(row: unknown, name: string): string {
  const value = memberOf(row, name);
  if (typeof value !== 'string') throw notApplied('row-unreadable');
  return value;
}
