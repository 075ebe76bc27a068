import * as z from 'zod';
import { list, problem, view } from '../shared/view-parts.ts';

/** A problem as it goes over the wire. https://www.rfc-editor.org/rfc/rfc9457 */
export const problemView = view(
  'Why a request was refused. One with 4xx changed nothing but what `changed` names; after a 502 or 503 what was done before the failed call stays.',
  {
    type: z.string().describe('`urn:keyturn:problem:` and the reason.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('Why, and what to do.'),
    instance: z.string().describe('Path of the request.'),
    reason: z.string().describe('From the closed lists in the runbook.'),
    rotationId: z.string().optional().describe('The rotation that stands in the way.'),
    legalIn: list(z.string()).optional().describe('The states in which the action would be possible.'),
    changed: list(z.object({ secret: z.string(), change: z.string() }))
      .optional()
      .describe(
        'Of an adoption or repair that goes on later, or that others or a failure stopped midway: what it had written.',
      ),
    errors: list(problem).optional().describe('Each field that is not as it should be.'),
    code: z.string().optional().describe("Azure's own code, if it refused for good."),
    missingAction: z
      .string()
      .optional()
      .describe("The action or data action that Keyturn's identity lacks, if Azure named it."),
    fix: z.string().optional().describe('How it is granted.'),
    risks: list(z.object({ name: z.string(), level: z.string(), text: z.string() }))
      .optional()
      .describe('What must be confirmed, or of a plan put right first.'),
    plan: z.unknown().optional().describe('The plan that was not confirmed, as the dry run shows it.'),
  },
);
