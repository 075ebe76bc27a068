import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import {
  type AccountRowChange,
  type Change,
  type KeyChange,
  makeKey,
  putVersion,
  setEnabled,
  setKeys,
  setSecret,
  type World,
} from '../world.ts';

/** A change of account or vault takes place; answers the key that it killed. */
export function changeKeysOrSecrets(world: World, change: KeyChange | AccountRowChange): string | null {
  switch (change.kind) {
    case 'regenerate': {
      const killed = world.keys[change.slot];
      setKeys(world, { ...world.keys, [change.slot]: makeKey(world) });
      return killed;
    }
    case 'set':
      // 409: the name of a deleted secret is not free.
      if (world.secrets[change.name]?.deleted)
        throw new FailureError({ kind: 'not-applied', code: 'Conflict', retryAfterMs: null });
      putVersion(world, change.name, change);
      return null;
    case 'disable':
      setEnabled(world, change.name, change.version, false);
      return null;
    case 'recover':
      setSecret(world, change.name, { deleted: false });
      return null;
    case 'account-row':
      saveAccountRow(world, change, () => {});
      return null;
  }
}

/** A save of the account's row arrives, and is refused where another came first. @param saved is told of one that was made */
export function saveAccountRow(
  world: World,
  { fields, etag, newEtag, leakNotes }: AccountRowChange,
  saved: (before: AccountRow | null, after: AccountRow) => void,
): void {
  const before = world.row;
  if ((before?.etag ?? null) !== etag) return;
  world.row = { fields, etag: newEtag, savedAtMs: world.nowMs };
  if (leakNotes !== null) world.leakNotes = leakNotes.fields;
  saved((before?.fields ?? null) as AccountRow | null, fields);
}

/** How time passes in a world: what flies arrives on its way. */
export function passage(world: World, apply: (change: Change) => void, tell: (text: () => string) => void) {
  const passTo = (atMs: number) => {
    while (world.flying.length > 0) {
      const next = world.flying
        .filter(({ dueAtMs }) => dueAtMs <= atMs)
        .sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) break;
      world.flying = world.flying.filter((one) => one !== next);
      world.nowMs = Math.max(world.nowMs, next.dueAtMs);
      const { change } = next;
      tell(() => `${clock(world)} something late arrives: ${change.kind} ${subjectOf(change)}`.trimEnd());
      try {
        apply(change);
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
      }
    }
    world.nowMs = Math.max(world.nowMs, atMs);
  };
  return { passTo, pass: (durationMs: number) => passTo(world.nowMs + durationMs) };
}

function subjectOf(change: Change): string {
  return 'name' in change ? change.name : 'slot' in change ? change.slot : '';
}

/** Day and time, as a trace shows them. */
export function clock(world: World): string {
  return new Date(world.nowMs).toISOString().slice(8, 23);
}
