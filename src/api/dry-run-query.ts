import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';

/** `?dryRun=true` asks for the plan alone. */
export const dryRunParameter = z
  .enum(['true', 'false'], { error: 'true or false' })
  .default('false')
  .transform((text) => text === 'true')
  .describe('`true`: answer the plan and change nothing.');

/** For operations that take no other parameter. */
export const dryRunQuery = z.lazy(() => strictMembers({ dryRun: dryRunParameter }, 'dryRun'));
