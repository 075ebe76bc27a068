import { viewLacked } from '../../shared/missing-permission.ts';
import type { AdoptAnswer, NotNow, Unavailable, UnknownTarget } from '../contract.ts';
import type { AdoptionView } from './adoption-views.ts';

type Stop = AdoptionView['blockedBy'][number];

/** Why a target is not adopted, as one line of its row. */
export function viewStop(stop: NotNow | Unavailable): Stop {
  const { reason, detail, retryAfterMs } = stop;
  const azure = stop.kind === 'unavailable' ? stop : null;
  return {
    reason,
    detail,
    code: azure?.code ?? null,
    ...viewLacked(azure?.missing),
    rotationId: stop.kind === 'not-now' ? stop.rotationId : null,
    retryAfterSeconds: secondsOf(retryAfterMs),
  };
}

/** A row of a target that is not adopted. */
export function blockedRow(
  target: string,
  blockedBy: readonly Stop[],
  { secrets = [], changed = [] }: Partial<Pick<AdoptionView, 'secrets' | 'changed'>> = {},
): AdoptionView {
  return { target, outcome: 'blocked', secrets, changed, blockedBy };
}

/** What became of one target, as its row. */
export function adoptionRow(target: string, answer: Exclude<AdoptAnswer, UnknownTarget>): AdoptionView {
  if (answer.kind === 'adopted')
    return { target, outcome: 'adopted', secrets: answer.secrets, changed: [], blockedBy: [] };
  const secrets = answer.kind === 'not-now' ? answer.planned : [];
  return blockedRow(target, [viewStop(answer)], { secrets: secrets ?? [], changed: answer.changed ?? [] });
}

/** A row of a target at which nothing is to be done. */
export function adoptedBefore(target: string, secrets: AdoptionView['secrets'] = []): AdoptionView {
  return { target, outcome: 'already-adopted', secrets, changed: [], blockedBy: [] };
}

/** Whole seconds, never too few. */
export function secondsOf(durationMs: number | null): number | null {
  return durationMs === null ? null : Math.ceil(durationMs / 1000);
}
