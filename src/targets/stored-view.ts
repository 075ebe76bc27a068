import * as z from 'zod';
import { view } from '../shared/view-parts.ts';

const shows = z.string().describe('`****a1b2` for keys; endpoint and pointer in clear.');
const changes = ['created', 'updated', 'unchanged', 'recovered'] as const;

/** What became of one secret, as the admin API shows it. `recovered`: it lay deleted, and is back with the right value. */
export const storedView = view('What became of one secret.', { secret: z.string(), change: z.enum(changes), shows });

export type StoredView = Readonly<z.infer<typeof storedView>>;

/** The same of a secret that may be still to come. */
export const plannedSecret = view('What becomes of one secret.', {
  secret: z.string(),
  change: z
    .enum([...changes, 'unknown'])
    .describe('`unknown`: it shows when the pointer, which lies deleted, is recovered.'),
  shows: shows.nullable().describe('`****a1b2` for keys; endpoint and pointer in clear; null while it is unknown.'),
});

export type PlannedSecret = Readonly<z.infer<typeof plannedSecret>>;
