import { FailureError } from '../../src/shared/failure.ts';
import type { judge } from './judge.ts';
import { type Change, makeKey, putVersion, setEnabled, setKeys, setSecret, type World } from './world.ts';

/** How changes come about in a world, and how time passes in it: what flies arrives on its way. */
export function passage(world: World, judged: ReturnType<typeof judge>, tell: (text: () => string) => void) {
  const apply = (change: Change) => {
    switch (change.kind) {
      case 'regenerate': {
        const killed = world.keys[change.slot];
        setKeys(world, { ...world.keys, [change.slot]: makeKey(world) });
        judged.applied(change, killed);
        return;
      }
      case 'set': {
        // 409: the name of a deleted secret is not free.
        if (world.secrets[change.name]?.deleted)
          throw new FailureError({ kind: 'not-applied', code: 'Conflict', retryAfterMs: null });
        putVersion(world, change.name, change);
        if (change.sentAtMs === null) judged.peopleActed('move the pointer there and back', []);
        else judged.applied(change, null);
        return;
      }
      case 'disable':
        setEnabled(world, change.name, change.version, false);
        judged.applied(change, null);
        return;
      case 'recover':
        setSecret(world, change.name, { deleted: false });
        judged.applied(change, null);
    }
  };
  const passTo = (atMs: number) => {
    while (world.flying.length > 0) {
      const next = world.flying
        .filter(({ dueAtMs }) => dueAtMs <= atMs)
        .sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) break;
      world.flying = world.flying.filter((one) => one !== next);
      world.nowMs = Math.max(world.nowMs, next.dueAtMs);
      const { change } = next;
      const what = 'name' in change ? change.name : change.slot;
      tell(() => `${clock(world)} something late arrives: ${change.kind} ${what}`);
      try {
        apply(change);
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
      }
    }
    world.nowMs = Math.max(world.nowMs, atMs);
  };
  return { apply, passTo, pass: (durationMs: number) => passTo(world.nowMs + durationMs) };
}

/** Day and time, as a trace shows them. */
export function clock(world: World): string {
  return new Date(world.nowMs).toISOString().slice(8, 23);
}
