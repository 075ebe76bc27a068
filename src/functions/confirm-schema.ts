import * as z from 'zod';

const accepted = 'a list of at most 50 names of risks, as the plan or the refusal tells them';

/** Names of risks that the caller takes. */
export const confirmSchema = z.lazy(() =>
  z
    .array(z.string({ error: accepted }).max(100, { error: accepted }), { error: accepted })
    .max(50, { error: accepted })
    .default([]),
);
