import * as z from 'zod';
import type { StoredRow } from '../../durable/ports.ts';
import { accessState } from '../../hardening/access/access-state.ts';
import { keylessState } from '../../hardening/keyless/keyless-state.ts';
import type { HardeningArea } from '../../hardening/ports.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { isoOrNull } from '../../shared/time.ts';
import { type HardeningStage, type HardeningStagesView, stages } from './hardening-contract.ts';

/** When each stage was reached, milliseconds since 1970; null: not yet, as far as the journal knows. */
export type Reached = Readonly<Record<HardeningStage, number | null>>;

/** The safe step up to each stage. */
const steps: Readonly<Record<HardeningStage, Omit<NonNullable<HardeningStagesView['next']>, 'stage'>>> = {
  'keys-rotated': {
    request: 'POST /api/targets/{name}/rotations?dryRun=true',
    body: {},
    detail: 'Rotate once: keys that were copied in the past end with it.',
  },
  'network-closed': {
    request: 'PUT /api/targets/{name}/network?dryRun=true',
    body: { mode: 'private' },
    detail: 'Disable public access: a key is then of no use from outside.',
  },
  'roles-granted': {
    request: 'PUT /api/targets/{name}/access?dryRun=true',
    body: { identities: [{ principalId: '<your-identity-object-id>', roles: ['<your-role>'] }] },
    detail: 'Give whoever calls the account a role, so that it can call without a key.',
  },
  'keyless-proved': {
    request: 'POST /api/targets/{name}/keyless/verify',
    body: {},
    detail: 'Prove that a call without a key is accepted.',
  },
  'keys-off': {
    request: 'PUT /api/targets/{name}/keyless?dryRun=true',
    body: { enabled: true },
    detail: 'Turn keys off: what does not exist cannot leak.',
  },
};

/**
 * Where a target stands on the way to no keys. The next step is the first stage that is missing; of a target without keys,
 * rotating them is none.
 */
export function hardeningStages(name: string, reached: Reached): HardeningStagesView {
  const missing = stages.find(
    (stage) => reached[stage] === null && !(stage === 'keys-rotated' && reached['keys-off'] !== null),
  );
  const next = missing === undefined ? null : { stage: missing, ...steps[missing] };
  return {
    stage: stages.findLast((stage) => reached[stage] !== null) ?? null,
    stages: stages.map((stage) => ({ stage, since: isoOrNull(reached[stage]) })),
    next: next && { ...next, request: next.request.replace('{name}', encodeURIComponent(name)) },
  };
}

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
