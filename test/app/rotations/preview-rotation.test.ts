import { expect, it } from 'vitest';
import { previewRotation } from '../../../src/app/rotations/preview-rotation.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const weekMs = 7 * 24 * 3_600_000;

it('a dry run of a rotation goes by the clock of the storage service', async () => {
  const target = buildTarget();
  const { world } = await openTarget(target, 'key1');
  const endsAt = async (aheadMs: number) => {
    const rows: typeof world.ports.rows = {
      ...world.ports.rows,
      load: async (account) => {
        const row = await world.ports.rows.load(account);
        return row && { ...row, storageNowMs: row.storageNowMs + aheadMs };
      },
    };
    const plan = await previewRotation({ ...world.ports, rows }, target, { inactiveKeyUnused: true });
    return Date.parse(plan.endsAt ?? '');
  };
  expect((await endsAt(weekMs)) - (await endsAt(0))).toBe(weekMs);
});
