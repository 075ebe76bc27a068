import { expect, it } from 'vitest';
import { requestAction } from '../../../src/rotation/requests/request-action.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, nowMs } from '../row-builder.ts';

const target = buildTarget();

/** An operator cancels while others save first, so many times in a row. */
async function cancelled(conflicts: number) {
  const world = memoryWorld(nowMs);
  world.journal.save(buildRow({ rotation: buildState('probing') }), null, []);
  let saves = 0;
  const { save } = world.ports.rows;
  const rows: typeof world.ports.rows = {
    ...world.ports.rows,
    save: async (...given) => {
      saves += 1;
      return saves <= conflicts ? { kind: 'conflict' } : await save(...given);
    },
  };
  const wish = { action: 'cancel', confirm: [] } as const;
  const { kind } = await requestAction({ ...world.ports, rows }, target, 'r1', wish, 'operator-1');
  const noted = readRow(world.journal.row?.fields)?.operatorRequest?.action ?? null;
  return { kind, saves, noted, messages: world.queue.length };
}

it.each([
  [0, { kind: 'noted', saves: 1, noted: 'cancel', messages: 1 }],
  [4, { kind: 'noted', saves: 5, noted: 'cancel', messages: 1 }],
  [5, { kind: 'lost-race', saves: 5, noted: null, messages: 0 }],
])(
  'a request before which others save %i times is noted at the fifth try or not at all',
  async (conflicts, becomes) => {
    expect(await cancelled(conflicts)).toEqual(becomes);
  },
);
