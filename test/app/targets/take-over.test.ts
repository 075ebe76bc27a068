import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { Call } from '../../memory-world/call.ts';
import { beginLife, type Life, operator } from '../../memory-world/life.ts';
import { inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../../rotation/row-of.ts';

const target = buildTarget();
const pointer = 'ai-services-active-key';
const minuteMs = 60_000;

/** The other instance writes the pointer, as at a switch of its own. */
function otherWrites({ world }: Life, slot: 'key1' | 'key2'): void {
  world.vault.put({ name: pointer, contentType: null, tags: { 'keyturn-instance': 'other' }, expiresAtMs: null }, slot);
  world.happened({ kind: 'outside', act: `store ${pointer}` });
}

const owner = ({ world }: Life) => world.vault.versionsOf(pointer).at(-1)?.version.tags['keyturn-instance'];

async function adopt(life: Life, takeOver: boolean) {
  const { worker, app } = life.start();
  return await life.during(worker, app.adopt('demo', { activeSlot: null, takeOver }, operator));
}

/** A target of another instance, which has a journal of its own: the one at hand is empty, or from before. */
async function takenAway(journal: 'empty' | 'from before'): Promise<Life> {
  const life = await openTarget(target, 'key1');
  if (journal === 'empty') life.world.journal.row = null;
  otherWrites(life, 'key2');
  life.world.clock.advance(24 * 60 * minuteMs);
  life.watch.check();
  return life;
}

describe.each(['empty', 'from before'] as const)('taking a target over, with a journal that is %s', (journal) => {
  it('is refused if it was not asked for', async () => {
    const life = await takenAway(journal);
    expect(await adopt(life, false)).toMatchObject({ kind: 'not-now', reason: 'taken-over' });
    expect(owner(life)).toBe('other');
  });

  it('claims the pointer where it stands, waits for lease and settle, reads the tag back and then adopts', async () => {
    const life = await takenAway(journal);
    const { clock, account, vault } = life.world;
    expect(await adopt(life, true)).toMatchObject({
      kind: 'not-now',
      reason: 'settling',
      changed: [{ secret: pointer, change: 'updated' }],
    });
    expect([owner(life), vault.value(pointer)]).toEqual(['keyturn-test', 'key2']);
    const claimedAtMs = clock.nowMs();
    // What the other instance had under way: it dies with a key that is not stored.
    account.regenerate('key1');

    clock.advance(leaseMs + settleMs - minuteMs);
    expect(await adopt(life, false)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(vault.value('ai-services-key1')).not.toBe(account.keys.key1);
    clock.advance(minuteMs + 1_000);
    expect(await adopt(life, false)).toMatchObject({ kind: 'adopted', target: { activeSlot: 'key2' } });
    expect(inOrder(life, target, 'key2')).toBe(true);
    expect(clock.nowMs() - claimedAtMs).toBeGreaterThan(leaseMs + settleMs);
    expect(life.watch.breaches).toEqual([]);
  });

  it.each([
    ['was made all the same', 1_000, { kind: 'adopted' }],
    ['was never made', null, { kind: 'not-now', reason: 'taken-over' }],
  ])('waits as long if the claim got no reply and %s', async (_, appliedAfterMs, end) => {
    const life = await takenAway(journal);
    const { clock, account, vault } = life.world;
    const { worker, app } = life.start({
      fault: ({ operation }: Call) =>
        operation === 'set' ? { kind: 'no-reply', forMs: 30_000, appliedAfterMs } : null,
    });
    const claim = app.adopt('demo', { activeSlot: null, takeOver: true }, operator);
    expect(await life.during(worker, claim)).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
    // What the other instance had under way: it dies with a key that is not stored.
    account.regenerate('key1');

    clock.advance(leaseMs + settleMs - minuteMs);
    expect(await adopt(life, true)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(vault.value('ai-services-key1')).not.toBe(account.keys.key1);
    clock.advance(minuteMs + 1_000);
    expect(await adopt(life, false)).toMatchObject(end);
    expect(owner(life)).toBe(appliedAfterMs === null ? 'other' : 'keyturn-test');
    expect(life.watch.breaches).toEqual([]);
  });

  it('waits as long if the journal could not be saved right after the claim', async () => {
    const life = await takenAway(journal);
    const { clock, account } = life.world;
    let isDown = true;
    const { worker, app } = life.start({
      fault: ({ service, operation }: Call) => {
        if (service !== 'journal' || operation !== 'save' || owner(life) === 'other' || !isDown) return null;
        isDown = false;
        return { kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null };
      },
    });
    const claim = app.adopt('demo', { activeSlot: null, takeOver: true }, operator);
    expect(await life.during(worker, claim)).toMatchObject({ kind: 'unavailable', reason: 'ServerBusy' });
    expect([owner(life), isDown]).toEqual(['keyturn-test', false]);
    account.regenerate('key1');
    clock.advance(leaseMs + settleMs - minuteMs);
    expect(await adopt(life, false)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    clock.advance(minuteMs + 1_000);
    expect(await adopt(life, false)).toMatchObject({ kind: 'adopted' });
  });

  it("does not adopt if the other instance's last write has brought its tag back", async () => {
    const life = await takenAway(journal);
    await adopt(life, true);
    otherWrites(life, 'key2');
    life.world.clock.advance(leaseMs + settleMs + minuteMs);
    expect(await adopt(life, false)).toMatchObject({ kind: 'not-now', reason: 'taken-over' });
    expect(owner(life)).toBe('other');
  });

  it('does not write over a pointer that moves just before the claim', async () => {
    const life = await takenAway(journal);
    let isMoved = false;
    const { worker, app } = life.start({
      fault: ({ operation }: Call) => {
        if (operation === 'probe' && !isMoved) {
          isMoved = true;
          otherWrites(life, 'key1');
        }
        return null;
      },
    });
    const answer = await life.during(worker, app.adopt('demo', { activeSlot: null, takeOver: true }, operator));
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect([owner(life), life.world.vault.value(pointer)]).toEqual(['other', 'key1']);
  });
});

describe('an adoption whose own write got no reply', () => {
  it('writes nothing more before that write has settled, even if no secret stands yet', async () => {
    const life = beginLife(target);
    const { worker, app } = life.start({
      fault: ({ operation }: Call) =>
        operation === 'set' ? { kind: 'no-reply', forMs: 30_000, appliedAfterMs: 80_000 } : null,
    });
    const first = await life.during(worker, app.adopt('demo', { activeSlot: null }, operator));
    expect(first).toMatchObject({ kind: 'unavailable' });
    const sets = () => life.world.calls.filter(({ operation }) => operation === 'set').length;
    expect(sets()).toBe(1);
    expect(await adopt(life, false)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(await adopt(life, true)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(sets()).toBe(1);
    life.world.clock.advance((rowOf(life)?.settleUntilMs ?? 0) - life.world.clock.nowMs() + 1_000);
    expect(await adopt(life, false)).toMatchObject({ kind: 'adopted' });
    expect(inOrder(life, target, 'key1')).toBe(true);
  });
});
