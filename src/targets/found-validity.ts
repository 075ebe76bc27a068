import { nearExpiryDays, validityMs } from '../keys/key-secret.ts';
import type { StoredSecret } from '../keys/ports.ts';
import type { Target } from '../keys/target.ts';
import { dayMs } from '../shared/time.ts';

/** What became of the validity that a secret had before Keyturn took it over. One sentence each: adopt answer, target view, runbook. */
export const validityReasons = {
  'validity-kept': 'The secret lived for as long as Keyturn lets it live: its rhythm stays.',
  'validity-replaced':
    'The secret was rotated 30 days before each end, when Key Vault announces it. Now rotateEvery of the target is the rhythm, and each version ends 30 days after its rotation is due.',
  'validity-would-loop':
    'A version that lives for 30 days or less is announced the moment it is stored, so that each rotation sets off the next. Now each version ends 30 days after its rotation is due by rotateEvery.',
  'validity-missing':
    'The secret never ended, so Key Vault announced nothing. Now each version ends 30 days after its rotation is due by rotateEvery.',
} as const;

type ValidityReason = keyof typeof validityReasons;

/** The life of a secret under another tool, and why Keyturn gives it the one it gives. */
export interface FoundValidity {
  readonly secret: string;
  /** By its tag, else by its dates; null if it had neither. */
  readonly foundDays: number | null;
  readonly reason: ValidityReason;
}

/** How long a secret of another tool lived, and what that means under Keyturn's policy; null for one of Keyturn's own. */
export function foundValidity(target: Target, secret: StoredSecret): FoundValidity | null {
  if (secret.kind !== 'stored' || secret.tags.service !== undefined) return null;
  const { createdAtMs, expiresAtMs, name } = secret;
  const tagged = Number.parseInt(secret.tags.ValidityPeriodDays ?? '', 10);
  const byDates = expiresAtMs === null ? null : Math.round((expiresAtMs - createdAtMs) / dayMs);
  const foundDays = Number.isNaN(tagged) ? byDates : tagged;
  return { secret: name, foundDays, reason: reasonOf(foundDays, Math.floor(validityMs(target) / dayMs)) };
}

function reasonOf(foundDays: number | null, ourDays: number): ValidityReason {
  if (foundDays === null) return 'validity-missing';
  if (foundDays <= nearExpiryDays) return 'validity-would-loop';
  return foundDays === ourDays ? 'validity-kept' : 'validity-replaced';
}
