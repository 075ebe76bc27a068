import { createHash } from 'node:crypto';
import { TableClient, type TableEntity, type TransactionAction } from '@azure/data-tables';
import { demoTarget } from '../../local/demo/demo-target.ts';
import { mapBounded } from '../../src/shared/map-bounded.ts';

/** Subscriptions of a large fleet, beside the one of the first account. */
const otherSubscriptions = ['1', '2', '3', '4'].map((digit) => `${digit.repeat(8)}-1bf0-4dda-aec3-111122223333`);

/** The table service's bound of one transaction. */
const transactionRows = 100;

export interface FleetTarget {
  readonly name: string;
  readonly accountId: string;
}

/**
 * Declared targets of a large fleet, in five subscriptions. Only the first is an account of the simulated Azure: of the others there
 * is nothing but rows, which `copyRows` writes.
 * @param firstAccount ARM id of the first target's account
 */
export function largeFleet(count: number, firstAccount: string) {
  const [, , ownSubscription = ''] = firstAccount.split('/');
  const subscriptions = [ownSubscription, ...otherSubscriptions];
  const targetNumber = (n: number) => {
    const name = `ai-contoso-${String(n).padStart(5, '0')}`;
    const subscription = subscriptions[Math.floor((n * subscriptions.length) / count)] ?? ownSubscription;
    const ofItsOwn = firstAccount.replace(/[^/]+$/, name).replace(ownSubscription, subscription);
    return { ...demoTarget, name, prefix: name, accountId: n === 0 ? firstAccount : ofItsOwn };
  };
  return { first: targetNumber(0), others: Array.from({ length: count - 1 }, (_, n) => targetNumber(n + 1)) };
}

/**
 * Gives every account what stands of the first one, with its own names in it: each is as much at rest as that, and declared if a
 * document declares that. Written to the table itself, a hundred rows a call: through the app it takes minutes.
 * @param change what else is different of every row, as JSON of its columns
 */
export async function copyRows(
  connectionString: string,
  { first, others }: { readonly first: FleetTarget; readonly others: readonly FleetTarget[] },
  change = (json: string) => json,
): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, 'keyturn', { allowInsecureConnection: true });
  const firstHash = hashOf(first.accountId);
  const copy = (row: TableEntity, { name, accountId }: FleetTarget): TableEntity =>
    JSON.parse(
      change(JSON.stringify(row))
        .replaceAll(first.accountId, accountId)
        .replaceAll(first.name, name)
        .replaceAll(firstHash, hashOf(accountId)),
    );
  const filter = `(RowKey ge 'current-${firstHash}' and RowKey lt 'current-${firstHash}~') or RowKey eq 'target-${first.name}'`;
  const rows: TableEntity[] = [];
  for await (const found of table.listEntities<TableEntity>({ queryOptions: { filter } })) {
    const { etag: _, timestamp: __, ...row } = found;
    const bucketOf = ({ accountId }: FleetTarget) =>
      row.rowKey.startsWith('current-') ? hashOf(accountId).slice(0, 1) : row.partitionKey;
    rows.push(...others.map((one) => ({ ...copy(row, one), partitionKey: bucketOf(one) })));
  }
  const batches = [...Map.groupBy(rows, ({ partitionKey }) => partitionKey).values()].flatMap((ofOne) =>
    Array.from({ length: Math.ceil(ofOne.length / transactionRows) }, (_, n) =>
      ofOne
        .slice(n * transactionRows, (n + 1) * transactionRows)
        .map((row): TransactionAction => ['upsert', row, 'Replace']),
    ),
  );
  await mapBounded(batches, 8, (batch) => table.submitTransaction(batch));
}

function hashOf(accountId: string): string {
  return createHash('sha256').update(accountId.toLowerCase()).digest('hex');
}
