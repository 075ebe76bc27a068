import * as z from 'zod';
import { iso } from '../shared/time.ts';
import { instant, list, view } from '../shared/view-parts.ts';
import { checkNames, type Finding, findingView } from './finding.ts';

export const diagnosisView = view(
  'Why the rotation stands, if it does, and the five classic faults, each tested; what to do about those found.',
  {
    target: z.string(),
    at: instant,
    allGreen: z.boolean(),
    detail: z.string(),
    findings: list(findingView),
  },
);

export type DiagnosisView = Readonly<z.infer<typeof diagnosisView>>;

/** The findings as the admin API shows them. */
export function viewDiagnosis(target: string, findings: readonly Finding[], nowMs: number): DiagnosisView {
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length;
  return {
    target,
    at: iso(nowMs),
    allGreen: count('ok') === findings.length,
    detail: summary(count('problem'), count('unknown')),
    findings,
  };
}

function summary(problems: number, unknowns: number): string {
  if (problems === 0 && unknowns === 0) return 'All green: everything was tested, and nothing is wrong.';
  const untested = unknowns === 0 ? '' : ` ${unknowns} could not be tested.`;
  return problems === 0
    ? `Nothing wrong was found.${untested}`
    : `${problems} of ${checkNames.length} checks found a fault.${untested}`;
}
