import type { AppRole } from '../../src/api/app-role.ts';
import { grants } from '../../src/api/app-role.ts';
import type { Request } from '../api/ask.ts';
import type { ListedTarget, RotationView } from '../api/views.ts';

/** What may be asked of one target, beside its hardening. */
export type AskName =
  | 'start'
  | 'resume'
  | 'cancel'
  | 'rollback'
  | 'hold'
  | 'release-hold'
  | 'expedite'
  | 'repair'
  | 'adopt'
  | 'leak'
  | 'offboard';

/** What a person fills in. */
export interface Values {
  readonly reason: string;
  /** Whole seconds as text; empty: the target's own. */
  readonly overlapSeconds: string;
  readonly inactiveKeyUnused: boolean;
  readonly takeOver: boolean;
  readonly slot: 'key1' | 'key2' | '';
  readonly leaveBehind: readonly string[];
  readonly keepHistory: boolean;
  /** Names of the risks that are taken. */
  readonly confirm: readonly string[];
}

export const noValues: Values = {
  ...{ reason: '', overlapSeconds: '', inactiveKeyUnused: false, takeOver: false, slot: '', leaveBehind: [] },
  ...{ keepHistory: true, confirm: [] },
};

export type Field =
  | { readonly kind: 'reason'; readonly isRequired: boolean }
  | {
      readonly kind: 'check';
      readonly name: 'inactiveKeyUnused' | 'takeOver' | 'keepHistory';
      readonly label: string;
      readonly isRequired: boolean;
    }
  | { readonly kind: 'overlap'; readonly label: string; readonly hint: string }
  | { readonly kind: 'slot'; readonly label: string; readonly none: string | null }
  | { readonly kind: 'copies'; readonly names: readonly string[] }
  | { readonly kind: 'risk'; readonly name: string; readonly text: string };

/** One thing that may be asked: what the person reads and fills in, what is shown first, and what is sent. */
export interface Ask {
  readonly name: string;
  readonly title: string;
  /** What it does, in a sentence or two. */
  readonly says: string;
  readonly button: string;
  readonly tone: 'plain' | 'danger';
  readonly role: AppRole;
  readonly fields: readonly Field[];
  /** What must be typed before it is sent; null: nothing. */
  readonly typed: string | null;
  /** Asked before anything is sent; null: there is no dry run of it. */
  readonly preview: {
    readonly shows: 'rotation' | 'adoption' | 'adoptions' | 'leak' | 'plan';
    readonly request: (values: Values) => Request;
    /** Of a plan: whether it is sent without differences. What is asked for may still be noted, or call a change off. */
    readonly isSentIfEmpty?: boolean;
  } | null;
  /** @param seen the ETag of the preview, and a name for this request that is the same however often it is sent */
  readonly request: (
    values: Values,
    seen: { readonly etag: string | null; readonly idempotencyKey: string },
  ) => Request;
  /** What is said once it is taken. */
  readonly taken: string;
  /** What is said instead, by the API's answer. */
  readonly takenAs?: (answer: unknown) => string;
  /** What is said instead if the answer is 200: nothing is under way. Default `taken`. */
  readonly takenAtOnce?: string;
}

/** What a button offers; `lacks`: the role that the person would need. */
export interface Offer {
  readonly name: AskName;
  readonly label: string;
  readonly lacks: AppRole | null;
}

export const askRoles: Readonly<Record<AskName, AppRole>> = {
  start: 'Keyturn.Operate',
  resume: 'Keyturn.Operate',
  cancel: 'Keyturn.Operate',
  rollback: 'Keyturn.Operate',
  hold: 'Keyturn.Operate',
  'release-hold': 'Keyturn.Operate',
  expedite: 'Keyturn.Operate',
  repair: 'Keyturn.Operate',
  adopt: 'Keyturn.Admin',
  leak: 'Keyturn.Admin',
  offboard: 'Keyturn.Admin',
};

const labels: Readonly<Record<AskName, string>> = {
  start: 'Rotate now',
  resume: 'Resume',
  cancel: 'Cancel',
  rollback: 'Roll back',
  hold: 'Hold',
  'release-hold': 'Release hold',
  expedite: 'Expedite',
  repair: 'Repair',
  adopt: 'Adopt',
  leak: 'Report a leak',
  offboard: 'Offboard',
};

export function offer(name: AskName, roles: readonly string[]): Offer {
  const role = askRoles[name];
  return { name, label: labels[name], lacks: grants(roles, role) ? null : role };
}

/** Reasons that a repair mends: it stores what the account has. */
export const repairable: readonly string[] = [
  ...['endpoint-deleted', 'endpoint-stale', 'pointer-missing', 'pointer-invalid', 'pointer-to-dead-key'],
  ...['secret-missing', 'secret-disabled', 'secret-changed', 'vault-stale', 'direct-stale', 'copy-stale'],
  'out-of-band-regenerated',
];

/** Reasons after which the account is adopted again. */
export const adoptable: readonly string[] = ['account-recreated', 'journal-lost'];

type Shown = Pick<ListedTarget, 'state' | 'rotation' | 'drift' | 'leakedKeys'>;

/** What helps a target that waits for a person, first what helps most. */
export function asksFor({ state, rotation, drift, leakedKeys }: Shown): readonly AskName[] {
  if (state === 'not-adopted' || state === 'adopted-elsewhere' || state === 'offboarded') return ['adopt'];
  if (state === 'awaiting-first-rotation') return ['start'];
  if (rotation?.state === 'suspended') return [...remedies(rotation.reason), ...rotationAsks(rotation)];
  if (rotation !== null) return rotationAsks(rotation);
  if (leakedKeys.length > 0) return ['leak'];
  return [...new Set(drift.flatMap(({ reason }) => remedies(reason)))];
}

function remedies(reason: string | null): readonly AskName[] {
  if (reason === null) return [];
  return [
    ...(repairable.includes(reason) ? (['repair'] as const) : []),
    ...(adoptable.includes(reason) ? (['adopt'] as const) : []),
  ];
}

/** What may be asked of a rotation now, as the API says: what needs a confirmation too. */
function rotationAsks({ actions, actionsToConfirm }: RotationView): readonly AskName[] {
  const order: readonly AskName[] = ['resume', 'release-hold', 'rollback', 'hold', 'expedite', 'cancel'];
  const offered: readonly string[] = [...actions, ...actionsToConfirm.map(({ action }) => action)];
  return order.filter((name) => offered.includes(name));
}

/**
 * All that a target's page offers: what helps or moves its rotation, and what is about the target as such. The API decides what is
 * possible; this only leaves out what cannot mean anything now.
 */
export function offersFor(
  target: Shown,
  roles: readonly string[],
): { readonly first: readonly Offer[]; readonly others: readonly Offer[] } {
  const { state, rotation } = target;
  const isUnder = !['not-adopted', 'offboarded', 'newer-schema', 'unreachable'].includes(state);
  const mayStart = isUnder && rotation === null && state !== 'keyless' && state !== 'settling';
  const first = [...new Set([...asksFor(target), ...(mayStart ? (['start'] as const) : [])])];
  const others = (['repair', 'leak', 'offboard'] as const).filter((name) => isUnder && !first.includes(name));
  return { first: first.map((name) => offer(name, roles)), others: others.map((name) => offer(name, roles)) };
}
