import * as z from 'zod';
import { type Finding, findingView } from './finding.ts';

export const diagnosisView = z
  .object({
    target: z.string(),
    at: z.iso.datetime(),
    allGreen: z.boolean(),
    because: z.string(),
    findings: z.array(findingView).readonly(),
  })
  .meta({ id: 'Diagnosis', description: 'The five classic faults, each tested, and what to do about those found.' });

export type DiagnosisView = Readonly<z.infer<typeof diagnosisView>>;

/** The findings as the admin API shows them. */
export function viewDiagnosis(target: string, findings: readonly Finding[], nowMs: number): DiagnosisView {
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length;
  return {
    target,
    at: new Date(nowMs).toISOString(),
    allGreen: count('ok') === findings.length,
    because: summary(count('problem'), count('unknown')),
    findings,
  };
}

function summary(problems: number, unknowns: number): string {
  if (problems === 0 && unknowns === 0) return 'All green: each of the five was tested, and nothing is wrong.';
  const untested = unknowns === 0 ? '' : ` ${unknowns} could not be tested.`;
  return problems === 0 ? `Nothing wrong was found.${untested}` : `${problems} of five found a fault.${untested}`;
}
