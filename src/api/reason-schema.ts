import * as z from 'zod';
import { onTheWire } from './on-the-wire.ts';

const accepted = '1 to 200 characters that say why, without a key or a token';

/** Account keys and the parts of tokens run on for longer than any word. */
const secretLike = /[0-9A-Za-z+_~]{32}/;

/** Why an operator intervenes: kept in the journal and shown, so nothing that looks like a secret gets in. */
export const reasonSchema = z.lazy(() =>
  onTheWire(
    z
      .string({ error: accepted })
      // Before blanks are cut off: what is told as found is what stands there.
      .refine((text) => text.trim() !== '', { error: accepted })
      .trim()
      .max(200, { error: accepted })
      .refine((text) => !secretLike.test(text) && !/\p{Cc}/u.test(text), { error: accepted }),
    { minLength: 1, pattern: `^(?!.*${secretLike.source})(?=.*\\S)[^\\p{Cc}]*$` },
  ),
);
