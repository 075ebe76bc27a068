import type { RefusalReason } from '../../src/shared/failure.ts';
import type { Call } from '../memory-world/call.ts';
import { type Act, actsAt } from './people.ts';

/** How old a stale `listKeys` answer is: just within the bound of the protocol. */
export const staleMs = 4_900;

/** One move of the adversary; each costs one unit of its budget. */
export type Move =
  | { readonly kind: 'crash'; readonly when: 'before' | 'applied' | 'late' }
  | { readonly kind: 'no-reply'; readonly outcome: 'applied' | 'never' | 'late' }
  | { readonly kind: 'not-applied' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'probe'; readonly answer: 'refused' | 'unknown' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'freeze'; readonly forMs: number; readonly clocks: 'run' | 'monotonic-stops' | 'wall-set-back' }
  /** Another worker takes the same message now. */
  | { readonly kind: 'rival' }
  | { readonly kind: 'operator'; readonly action: 'rollBack' | 'resume' | 'start' | 'adopt' }
  | { readonly kind: 'person'; readonly act: Act }
  | { readonly kind: 'message'; readonly fate: 'dropped' | 'doubled' | 'late' | 'early' };

export const operatorActions = ['rollBack', 'resume', 'start', 'adopt'] as const;

/** A move as a trace shows it. */
export function moveText(move: Move): string {
  switch (move.kind) {
    case 'crash':
      return {
        before: 'the process ends before it',
        applied: 'applied, and the process ends',
        late: 'the process ends, applied 119 s later',
      }[move.when];
    case 'no-reply':
      return `no reply, ${{ applied: 'applied', never: 'never applied', late: 'applied 119 s later' }[move.outcome]}`;
    case 'not-applied':
      return 'fails, not applied';
    case 'refused':
      return `refused: ${move.reason}`;
    case 'probe':
      return `the node answers ${move.answer}`;
    case 'stale':
      return 'the answer is 4.9 s old';
    case 'freeze':
      return `frozen before it for ${move.forMs / 1000} s (clocks: ${move.clocks})`;
    case 'rival':
      return 'before it, another worker takes the same message';
    case 'operator':
      return `before it, an operator asks: ${move.action}`;
    case 'person':
      return `before it, a person outside: ${move.act}`;
    case 'message':
      return `the message is ${move.fate}`;
  }
}

const freshFreezeMs = 7_000;
/** Past the lease, so that another takes over; and past the others' settling and work. */
const leaseFreezeMs = 75_000;
const longFreezeMs = 12 * 60_000;

/** What may befall a call. Acts of people stand only before calls that they can matter to; everywhere else they amount to the same. */
export function movesAt(call: Call, effect: 'read' | 'write', isFirst: boolean): readonly Move[] {
  const moves: Move[] = [];
  const { service, operation } = call;
  if (effect === 'write') {
    moves.push({ kind: 'crash', when: 'before' }, { kind: 'crash', when: 'applied' });
    if (service === 'arm' || service === 'vault') {
      moves.push(
        { kind: 'crash', when: 'late' },
        { kind: 'no-reply', outcome: 'applied' },
        { kind: 'no-reply', outcome: 'never' },
        { kind: 'no-reply', outcome: 'late' },
        { kind: 'freeze', forMs: freshFreezeMs, clocks: 'run' },
        { kind: 'freeze', forMs: freshFreezeMs, clocks: 'monotonic-stops' },
      );
      for (const clocks of ['run', 'monotonic-stops', 'wall-set-back'] as const)
        moves.push({ kind: 'freeze', forMs: leaseFreezeMs, clocks }, { kind: 'freeze', forMs: longFreezeMs, clocks });
    } else if (service === 'journal')
      moves.push(
        { kind: 'no-reply', outcome: 'applied' },
        { kind: 'no-reply', outcome: 'never' },
        { kind: 'freeze', forMs: longFreezeMs, clocks: 'run' },
      );
    if (isFirst) moves.push({ kind: 'not-applied' });
    if (service === 'journal') for (const action of operatorActions) moves.push({ kind: 'operator', action });
  } else if (isFirst) {
    moves.push({ kind: 'freeze', forMs: longFreezeMs, clocks: 'run' });
    if (operation === 'probe') moves.push({ kind: 'probe', answer: 'refused' }, { kind: 'probe', answer: 'unknown' });
    else moves.push({ kind: 'not-applied' });
  }
  if (effect === 'write' ? service !== 'queue' : service === 'journal' && isFirst) moves.push({ kind: 'rival' });
  if (isFirst || effect === 'write') for (const act of actsAt(call, effect)) moves.push({ kind: 'person', act });
  return moves;
}
