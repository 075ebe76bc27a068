import type { Target } from '../keys/target.ts';
import type { AccountRow } from './account-row.ts';
import { sentenceFor } from './reasons.ts';
import { awaitsFirstRotation, isAdoptedAs, isKeyless } from './start-rotation.ts';

/** Where a target stands, one word each, with the sentence that the admin API and the runbook show. */
export const targetStates = {
  'not-adopted': 'Keyturn has not stored its keys yet: adopt it.',
  'adopted-elsewhere': 'Its settings name another vault, prefix or layout than it was adopted with: adopt it again.',
  'awaiting-first-rotation':
    'Azure cannot show who uses which key: start the first rotation with idleKeyUnused once nobody holds the idle key.',
  keyless: 'Keys are turned off on this account: there is nothing to rotate. Turning them on again resumes it.',
  settling: 'Another writer may still be at work; nothing is written until its last calls have settled.',
  rotating: 'A rotation is in flight.',
  suspended: 'A rotation waits for a person.',
  drifted: 'Vault and account disagree: `drift` says how; repair stores what the account has.',
  idle: 'Its keys are in order; the next rotation comes when it is due.',
  'newer-schema': 'A newer release of Keyturn wrote its journal; this one leaves it alone.',
  unreachable: 'The journal cannot be read now.',
} as const;

export type TargetState = keyof typeof targetStates;

/** The state of a target by its row, and why. */
export function targetState(
  row: AccountRow | null,
  target: Target,
  nowMs: number,
): { readonly state: TargetState; readonly because: string } {
  const say = (state: TargetState, because: string = targetStates[state]) => ({ state, because });
  if (row?.rotation == null && isKeyless(row, target)) return say('keyless');
  if (row === null || (row.adoptedAtMs === null && nowMs >= row.settleUntilMs)) return say('not-adopted');
  if (row.rotation?.kind === 'suspended') return say('suspended', sentenceFor(row.rotation.reason));
  if (row.rotation !== null) return say('rotating');
  if (nowMs < row.settleUntilMs) return say('settling');
  if (!isAdoptedAs(row, target)) return say('adopted-elsewhere');
  if (awaitsFirstRotation(row, target)) return say('awaiting-first-rotation');
  return say('idle');
}
