import { iso } from '../../shared/time.ts';
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
    stages: stages.map((stage) => {
      const atMs = reached[stage];
      return { stage, since: atMs === null ? null : iso(atMs) };
    }),
    next: next && { ...next, request: next.request.replace('{name}', encodeURIComponent(name)) },
  };
}
