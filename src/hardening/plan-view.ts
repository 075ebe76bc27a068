import * as z from 'zod';
import { type Difference, openRisks } from '../shared/difference.ts';
import { group, list, view } from '../shared/view-parts.ts';

const riskView = group({
  name: z.string().describe('What `confirm` lists.'),
  level: z.enum(['advisory', 'confirm', 'blocked']),
  text: z.string(),
});

const plannedView = group({
  what: z.string(),
  why: z.string(),
  risk: z.enum(['none', 'advisory', 'confirm', 'blocked']),
  risks: list(riskView),
  change: z.looseObject({ kind: z.string() }).describe('The exact change.'),
  needs: list(z.string()).describe(
    "The ARM actions that it needs of Keyturn's identity, besides the reads of every plan.",
  ),
});

/** What a dry run answers: the differences in the order in which they are applied, and what keeps them from it. */
export const planView = view('What is different from what is asked for, and what a change of it needs.', {
  differences: list(plannedView),
  toConfirm: list(z.string()).describe('Names of risks that `confirm` must list besides.'),
  blockedBy: list(riskView).describe(
    'Why the request would be refused now: risks that a person must put right first, and, by the reason of its 409, what else is in the way, such as `paused` or `in-flight`.',
  ),
  waitsFor: group({ reason: z.string().describe('As the change under way would name it.'), detail: z.string() })
    .nullable()
    .describe('What the change would wait for before it goes on; null: nothing.'),
});

export type PlanView = z.infer<typeof planView>;

/**
 * A plan as every dry run shows it.
 * @param confirmed names of the risks that the request takes
 * @param needsOf the ARM actions that one change needs, besides the reads of the plan
 * @param now what keeps the request from being carried out at this moment, besides the plan's own risks, and what its change
 * would wait for. Default nothing
 */
export function viewPlan<Change extends { readonly kind: string }>(
  plan: readonly Difference<Change>[],
  confirmed: readonly string[],
  needsOf: (change: Change) => readonly string[],
  { blockedBy, waitsFor }: Pick<PlanView, 'blockedBy' | 'waitsFor'> = { blockedBy: [], waitsFor: null },
): PlanView {
  const open = openRisks(plan, confirmed);
  return {
    differences: plan.map((one) => ({ ...one, change: { ...one.change }, needs: needsOf(one.change) })),
    toConfirm: [...new Set(open.filter(({ level }) => level === 'confirm').map(({ name }) => name))],
    blockedBy: [...blockedBy, ...open.filter(({ level }) => level === 'blocked')],
    waitsFor,
  };
}
