import type { App } from '../../src/app/contract.ts';
import type { MemoryWorld } from './memory-world.ts';

/** Delivers messages as the queue would, moving time to each one's instant, until none is left. */
export async function deliverAll(world: MemoryWorld, app: Pick<App, 'advance'>, afterEach = () => {}): Promise<void> {
  for (let delivered = 0; delivered < 500; delivered += 1) {
    const next = [...world.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
    if (next === undefined) return;
    world.queue.splice(world.queue.indexOf(next), 1);
    if (next.dueAtMs > world.clock.nowMs()) world.clock.advance(next.dueAtMs - world.clock.nowMs());
    await app.advance(next.wakeUp);
    afterEach();
  }
  throw new RangeError('the rotation does not come to rest');
}
