import * as z from 'zod';
import { lackedView, list, textOrNull, view } from '../../shared/view-parts.ts';
import { plannedSecret } from '../../targets/stored-view.ts';

const stop = z.object({
  reason: z.string().describe('From the closed lists in the runbook.'),
  detail: z.string(),
  code: textOrNull.describe("Azure's own code, where it refused for good."),
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
    'What stands in the way, in the order in which an adoption meets it. An adoption ends at the first; a dry run looks further where it can.',
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
  counts: z.object({
    adopted: z.int(),
    alreadyAdopted: z.int(),
    blocked: z.int(),
    remaining: z.int(),
  }),
});

export type AdoptionsView = Readonly<z.infer<typeof adoptionsView>>;
