import { spanText } from './times.ts';

/** How old a target's keys are, against when they are due. */
export interface KeyAge {
  /** 0 to 1, of the time from the last rotation to the next. */
  readonly share: number;
  readonly tone: 'fine' | 'soon' | 'over' | 'none';
  readonly text: string;
}

interface Facts {
  readonly lastCompletedAt: string | null;
  readonly nextDueAt: string | null;
  readonly overdue: boolean;
  readonly state: string;
}

/** From this share on it is due soon. */
const soonShare = 0.9;

export function keyAge({ lastCompletedAt, nextDueAt, overdue, state }: Facts, nowMs: number): KeyAge {
  if (state === 'keyless') return { share: 0, tone: 'none', text: 'takes no keys' };
  const fromMs = lastCompletedAt === null ? null : Date.parse(lastCompletedAt);
  const dueMs = nextDueAt === null ? null : Date.parse(nextDueAt);
  if (dueMs === null) {
    if (fromMs === null) return { share: 0, tone: 'none', text: 'never rotated' };
    return { share: 0, tone: 'none', text: `${spanText(nowMs - fromMs)} old` };
  }
  const isOver = overdue || nowMs >= dueMs;
  const due = nowMs >= dueMs ? `due for ${spanText(nowMs - dueMs)}` : `due in ${spanText(dueMs - nowMs)}`;
  if (fromMs === null) return { share: isOver ? 1 : 0, tone: isOver ? 'over' : 'none', text: `never rotated, ${due}` };
  const share = Math.min(1, Math.max(0, (nowMs - fromMs) / Math.max(1, dueMs - fromMs)));
  return {
    share: isOver ? 1 : share,
    tone: isOver ? 'over' : share >= soonShare ? 'soon' : 'fine',
    text: `${spanText(nowMs - fromMs)} old, ${due}`,
  };
}
