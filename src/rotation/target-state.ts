import type { Target } from '../keys/target.ts';
import type { AccountRow } from './account-row.ts';
import { explainWait } from './explain-wait.ts';
import { isLeakAlive } from './leak/leaked-keys.ts';
import {
  awaitsFirstRotation,
  isAdoptedAs,
  isKeyless,
  isLeakPending,
  isWithoutKeys,
} from './requests/start-rotation.ts';
import type { RotationState } from './state.ts';
import { type TargetState, targetStates } from './target-states.ts';

/** How far an account that is to take no keys has come: in `proving` Azure shows that keys are off. */
export type KeysPhase = 'turning-off' | 'proving' | 'off' | 'turning-on';

const keylessSentences: Readonly<Record<KeysPhase, string>> = {
  'turning-off': 'Keys are being turned off on this account; Azure does not show it yet.',
  proving: 'Keys are turned off on this account, and it is being proved that they are refused.',
  off: targetStates.keyless,
  'turning-on': 'Keys are being turned on again on this account; then it goes on as before.',
};

/** Whether a leaked key of such an account is accepted. */
const leakedSentences: Readonly<Record<KeysPhase, string>> = {
  'turning-off': 'Keys are being turned off on this account, and it may still be accepted until Azure shows that.',
  proving: 'Keys are turned off on this account, and gateways may still accept it until all have learnt that.',
  off: 'Keys are turned off on this account, and it is not accepted now.',
  'turning-on': 'Keys are being turned on again on this account, and with them this one.',
};

/** If only the row is known. */
const leakedWhileKeyless = 'Keys are turned off on this account, or are being turned off.';

/**
 * The state of a target by its row, and why.
 * @param phase how far an account that is to take no keys has come; null: not known
 */
export function targetState(
  row: AccountRow | null,
  target: Target,
  nowMs: number,
  phase: KeysPhase | null = null,
): { readonly state: TargetState; readonly detail: string } {
  const say = (state: TargetState, detail: string = targetStates[state]) => ({ state, detail });
  if (row !== null && row.leaks.length > 0) return say('leaked', leakedSentence(row, target, phase));
  if (row?.rotation == null && isKeyless(row, target)) return say('keyless', keylessSentences[phase ?? 'off']);
  if (row === null || (row.adoptedAtMs === null && nowMs >= row.settleUntilMs)) return say('not-adopted');
  if (row.rotation?.kind === 'suspended') return say('suspended', explainWait(row.rotation).detail ?? undefined);
  if (row.rotation !== null) return say('rotating', inFlight(row.rotation));
  if (nowMs < row.settleUntilMs) return say('settling');
  if (!isAdoptedAs(row, target)) return say('adopted-elsewhere');
  if (awaitsFirstRotation(row, target)) return say('awaiting-first-rotation');
  return say('idle');
}

/** That a rotation is in flight, and what it waits for: a missing role stands here too. */
function inFlight(rotation: RotationState): string {
  const { detail } = explainWait(rotation);
  return detail === null ? targetStates.rotating : `${targetStates.rotating} ${detail}`;
}

/** What becomes of the leaked keys, and what to do if nothing does. */
function leakedSentence(row: AccountRow, target: Target, phase: KeysPhase | null): string {
  const { leaks, rotation } = row;
  const slots = leaks.map(({ slot }) => slot).join(' and ');
  const whose = leaks.length > 1 ? `The keys in ${slots} were` : `The key in ${slots} was`;
  if (isWithoutKeys(row, target)) {
    const isAccepted = phase === null ? leakedWhileKeyless : leakedSentences[phase];
    return `${whose} reported as leaked. ${isAccepted} Its replacement begins at once when keys are on again.`;
  }
  const may = `${whose} reported as leaked, and may still be valid.`;
  if (rotation?.kind === 'suspended')
    return `${may} The rotation that is to replace it waits for a person: ${explainWait(rotation).detail}`;
  if (rotation !== null) return `${may} ${inFlight(rotation)}`;
  if (isLeakPending(row, target)) return `${may} ${targetStates.rotating}`;
  if (!isLeakAlive(row)) return `${may} Keyturn looks whether it is.`;
  return `${may} No rotation replaces it: report it again.`;
}
