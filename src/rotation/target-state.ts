import type { Target } from '../keys/target.ts';
import type { AccountRow } from './account-row.ts';
import { isLeakAlive } from './compromise/leaked-keys.ts';
import { sentenceFor } from './reasons.ts';
import { awaitsFirstRotation, isAdoptedAs, isKeyless } from './start-rotation.ts';

/** Where a target stands, one word each, with the sentence that the admin API and the runbook show. */
export const targetStates = {
  'not-adopted': 'Keyturn has not stored its keys yet: adopt it.',
  'adopted-elsewhere': 'Its settings name another vault, prefix or layout than it was adopted with: adopt it again.',
  'awaiting-first-rotation':
    'Azure cannot show who uses which key: start the first rotation with idleKeyUnused once nobody holds the idle key.',
  leaked:
    'A key was reported as leaked and may still be valid. It ends when two looks at the account show the key in neither slot.',
  keyless: 'Keys are turned off on this account: there is nothing to rotate. Turning them on again resumes it.',
  settling: 'Another writer may still be at work; nothing is written until its last calls have settled.',
  rotating: 'A rotation is in flight.',
  suspended: 'A rotation waits for a person.',
  drifted: 'Vault and account disagree: `drift` says how; repair stores what the account has.',
  idle: 'Its keys were in order when they were last checked; the next rotation comes when it is due.',
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
  if (row !== null && row.leaks.length > 0) return say('leaked', leakedSentence(row, target));
  if (row?.rotation == null && isKeyless(row, target)) return say('keyless');
  if (row === null || (row.adoptedAtMs === null && nowMs >= row.settleUntilMs)) return say('not-adopted');
  if (row.rotation?.kind === 'suspended') return say('suspended', sentenceFor(row.rotation.reason));
  if (row.rotation !== null) return say('rotating');
  if (nowMs < row.settleUntilMs) return say('settling');
  if (!isAdoptedAs(row, target)) return say('adopted-elsewhere');
  if (awaitsFirstRotation(row, target)) return say('awaiting-first-rotation');
  return say('idle');
}

/** What becomes of the leaked keys, and what to do where nothing does. */
function leakedSentence(row: AccountRow, target: Target): string {
  const { leaks, rotation, compromise } = row;
  const slots = leaks.map(({ slot }) => slot).join(' and ');
  const whose = leaks.length > 1 ? `The keys in ${slots} were` : `The key in ${slots} was`;
  const isOff = isKeyless(row, target) ? ' Keys are turned off, and it is valid again when they are turned on.' : '';
  const may = `${whose} reported as leaked, and may still be valid.${isOff}`;
  if (rotation?.kind === 'suspended')
    return `${may} The rotation that is to replace it waits for a person: ${sentenceFor(rotation.reason)}`;
  if (rotation !== null || compromise !== null) return `${may} A rotation is in flight.`;
  if (!isLeakAlive(row)) return `${may} Keyturn looks whether it is.`;
  return `${may} No rotation replaces it: report it again.`;
}
