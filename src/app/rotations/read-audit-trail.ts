import type { Target } from '../../keys/target.ts';
import { auditPrefix, parseAuditEntry, type StoredAuditEntry } from '../../rotation/audit/audit-rows.ts';
import { historyPlaces, pagePlaces } from '../../rotation/history-places.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import type { AuditTrailAnswer, Page } from '../contract.ts';
import type { AuditEntry } from './audit-trail-view.ts';
import { readRotation } from './read-rotation.ts';

/**
 * A rotation's evidence, oldest first. One that went on after its account was moved left some under either id.
 * @throws FailureError when the journal cannot be read
 */
export async function readAuditTrail(
  rows: AccountRows,
  target: Target,
  id: string,
  page: Page,
): Promise<AuditTrailAnswer> {
  const places = await historyPlaces(rows, target.account);
  const found = await readRotation(rows, target, id, places);
  if (found.kind !== 'found') return found;
  const prefix = auditPrefix(id);
  const after = page.after === null ? null : `${prefix}${page.after}`;
  const stored = await pagePlaces(places, page.limit, ({ account }) =>
    rows.pageHistory(account, prefix, after, page.limit),
  );
  const savedCalls = new Set<string>();
  const entries = stored.flatMap(({ fields }) => {
    const auditTrail = parseAuditEntry(fields);
    return auditTrail === null ? [] : [viewEntry(auditTrail, savedCalls)];
  });
  const last = stored.at(-1);
  const next = stored.length < page.limit || last === undefined ? null : last.key.slice(prefix.length);
  return { kind: 'found', auditTrail: { rotation: found.rotation, entries, next } };
}

/** After a lost reply the same calls may be told by two saves: they are shown once. */
function viewEntry({ atMs, run, firstCall, changes, calls, callsLeftOut }: StoredAuditEntry, told: Set<string>) {
  const entry: AuditEntry = {
    at: iso(atMs),
    worker: run,
    changes,
    calls: calls.flatMap((call, index) => {
      const name = `${run} ${firstCall + index}`;
      if (told.has(name)) return [];
      told.add(name);
      const { host, path, atMs: answeredAtMs, ...rest } = call;
      return [{ ...rest, url: `https://${host}${path}`, answeredAt: answeredAtMs === null ? null : iso(answeredAtMs) }];
    }),
    callsLeftOut,
  };
  return entry;
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
