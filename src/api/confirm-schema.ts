import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';

const accepted = 'a list of at most 50 names of risks, as the plan or the refusal tells them';

/** Names of risks that the caller takes. */
export const confirmSchema = z.lazy(() =>
  z
    .array(z.string({ error: accepted }).max(100, { error: accepted }), { error: accepted })
    .max(50, { error: accepted })
    .default([]),
);

/** For operations that need nothing told but the risks that are taken, where there are some. */
export const confirmBody = z.lazy(() =>
  strictMembers({ confirm: confirmSchema }, 'an object with confirm, or no body'),
);
