import { type LadderView, type Rung, rungs } from './posture-contract.ts';

/** When each rung was reached, milliseconds since 1970; null: not yet, as far as the journal knows. */
export type Reached = Readonly<Record<Rung, number | null>>;

/** The safe step up to each rung. */
const steps: Readonly<Record<Rung, Omit<NonNullable<LadderView['next']>, 'rung'>>> = {
  'keys-rotated': {
    request: 'POST /api/targets/{name}/rotations?dryRun=true',
    body: {},
    because: 'Rotate once: keys that were copied in the past end with it.',
  },
  'network-closed': {
    request: 'PUT /api/targets/{name}/network?dryRun=true',
    body: { mode: 'private' },
    because: 'Close the public door: a key alone then opens nothing from outside.',
  },
  'roles-granted': {
    request: 'PUT /api/targets/{name}/access?dryRun=true',
    body: { identities: [{ principalId: '<your-identity-object-id>', roles: ['<your-role>'] }] },
    because: 'Give whoever calls the account a role, so that it can call without a key.',
  },
  'keyless-proved': {
    request: 'POST /api/targets/{name}/keyless/verify',
    body: {},
    because: 'Prove that a call without a key is accepted.',
  },
  'keys-off': {
    request: 'PUT /api/targets/{name}/keyless?dryRun=true',
    body: { enabled: true },
    because: 'Turn keys off: what does not exist cannot leak.',
  },
};

/**
 * Where a target stands on the way to no keys. The next step is the lowest rung that is missing; of a target without keys,
 * rotating them is none.
 */
export function ladder(name: string, reached: Reached): LadderView {
  const missing = rungs.find(
    (rung) => reached[rung] === null && !(rung === 'keys-rotated' && reached['keys-off'] !== null),
  );
  const next = missing === undefined ? null : { rung: missing, ...steps[missing] };
  return {
    rung: rungs.findLast((rung) => reached[rung] !== null) ?? null,
    rungs: rungs.map((rung) => {
      const atMs = reached[rung];
      return { rung, since: atMs === null ? null : new Date(atMs).toISOString() };
    }),
    next: next && { ...next, request: next.request.replace('{name}', encodeURIComponent(name)) },
  };
}
