import type { Target } from '../keys/target.ts';
import type { RefusedAccount } from './refused-account.ts';

/** Why nothing is begun for a target that is known; a rotation in flight goes on to its end. */
export const blockReasons = {
  'paused-by-tag': 'The account carries the tag keyturn-pause: the schedule and events begin nothing until it is gone.',
  'no-longer-a-target':
    'The account is gone or its tags no longer make it a target; the rotation in flight is finished, nothing else is begun.',
} as const;

export type BlockReason = keyof typeof blockReasons;

/** A target and how it came to be one. */
export interface KnownTarget {
  readonly target: Target;
  /** `declared`: in the settings. `discovered`: by tags on its account. */
  readonly origin: 'declared' | 'discovered';
  /** Null: rotations may begin. */
  readonly blocked: BlockReason | null;
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
   * The target of that name as `list` shows it, by its own row alone.
   * @throws FailureError when what was discovered cannot be read
   */
  read(name: string): Promise<KnownTarget | null>;
  /**
   * Looks for targets anew. When Azure cannot be asked, the last list stands.
   * @throws FailureError when what was found cannot be read or saved
   */
  refresh(): Promise<void>;
  /**
   * What the last look found besides targets; null where tags are not looked at.
   * @throws FailureError
   */
  report(): Promise<DiscoveryReport | null>;
}

/** The last look at the tags of AI accounts. */
export interface DiscoveryReport {
  /** When the list of targets was last made anew; null: never yet. */
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
  return {
    list: async () => known,
    find,
    read: find,
    refresh: async () => {},
    report: async () => null,
  };
}
