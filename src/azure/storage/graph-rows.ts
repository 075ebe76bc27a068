import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { FailureError } from '../../shared/failure.ts';
import { azureCall } from '../azure-call.ts';

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
    const { value } = await azureCall({
      service: 'arm',
      effect: { kind: 'read' },
      send: async () => (await client()).resources({ query, options }),
    });
    if (!Array.isArray(value.data)) throw graphUnreadable('rows-missing');
    rows.push(...value.data);
    skipToken = value.skipToken;
    // Rows that no page will bring: half a list would look as if the other things were gone.
    if (!skipToken && rows.length < value.totalRecords) throw graphUnreadable('rows-missing');
  } while (skipToken);
  return rows;
}

/** A row's column that must be text. @throws FailureError */
export function graphText(row: unknown, name: string): string {
  const value = graphMember(row, name);
  if (typeof value !== 'string') throw graphUnreadable();
  return value;
}

/** A row's column, whatever it holds. */
export function graphMember(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Object.entries(row).find(([key]) => key === name)?.[1] : undefined;
}

export function graphUnreadable(code = 'row-unreadable'): FailureError {
  return new FailureError({ kind: 'not-applied', code, retryAfterMs: null });
}
