import type { StoredRow } from '../../src/durable/ports.ts';
import type { HardeningArea, HardeningRows } from '../../src/hardening/ports.ts';
import type { AccountId } from '../../src/shared/resource-id.ts';

/** The rows of hardening in memory, with the ETags and dates of Table storage; `rows` may be looked into and changed. */
export function memoryHardening(nowMs: () => number) {
  const rows = new Map<string, { fields: unknown; etag: string; savedAtMs: number }>();
  let serial = 0;
  const keyOf = ({ armId }: AccountId, area: HardeningArea) => `${armId.toLowerCase()} ${area}`;
  const stored = (key: string): StoredRow | null => {
    const row = rows.get(key);
    return row === undefined ? null : { ...structuredClone(row), storageNowMs: nowMs() };
  };
  const ports: HardeningRows = {
    load: async (account, area) => stored(keyOf(account, area)),
    loadAll: async (account) => {
      const found = new Map<HardeningArea, StoredRow>();
      for (const area of ['network', 'access', 'keyless'] as const) {
        const row = stored(keyOf(account, area));
        if (row !== null) found.set(area, row);
      }
      return found;
    },
    save: async (account, area, fields, etag) => {
      const key = keyOf(account, area);
      if ((rows.get(key)?.etag ?? null) !== etag) return { kind: 'conflict' };
      serial += 1;
      // As the table stores it: through JSON.
      rows.set(key, { fields: JSON.parse(JSON.stringify(fields)), etag: `etag-${serial}`, savedAtMs: nowMs() });
      return { kind: 'saved', etag: `etag-${serial}`, storageNowMs: nowMs() };
    },
    remove: async (account, area, etag) => {
      const row = rows.get(keyOf(account, area));
      if (row !== undefined && row.etag !== etag) return 'conflict';
      rows.delete(keyOf(account, area));
      return 'removed';
    },
  };
  return { rows, ports };
}
