import type { Target } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';

/** Why an account with tags of Keyturn's is no target. Each has an entry in docs/reasons.md. */
export const refusedReasons = {
  'bad-tag': 'A tag cannot be used as it stands.',
  'vault-not-allowed': 'The vault that the tags name is not on the list of KEYTURN_DISCOVERY_VAULTS.',
  'subscription-not-allowed': "The account's subscription is not on the list of KEYTURN_DISCOVERY_SUBSCRIPTIONS.",
  'declared-already': 'The account is declared as a target, which wins over its tags.',
  'name-taken': 'Another target has this name; it had it first.',
  'secrets-taken': 'Another target has this vault and prefix, or one of the secret names; it had them first.',
} as const;

export type RefusedReason = keyof typeof refusedReasons;

/** An account that its tags do not make a target, and why. */
export interface RefusedAccount {
  readonly accountId: string;
  readonly reason: RefusedReason;
  /** By tag; each names what stands there, and the other target if there is one. */
  readonly problems: readonly FieldProblem[];
}

/** Why nothing is begun for a target that is known; a rotation in flight goes on to its end. */
export const blockReasons = {
  'paused-by-tag': 'The account carries the tag keyturn-pause: the schedule and events begin nothing until it is gone.',
  'no-longer-a-target':
    'The account is gone, or neither its tags nor the targets document make it a target any more; the rotation in flight is finished, nothing else is begun.',
} as const;

export type BlockReason = keyof typeof blockReasons;

/** Why the targets document is not in force as it lies there. Each has an entry in docs/operations.md. */
export const refusedDocumentReasons = {
  'document-invalid': 'The targets document has errors: see problems.',
  'targets-dropped':
    'The targets document no longer names more than a fifth of the targets. It holds once an operator accepts it: POST fleet/targets-document/accept.',
  'document-absent': 'There is no blob where KEYTURN_TARGETS_BLOB says.',
  'document-unreadable': 'The targets document could not be read; each sweep tries again.',
} as const;

/** Code of the failure to tell targets before a first document was accepted: nothing is known of them, least of all that there are none. */
export const targetsUnknown = 'targets-unknown';

export type RefusedDocumentReason = keyof typeof refusedDocumentReasons;

/** A target and how it came to be one. */
export interface KnownTarget {
  readonly target: Target;
  /** `declared`: in the settings or the targets document. `discovered`: by tags on its account. */
  readonly origin: 'declared' | 'discovered';
  /** Null: rotations may begin. */
  readonly blocked: BlockReason | null;
}

/** The targets that people wrote down: in the settings, or in the targets document. */
export interface DeclaredTargets {
  /** The same list for as long as nothing has changed. @throws FailureError when they cannot be read */
  list(): Promise<readonly KnownTarget[]>;
  /** @throws FailureError when they cannot be read */
  find(name: string): Promise<KnownTarget | null>;
  /** Looks whether they have changed. @throws FailureError when what was found cannot be read or saved */
  refresh(): Promise<void>;
}

/** Where the targets come from. No account, no name and no secret belongs to two of them. */
export interface TargetSource {
  /**
   * Every target, the declared ones first. May be some seconds behind what another worker has found.
   * @throws FailureError when the discovered ones cannot be read
   */
  list(): Promise<readonly KnownTarget[]>;
  /**
   * The target of that name, or null. Asks nobody for a declared one.
   * @throws FailureError when the discovered ones cannot be read
   */
  find(name: string): Promise<KnownTarget | null>;
  /**
   * The target of that name as `list` shows it, only by its own row.
   * @throws FailureError when what was discovered cannot be read
   */
  read(name: string): Promise<KnownTarget | null>;
  /**
   * Looks for targets again. When Azure cannot be asked, the last list stands.
   * @throws FailureError when what was found cannot be read or saved
   */
  refresh(): Promise<void>;
  /** What the last look found besides targets; null if tags are not looked at. @throws FailureError */
  report(): Promise<DiscoveryReport | null>;
}

/** The last look at the tags of AI accounts. */
export interface DiscoveryReport {
  /** When the list of targets was last rebuilt; null: never yet. */
  readonly foundAtMs: number | null;
  /** Why later looks failed, as an adapter's code; null: the last one succeeded. */
  readonly failure: string | null;
  /** Subscriptions of the settings that could not be looked into; what was known of them stands. */
  readonly unreadable: readonly string[];
  readonly refused: readonly RefusedAccount[];
}

/** The targets of the settings and no others. */
export function fixedTargets(targets: readonly Target[]): TargetSource {
  const known = targets.map((target): KnownTarget => ({ target, origin: 'declared', blocked: null }));
  const find = async (name: string) => known.find(({ target }) => target.name === name) ?? null;
  return { list: async () => known, find, read: find, refresh: async () => {}, report: async () => null };
}
