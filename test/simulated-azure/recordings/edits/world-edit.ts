import type { RoleDefinition } from '../../../../local/simulated-azure/roles.ts';
import type { World } from '../../../../local/simulated-azure/world.ts';

/** A world whose custom roles can be added to. */
export type RecordedWorld = World & { readonly customRoles: RoleDefinition[] };

/**
 * Something that a recording shows to be so without showing how it came about: true from the start, or done by somebody
 * else (or in an exchange that was left out) right before one exchange.
 */
export interface WorldEdit {
  /** The exchange it must stand before; 0 is the start. */
  readonly before: number;
  readonly apply: (world: RecordedWorld, nowMs: number) => void;
}
