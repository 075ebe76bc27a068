/** So often the machine's own events have their turn: an unhandled rejection is told, vitest hears from its worker. */
const turnEvery = 64;
let count = 0;

/**
 * Resolves when every promise has gone on until it waits for something else than promises. A tick runs when no promise is
 * left to go on, as an immediate does, without a round through the machine's events, which costs as much as a whole step.
 */
export async function promisesSettled(): Promise<void> {
  count += 1;
  // Begun outside a promise, a tick would come before them.
  await null;
  await new Promise<void>((resolve) => {
    if (count % turnEvery === 0) setImmediate(resolve);
    else process.nextTick(resolve);
  });
}
