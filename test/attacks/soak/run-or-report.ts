import type { Life } from '../../memory-world/life.ts';

/** Longer than all deadlines of a rotation together: who is under way then waits for ever. Milliseconds. */
export const longestRunMs = 12 * 24 * 60 * 60_000;

/** Lets a life go on until `isOver` or `untilMs`; one that turns in circles is a violation, not the end of the soak. */
export async function runOrTell(
  life: Life,
  violations: string[],
  isOver: () => boolean,
  untilMs: number,
): Promise<void> {
  try {
    await life.run(isOver, untilMs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    violations.push(`waits: ${error.message}`);
  }
}
