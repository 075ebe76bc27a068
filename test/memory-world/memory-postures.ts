import type { StoredRow } from '../../src/durable/ports.ts';
import type { Posture, PostureRows } from '../../src/posture/ports.ts';
import type { AccountId } from '../../src/shared/resource-id.ts';

/** The rows of postures in memory, with the ETags and dates of Table storage; `rows` may be looked into and changed. */
export function memoryPostures(nowMs: () => number) {
  const rows = new Map<string, { fields: unknown; etag: string; savedAtMs: number }>();
  let serial = 0;
  const keyOf = ({ armId }: AccountId, posture: Posture) => `${armId.toLowerCase()} ${posture}`;
  const stored = (key: string): StoredRow | null => {
    const row = rows.get(key);
    return row === undefined ? null : { ...structuredClone(row), storageNowMs: nowMs() };
  };
  const ports: PostureRows = {
    load: async (account, posture) => stored(keyOf(account, posture)),
    loadAll: async (account) => {
      const found = new Map<Posture, StoredRow>();
      for (const posture of ['network', 'access', 'keyless'] as const) {
        const row = stored(keyOf(account, posture));
        if (row !== null) found.set(posture, row);
      }
      return found;
    },
    save: async (account, posture, fields, etag) => {
      const key = keyOf(account, posture);
      if ((rows.get(key)?.etag ?? null) !== etag) return { kind: 'conflict' };
      serial += 1;
      // As the table stores it: through JSON.
      rows.set(key, { fields: JSON.parse(JSON.stringify(fields)), etag: `etag-${serial}`, savedAtMs: nowMs() });
      return { kind: 'saved', etag: `etag-${serial}`, storageNowMs: nowMs() };
    },
    remove: async (account, posture, etag) => {
      const row = rows.get(keyOf(account, posture));
      if (row !== undefined && row.etag !== etag) return 'conflict';
      rows.delete(keyOf(account, posture));
      return 'removed';
    },
  };
  return { rows, ports };
}
