import * as z from 'zod';
import { type Difference, openRisks } from '../shared/difference.ts';

const riskView = z
  .object({
    name: z.string().describe('What `confirm` lists.'),
    level: z.enum(['advisory', 'confirm', 'blocked']),
    text: z.string(),
  })
  .readonly();

const plannedView = z
  .object({
    what: z.string(),
    why: z.string(),
    risk: z.enum(['none', 'advisory', 'confirm', 'blocked']),
    risks: z.array(riskView).readonly(),
    change: z.looseObject({ kind: z.string() }).describe('The exact change.'),
    needs: z
      .array(z.string())
      .readonly()
      .describe("The ARM actions that it needs of Keyturn's identity, besides the reads of every plan."),
  })
  .readonly();

/** What a dry run answers: the differences in the order in which they are applied, and what keeps them from it. */
export const planView = z
  .object({
    differences: z.array(plannedView).readonly(),
    toConfirm: z.array(z.string()).readonly().describe('Names of risks that `confirm` must list besides.'),
    blockedBy: z.array(riskView).readonly().describe('What a person must put right first.'),
  })
  .meta({ id: 'Plan', description: 'What is different from what is asked for, and what a change of it needs.' });

export type PlanView = z.infer<typeof planView>;

/**
 * A plan as every dry run shows it.
 * @param confirmed names of the risks that the request takes
 * @param needsOf the ARM actions that one change needs, besides the reads of the plan
 */
export function viewPlan<Change extends { readonly kind: string }>(
  plan: readonly Difference<Change>[],
  confirmed: readonly string[],
  needsOf: (change: Change) => readonly string[],
): PlanView {
  const open = openRisks(plan, confirmed);
  return {
    differences: plan.map((one) => ({ ...one, change: { ...one.change }, needs: needsOf(one.change) })),
    toConfirm: [...new Set(open.filter(({ level }) => level === 'confirm').map(({ name }) => name))],
    blockedBy: open.filter(({ level }) => level === 'blocked'),
  };
}
