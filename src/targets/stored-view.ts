import * as z from 'zod';

/** What became of one secret, as the admin API shows it. */
export const storedView = z
  .object({
    secret: z.string(),
    change: z.enum(['created', 'updated', 'unchanged', 'recovered']),
    shows: z.string().describe('`****a1b2` for keys; endpoint and pointer in clear.'),
  })
  .meta({ id: 'StoredSecret', description: 'What became of one secret.' });

export type StoredView = Readonly<z.infer<typeof storedView>>;
