import type { Life } from '../../memory-world/life.ts';

/** The state of the rotation, without parsing the row: asked at every call. */
export function stateOf(life: Life): string {
  const fields = life.world.journal.row?.fields;
  if (typeof fields !== 'object' || fields === null || !('rotation' in fields)) return 'no row';
  const { rotation } = fields;
  return typeof rotation === 'object' && rotation !== null && 'kind' in rotation ? String(rotation.kind) : 'idle';
}
