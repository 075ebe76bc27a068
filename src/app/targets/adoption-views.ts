import * as z from 'zod';
import { viewLacked } from '../../shared/missing-permission.ts';
import { lackedView, list, textOrNull, view } from '../../shared/view-parts.ts';
import { plannedSecret, type StoredView } from '../../targets/stored-view.ts';
import type { NotNow, Unavailable } from '../refused.ts';

const stop = z.object({
  reason: z.string().describe('From the closed lists in the runbook.'),
  detail: z.string(),
  code: textOrNull.describe("Azure's own code, if it refused for good."),
  ...lackedView,
  rotationId: textOrNull.describe('The rotation that stands in the way.'),
  retryAfterSeconds: z
    .number()
    .nullable()
    .describe('Asked again after so long it may go on by itself; null: look at the reason first.'),
});

export const adoptionView = view('What becomes of one target. Of a dry run: what would.', {
  target: z.string(),
  outcome: z
    .enum(['adopted', 'already-adopted', 'blocked'])
    .describe('`already-adopted`: there is nothing to do. `blocked`: see `blockedBy`.'),
  secrets: list(plannedSecret).describe(
    'What becomes of each secret; of a target that is blocked, what will when nothing is in the way. Empty if that was not planned.',
  ),
  changed: list(z.object({ secret: z.string(), change: z.string() })).describe(
    'Of a target that is blocked: the secrets that are written all the same.',
  ),
  blockedBy: list(stop).describe(
    'What stands in the way, in the order in which an adoption meets it. An adoption ends at the first; a dry run looks further if it can.',
  ),
});

export type AdoptionView = Readonly<z.infer<typeof adoptionView>>;

export const adoptionsView = view('What became of each target. Of a dry run: what would.', {
  dryRun: z.boolean(),
  targets: list(adoptionView).describe('In the order of the request, or of the list of targets.'),
  remaining: list(z.string()).describe(
    'Targets that were not begun: the time of one request was over, their subscription takes no more requests for now, or the instance was paused meanwhile. Send them as `targets`, or the same request again.',
  ),
  throttledSubscriptions: list(z.object({ subscriptionId: z.string(), retryAfterSeconds: z.number().nullable() })),
  counts: z.object({ adopted: z.int(), alreadyAdopted: z.int(), blocked: z.int(), remaining: z.int() }),
});

export type AdoptionsView = Readonly<z.infer<typeof adoptionsView>>;

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

interface Adopted {
  readonly kind: 'adopted';
  readonly secrets: readonly StoredView[];
}

/** What became of one target, as its row. */
export function adoptionRow(target: string, answer: Adopted | NotNow | Unavailable): AdoptionView {
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
