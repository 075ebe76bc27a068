import { FailureError } from '../../src/shared/failure.ts';
import { isTableKey } from '../../src/shared/table-key.ts';
import type { DiscoveryRow, DiscoveryRows } from '../../src/targets/ports.ts';

/** Discovery's rows in memory, with what was written to them. */
export function memoryFound(): DiscoveryRows & {
  readonly written: string[];
  readonly rows: Map<string, DiscoveryRow>;
} {
  const rows = new Map<string, DiscoveryRow>();
  const written: string[] = [];
  const name = ({ kind, key }: Pick<DiscoveryRow, 'kind' | 'key'>) => `${kind}-${key}`;
  return {
    rows,
    written,
    list: async () => structuredClone([...rows.values()]),
    async find(_, kind, key) {
      // As the table service refuses it.
      if (!isTableKey(key)) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'OutOfRangeInput' });
      return structuredClone(rows.get(`${kind}-${key}`) ?? null);
    },
    async save(_, removed, put) {
      for (const row of removed) rows.delete(name(row));
      for (const row of put) rows.set(name(row), structuredClone(row));
      written.push(...removed.map((row) => `- ${name(row)}`), ...put.map((row) => `+ ${name(row)}`));
    },
  };
}
