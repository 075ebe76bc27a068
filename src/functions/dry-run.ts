import * as z from 'zod';

const accepted = 'true or false';

/** The query parameter of operations that can tell beforehand what they would do. */
export const dryRun = z
  .enum(['true', 'false'], { error: accepted })
  .default('false')
  .transform((text) => text === 'true')
  .describe('Only tell what would be done.');
