import type { Target } from '../keys/target.ts';
import type { DeclaredTarget } from './target-schema.ts';

/** A declared target with its defaults filled in, and where it is written, for messages. */
export interface PlacedTarget {
  /** `KEYTURN_TARGETS[0]` */
  readonly at: string;
  /** Word for word, for messages. */
  readonly written: unknown;
  readonly declared: DeclaredTarget;
  readonly target: Target;
}
