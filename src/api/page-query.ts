import * as z from 'zod';
import type { Page } from '../app/contract.ts';
import { strictMembers } from '../shared/field-problem.ts';
import type { LazySchema } from './endpoint.ts';
import { onTheWire } from './on-the-wire.ts';

/** The query of lists that come in pages. */
export function pageQuery(usual: number, most: number): LazySchema<Page> {
  const accepted = `a whole number from 1 to ${most}`;
  return z.lazy(() =>
    strictMembers(
      {
        limit: onTheWire(
          z
            .string()
            .regex(/^\d{1,6}$/, { error: accepted })
            .refine((limit) => Number(limit) >= 1 && Number(limit) <= most, { error: accepted })
            .transform(Number)
            .default(usual)
            .describe(`How many are answered at most: 1 to ${most}; ${usual} without it.`),
          { type: 'integer', minimum: 1, maximum: most, default: usual },
        ),
        after: z
          .string()
          .regex(/^[0-9A-Za-z-]{1,200}$/, { error: 'the next of an earlier answer' })
          .nullable()
          .default(null)
          .describe('The `next` of an earlier answer: what follows it is answered.'),
      },
      'limit and after',
    ),
  );
}
