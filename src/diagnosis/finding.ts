import * as z from 'zod';
import type { Target } from '../keys/target.ts';
import { namesOf } from '../shared/names-of.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { group, textOrNull, view } from '../shared/view-parts.ts';
import { type DiagnosisReason, diagnosisReasons } from './diagnosis-reasons.ts';

/** Why the rotation stands, and the five classic faults, in the order in which they hide each other. */
export const checkNames = ['rotation', 'vault-access', 'private-name', 'role', 'cached-key', 'caller-address'] as const;

export const findingView = view('What one check found, and what to do.', {
  check: z.enum(checkNames),
  status: z.enum(['ok', 'problem', 'unknown']).describe('`unknown`: it could not be tested; the finding says why.'),
  finding: z.enum(namesOf(diagnosisReasons)),
  detail: z.string(),
  evidence: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .readonly()
    .describe('What was asked and answered. Never a key.'),
  fix: group({
    text: z.string(),
    call: group({ method: z.string(), path: z.string(), body: z.unknown() })
      .nullable()
      .describe('The admin call that applies it.'),
    command: textOrNull.describe(
      'The command that applies it, for a person with the right roles. What stands in `<your-…>` is to be filled in.',
    ),
  }).nullable(),
});

export type Finding = Readonly<z.infer<typeof findingView>>;

export type Fix = NonNullable<Finding['fix']>;

/** What one check says; its name is added by the code that runs them all. `more`: what follows the finding's own sentence. */
export type Found = Omit<Finding, 'check' | 'detail'> & { readonly more?: string };

export function ok(finding: DiagnosisReason, evidence: Finding['evidence']): Found {
  return { status: 'ok', finding, evidence, fix: null };
}

/** The fix: what is left out is null, if no admin call, or no command, applies it. */
export function problem(
  finding: DiagnosisReason,
  evidence: Finding['evidence'],
  { text, call = null, command = null }: Pick<Fix, 'text'> & Partial<Fix>,
): Found {
  return { status: 'problem', finding, evidence, fix: { text, call, command } };
}

export function unknown(finding: DiagnosisReason, evidence: Finding['evidence'], fix: Fix | null = null): Found {
  return { status: 'unknown', finding, evidence, fix };
}

/** How a target comes under care: the plan can be asked whatever stands in the way, and names it. */
export function adoptFix({ name }: Pick<Target, 'name'>): Fix {
  return {
    text: 'Adopt the target: that stores its keys and the pointer, and regenerates nothing. The dry run tells first what stands in the way.',
    call: { method: 'POST', path: `/api/targets/${name}/adopt?dryRun=true`, body: {} },
    command: null,
  };
}

/** How the Azure CLI is told which account: its commands on accounts know no `--ids`. A group may have parentheses in its name. */
export function namedInCli({ account, resourceGroup, subscriptionId }: AccountId): string {
  return `--name ${account} --resource-group "${resourceGroup}" --subscription ${subscriptionId}`;
}
