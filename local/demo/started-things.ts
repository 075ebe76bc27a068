/** What has been started so far: everything is stopped in the opposite order, also what is still starting. */
export interface StartedThings {
  /** Notes that `starting` will have to be stopped, and gives it back. One that fails to start has cleaned up itself. */
  start<T>(starting: Promise<T>, stop: (thing: T) => Promise<void>): Promise<T>;
  stopAll(): Promise<void>;
}

export function startedThings(): StartedThings {
  const stops: (() => Promise<void>)[] = [];
  return {
    start(starting, stop) {
      stops.push(() => starting.then(stop, () => undefined));
      return starting;
    },
    async stopAll() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
