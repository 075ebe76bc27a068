import { describe, expect, it } from 'vitest';
import { type AccountRow, accountRow } from '../../../src/rotation/account-row.ts';
import { markKeyless, unmarkKeyless } from '../../../src/rotation/requests/mark-keyless.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState } from '../row-builder.ts';

const target = buildTarget();
const leak: AccountRow['leak'] = {
  ...{ slot: 'key1', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null, rotationId: 'r2', atMs: 0 },
};
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const lastSeen: AccountRow['lastSeen'] = { pointer: 'key1', versions, sinceMs: 5 };
const others = { lease: { kind: 'held', token: 'theirs', saveSeq: 1 } } as const;

/** `meanwhile` happens once, right before the given save of ours. */
function scene(row: Partial<AccountRow> | null, meanwhile: Partial<AccountRow> = {}, beforeSave = 0) {
  const world = memoryWorld();
  const save = (next: AccountRow) => world.journal.save(next, world.journal.row?.etag ?? null, []);
  if (row !== null) save(buildRow(row));
  const stored = () => accountRow.parse(world.journal.row?.fields);
  let saves = 0;
  world.adversary = {
    before: ({ operation }) => {
      if (operation !== 'save') return;
      saves += 1;
      if (saves === beforeSave) save({ ...stored(), ...meanwhile });
    },
  };
  return {
    world,
    stored,
    mark: (fence = () => true) => markKeyless(world.ports, target, 'operator-1', fence),
    unmark: (vaultNowMs: number | null) => unmarkKeyless(world.ports, target, vaultNowMs),
  };
}

describe('a target is marked as keyless', () => {
  it('with who and when, and the lease is given back', async () => {
    const { mark, stored, world } = scene({});
    expect(await mark()).toBe('marked');
    const keyless = { by: 'operator-1', atMs: world.clock.nowMs() };
    expect(stored()).toMatchObject({ keyless, lease: { kind: 'released' } });
  });

  it('once: the first mark stays', async () => {
    const keyless = { by: 'operator-2', atMs: 7 };
    const { mark, stored } = scene({ keyless });
    expect(await mark()).toBe('marked');
    expect(stored().keyless).toEqual(keyless);
  });

  it('without a row if it was never adopted', async () => {
    const { mark, world } = scene(null);
    expect(await mark()).toBe('marked');
    expect(world.journal.row).toBeNull();
  });

  it('over a request that comes in meanwhile and begins nothing', async () => {
    const { mark, stored } = scene({}, { wakeSeq: 8 }, 2);
    expect(await mark()).toBe('marked');
    expect(stored()).toMatchObject({ keyless: { by: 'operator-1' }, wakeSeq: 8, lease: { kind: 'released' } });
  });

  it('though a request comes in while the lease is given back', async () => {
    const { mark, stored } = scene({}, { wakeSeq: 8 }, 3);
    expect(await mark()).toBe('marked');
    expect(stored()).toMatchObject({ keyless: { by: 'operator-1' }, lease: { kind: 'released' } });
  });

  it.each<[says: string, row: Partial<AccountRow>, meanwhile: Partial<AccountRow>, beforeSave: number]>([
    ['while a rotation is in flight', { rotation: buildState('probing') }, {}, 0],
    ['while a leaked key is to be replaced', { leak }, {}, 0],
    ['if a rotation begins meanwhile', {}, { rotation: buildState('preparing'), wakeSeq: 8 }, 2],
  ])('not %s, and the lease is given back', async (_, row, meanwhile, beforeSave) => {
    const { mark, stored } = scene(row, meanwhile, beforeSave);
    expect(await mark()).toBe('busy');
    expect(stored().keyless ?? null).toBeNull();
    expect(stored().lease.kind).toBe('released');
  });

  it('not for a change that another worker has taken over', async () => {
    const { mark, stored } = scene({});
    expect(await mark(() => false)).toBe('busy');
    expect(stored().keyless ?? null).toBeNull();
    expect(stored().lease.kind).toBe('released');
  });

  it('not while another worker holds the account', async () => {
    const { mark, stored } = scene(others);
    expect(await mark()).toBe('busy');
    expect(stored()).toEqual(buildRow(others));
  });

  it('not if another worker takes the account meanwhile', async () => {
    const { mark, stored } = scene({}, others, 2);
    expect(await mark()).toBe('busy');
    expect(stored().keyless ?? null).toBeNull();
  });
});

describe('the mark is taken off', () => {
  const keyless = { by: 'operator-2', atMs: 7 };

  it.each<[says: string, seen: AccountRow['lastSeen'], vaultNowMs: number | null, after: AccountRow['lastSeen']]>([
    ['and what stands in the vault is young', lastSeen, 9, { ...lastSeen, sinceMs: 9 }],
    ['and what stands there was never seen, if nobody looked', lastSeen, null, null],
    ['and what was never seen is not seen', null, 9, null],
  ])('%s', async (_, seen, vaultNowMs, after) => {
    const { unmark, stored } = scene({ keyless, lastSeen: seen });
    expect(await unmark(vaultNowMs)).toBe('unmarked');
    expect(stored()).toEqual(buildRow({ lease: stored().lease, keyless: null, lastSeen: after }));
  });

  it('if there is no row', async () => {
    expect(await scene(null).unmark(9)).toBe('unmarked');
  });

  it('though a request comes in meanwhile', async () => {
    const { unmark, stored } = scene({ keyless }, { wakeSeq: 8 }, 2);
    expect(await unmark(9)).toBe('unmarked');
    expect(stored()).toMatchObject({ keyless: null, lease: { kind: 'released' } });
  });

  it.each([
    ['holds the account', others, {}, 0],
    ['takes the account meanwhile', {}, others, 2],
  ] as const)('not while another worker %s', async (_, row, meanwhile, beforeSave) => {
    const { unmark, stored } = scene({ keyless, ...row }, meanwhile, beforeSave);
    expect(await unmark(9)).toBe('busy');
    expect(stored().keyless).toEqual(keyless);
  });
});
