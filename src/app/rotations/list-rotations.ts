import type { Target } from '../../keys/target.ts';
import { begunPrefix, pageBegun, parseBegun } from '../../rotation/audit/audit-rows.ts';
import { historyPlaces, pagePlaces } from '../../rotation/history-places.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import type { Page, RotationsAnswer } from '../contract.ts';
import type { ListedRotation } from './audit-trail-view.ts';
import { readRotation } from './read-rotation.ts';

/**
 * A target's rotations, newest first, under whatever ids its account had.
 * @throws FailureError when the journal cannot be read
 */
export async function listRotations(rows: AccountRows, target: Target, page: Page): Promise<RotationsAnswer> {
  const after = page.after === null ? null : `${begunPrefix}${page.after}`;
  const places = await historyPlaces(rows, target.account);
  const stored = await pagePlaces(places, page.limit, (place) => pageBegun(rows, place, after, page.limit));
  const begun = stored.flatMap(({ fields }) => parseBegun(fields) ?? []);
  const rotations = await Promise.all(
    begun.map(async ({ rotationId, startedAtMs }): Promise<ListedRotation> => {
      const found = await readRotation(rows, target, rotationId, places);
      if (found.kind === 'found') return found.rotation;
      // The account's row was lost or restored in the middle of it: its evidence still stands.
      const startedAt = new Date(startedAtMs).toISOString();
      return { id: rotationId, target: target.name, state: 'unknown', startedAt };
    }),
  );
  const last = stored.at(-1);
  const next = stored.length < page.limit || last === undefined ? null : last.key.slice(begunPrefix.length);
  return { kind: 'found', rotations, next };
}
