import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../src/durable/numbers.ts';
import { copyHardening, isHardeningAtWork, removeHardening } from '../../src/hardening/carry-hardening.ts';
import type { HardeningArea, HardeningRows } from '../../src/hardening/ports.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';

const id = (name: string) => {
  const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-ai';
  const parsed = parseAccountId(`${group}/providers/Microsoft.CognitiveServices/accounts/${name}`);
  if (parsed === null) throw new TypeError();
  return parsed;
};
const from = id('ai-former');
const to = id('ai-contoso');
const row = (more: object = {}) => ({
  lease: { kind: 'released', token: '', saveSeq: 0 },
  settleUntilMs: 0,
  inDoubt: null,
  wakeAtMs: null,
  wakeSeq: 3,
  state: {},
  ...more,
});
const leased = row({ lease: { kind: 'held', token: 't', saveSeq: 1 } });

/** Rows of the former id, saved at 0; `read` shows those of an account. */
async function kept(rows: Partial<Record<HardeningArea, unknown>>) {
  const clock = { nowMs: 0 };
  const { ports } = memoryHardening(() => clock.nowMs);
  for (const [area, fields] of Object.entries(rows)) await ports.save(from, area as HardeningArea, fields, null);
  const read = async (account: typeof from) =>
    Object.fromEntries([...(await ports.loadAll(account))].map(([area, { fields }]) => [area, fields]));
  return { clock, ports, read };
}

const settledMs = leaseMs + settleMs;

describe('somebody is at a change of a moved account', () => {
  it.each<[says: string, rows: Partial<Record<HardeningArea, unknown>>, atMs: number, expected: boolean]>([
    ['not without rows', {}, 0, false],
    ['not if no worker holds one', { network: row() }, 0, false],
    ['while a worker holds one, and until its last calls have come', { network: leased }, settledMs - 1, true],
    ['no longer afterwards', { network: leased }, settledMs, false],
    ['whichever it is', { network: row(), keyless: leased, access: row() }, 0, true],
    ['if a row cannot be read', { keyless: 'broken' }, settledMs - 1, true],
    ['though not for ever', { keyless: 'broken' }, settledMs, false],
  ])('%s', async (_, rows, atMs, expected) => {
    const { clock, ports } = await kept(rows);
    clock.nowMs = atMs;
    expect(await isHardeningAtWork(ports, from)).toBe(expected);
  });
});

describe('what the journal knows of a moved account', () => {
  const all = { network: row({ wakeSeq: 4 }), keyless: row({ wakeSeq: 5 }), access: row({ wakeSeq: 6 }) };

  it('goes along, but for the roles', async () => {
    const { ports, read } = await kept(all);
    await copyHardening(ports, from, to);
    expect(await read(to)).toEqual({ network: all.network, keyless: all.keyless });
    expect(await read(from)).toEqual(all);
  });

  it('takes nothing from what was asked for under the new id', async () => {
    const { ports, read } = await kept(all);
    await ports.save(to, 'network', row({ wakeSeq: 9 }), null);
    await copyHardening(ports, from, to);
    expect(await read(to)).toEqual({ network: row({ wakeSeq: 9 }), keyless: all.keyless });
  });

  it('is removed, all of it', async () => {
    const { ports, read } = await kept(all);
    expect(await removeHardening(ports, from)).toBe(true);
    expect(await read(from)).toEqual({});
  });

  it('is not removed if somebody has saved one meanwhile', async () => {
    const { ports, read } = await kept(all);
    const raced: HardeningRows = {
      ...ports,
      remove: async (account, area, etag) => (area === 'keyless' ? 'conflict' : ports.remove(account, area, etag)),
    };
    expect(await removeHardening(raced, from)).toBe(false);
    expect(await read(from)).toMatchObject({ keyless: all.keyless });
  });
});
