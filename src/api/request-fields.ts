import * as z from 'zod';
import type { Page } from '../app/contract.ts';
import { strictMembers } from '../shared/field-problem.ts';
import type { LazySchema } from './endpoint.ts';
import { onTheWire } from './on-the-wire.ts';

/** For operations that need nothing told: a body with members in it is a mistake that somebody should hear of. */
export const noBody = z.lazy(() => strictMembers({}, 'an empty object, or no body'));

/** A member that may be left out, or be null. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().default(null);
}

/** `?dryRun=true` asks only for the plan. */
export const dryRunParameter = z
  .enum(['true', 'false'], { error: 'true or false' })
  .default('false')
  .transform((text) => text === 'true')
  .describe('`true`: answer the plan and change nothing.');

/** For operations that take no other parameter. */
export const dryRunQuery = z.lazy(() => strictMembers({ dryRun: dryRunParameter }, 'dryRun'));

const risksAccepted = 'a list of at most 50 names of risks, as the plan or the refusal tells them';

/** Names of risks that the caller takes. */
export const confirmSchema = z.lazy(() =>
  z
    .array(z.string({ error: risksAccepted }).max(100), { error: risksAccepted })
    .max(50)
    .default([]),
);

/** For operations that need nothing told but the risks that are taken, if there are some. */
export const confirmBody = z.lazy(() =>
  strictMembers({ confirm: confirmSchema }, 'an object with confirm, or no body'),
);

const reasonAccepted = '1 to 200 characters that say why, without a key or a token';

/** Account keys and the parts of tokens run on for longer than any word. */
const secretLike = /[0-9A-Za-z+_~]{32}/;

/** Why an operator intervenes: kept in the journal and shown, so nothing that looks like a secret gets in. */
export const reasonSchema = z.lazy(() =>
  onTheWire(
    z
      .string({ error: reasonAccepted })
      // Before blanks are cut off: what is told as found is what stands there.
      .refine((text) => text.trim() !== '', { error: reasonAccepted })
      .trim()
      .max(200)
      .refine((text) => !secretLike.test(text) && !/\p{Cc}/u.test(text), { error: reasonAccepted }),
    { minLength: 1, pattern: `^(?!.*${secretLike.source})(?=.*\\S)[^\\p{Cc}]*$` },
  ),
);

/** Seconds of an overlap, null if none are given; `accepted` tells what is meant then. */
export function overlapSeconds(accepted: string) {
  return orNull(z.int({ error: accepted }).nonnegative({ error: accepted }));
}

/** How many entries of a list are answered. */
export function limitParameter(usual: number, most: number) {
  const accepted = `a whole number from 1 to ${most}`;
  return onTheWire(
    z
      .string()
      .regex(/^\d{1,6}$/, { error: accepted })
      .refine((limit) => Number(limit) >= 1 && Number(limit) <= most, { error: accepted })
      .transform(Number)
      .default(usual)
      .describe(`How many are answered at most: 1 to ${most}.`),
    { type: 'integer', minimum: 1, maximum: most, default: usual },
  );
}

/** The query of lists that come in pages. */
export function pageQuery(usual: number, most: number): LazySchema<Page> {
  return z.lazy(() =>
    strictMembers(
      {
        limit: limitParameter(usual, most),
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
