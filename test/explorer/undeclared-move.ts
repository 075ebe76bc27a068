import type { AccountRow } from '../../src/rotation/account-row.ts';
import { lifecycle } from '../../src/rotation/lifecycle.ts';
import { activeStateOf, type RotationState, rotationIdOf, type StateKind } from '../../src/rotation/state.ts';

type Before = Pick<AccountRow, 'rotation' | 'internalId'>;
type After = Pick<AccountRow, 'rotation' | 'internalId' | 'lastEnd'>;

/** What a save makes of a rotation, where `lifecycle.ts` does not list it; null: it does. */
export function undeclaredMove(before: Before | null, after: After): string | null {
  const was = before?.rotation ?? null;
  const is = after.rotation;
  const goesOn = was !== null && is !== null && rotationIdOf(was) === rotationIdOf(is);
  if (goesOn) return mayFollow(was, is) ? null : `goes from ${textOf(was)} to ${textOf(is)}`;
  // An account that was recreated, and adopted again, has no past.
  if (was !== null && before?.internalId === after.internalId) {
    const { last, outcome } = after.lastEnd ?? {};
    if (last === undefined || last.rotationId !== rotationIdOf(was)) return `vanishes in ${textOf(was)}`;
    const ends: readonly string[] = lifecycle[last.kind].ends;
    const isReplaced = was.kind === 'suspended' && outcome === 'replaced';
    if (last.kind !== activeStateOf(was).kind || (!isReplaced && !ends.includes(outcome ?? '')))
      return `ends as ${outcome} in ${textOf(was)}`;
  }
  return is === null || is.kind === 'preparing' ? null : `begins in ${textOf(is)}`;
}

/** One that is suspended stands where it stood, and goes on there. */
function mayFollow(was: RotationState, is: RotationState): boolean {
  const [from, to] = [activeStateOf(was).kind, activeStateOf(is).kind];
  if (from === to) return true;
  const follows: readonly StateKind[] = lifecycle[from].follows;
  return is.kind !== 'suspended' && follows.includes(to);
}

function textOf(rotation: RotationState): string {
  return rotation.kind === 'suspended' ? `suspended ${rotation.from.kind}` : rotation.kind;
}
