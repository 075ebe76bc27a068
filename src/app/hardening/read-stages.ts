import * as z from 'zod';
import type { StoredRow } from '../../durable/ports.ts';
import { accessState } from '../../hardening/access/access-state.ts';
import { keylessState } from '../../hardening/keyless/keyless-state.ts';
import type { HardeningArea } from '../../hardening/ports.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import type { Reached } from './hardening-stages.ts';

/** Of any area's row, whatever release wrote it: one that cannot be read is a stage that is not known to be reached. */
const around = z.object({ state: z.unknown() });

/** Says since when the account's public access is disabled. */
const networkClosed = z.object({ closedSinceMs: z.number().nullable() });

/** What only the journal knows of a target's way to no keys, from the rows of its hardening. */
export function readStages(stored: ReadonlyMap<HardeningArea, StoredRow>, row: AccountRow | null): Reached {
  const access = stateIn(accessState, 'access', stored);
  const keyless = stateIn(keylessState, 'keyless', stored);
  const network = stateIn(networkClosed, 'network', stored);
  const verified = keyless?.verified?.accepted === true ? keyless.verified.atMs : null;
  const offSinceMs = keyless?.offSinceMs ?? null;
  return {
    'keys-rotated': row?.lastDone?.atMs ?? null,
    'network-closed': network?.closedSinceMs ?? null,
    'roles-granted':
      access?.asked?.length && access.last?.outcome === 'applied' && access.change === null
        ? access.last.endedAtMs
        : null,
    'keyless-proved': verified ?? offSinceMs,
    'keys-off': offSinceMs,
  };
}

/** The state in an area's row; null: there is none, or none that this release can read. */
export function stateIn<State>(
  schema: z.ZodType<State>,
  hardening: HardeningArea,
  stored: ReadonlyMap<HardeningArea, StoredRow>,
): State | null {
  const row = around.safeParse(stored.get(hardening)?.fields);
  const parsed = row.success ? schema.safeParse(row.data.state) : null;
  return parsed?.success === true ? parsed.data : null;
}
