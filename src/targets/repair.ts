import type { Target } from '../keys/target.ts';
import type { Slot } from '../shared/slot.ts';
import { type Adoption, adopt } from './adopt.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';

/** What the row knows of an adopted target. */
export interface RepairKnown {
  /** Where the pointer stood, in case it is gone. */
  readonly pointed: Slot;
  readonly internalId: string;
}

/**
 * Stores again what the account has, where the vault does not hold it. By the rules of an adoption: two agreeing looks,
 * the active key accepted, keys first and the pointer last; never a regenerate, and a stored value that the account
 * still has in that slot is left alone.
 * @throws FailureError
 */
export function repair(
  ports: AdoptPorts,
  target: Target,
  rules: Omit<AdoptRules, 'intent'>,
  known: RepairKnown,
): Promise<Adoption> {
  return adopt(ports, target, { ...rules, intent: { kind: 'repair', ...known } });
}
