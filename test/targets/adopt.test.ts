import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { accountRow } from '../../src/rotation/account-row.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { watchInvariants } from '../memory-world/invariants.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });

function open() {
  const world = memoryWorld();
  const watch = watchInvariants(world, target);
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const adopt = (activeSlot: Slot | null = null) => app.adopt('demo', { activeSlot }, operator);
  const sets = () => world.calls.filter(({ operation }) => operation === 'set').map(({ subject }) => subject);
  return { world, watch, adopt, sets };
}

describe('adopting a target', () => {
  it('stores keys, endpoint and direct value before the pointer, and regenerates nothing', async () => {
    const { world, watch, adopt, sets } = open();
    expect((await adopt('key2')).kind).toBe('adopted');
    const [key1, key2] = ['ai-services-key1', 'ai-services-key2'];
    expect(sets()).toEqual([key1, key2, 'ai-services-endpoint', 'ai-services-key', 'ai-services-active-key']);
    expect(world.vault.value('ai-services-key')).toBe(world.account.keys.key2);
    expect(world.account.everyKey).toHaveLength(2);
    watch.check();
    expect(watch.breaches).toEqual([]);
  });

  it('a second time writes nothing', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    world.calls.length = 0;
    expect((await adopt()).kind).toBe('adopted');
    expect(sets()).toEqual([]);
  });

  it('shows no key in its answer', async () => {
    const { world, adopt } = open();
    const text = JSON.stringify(await adopt());
    for (const key of world.account.everyKey) expect(text).not.toContain(key);
  });

  it('gives no consumer a key that the account refuses', async () => {
    const { world, adopt, sets } = open();
    world.account.accepts = () => false;
    world.account.acceptsOnNextNode = () => false;
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'key-refused' });
    expect(sets()).toEqual([]);
  });

  it('stores nothing while somebody regenerates', async () => {
    const { world, adopt, sets } = open();
    world.adversary.after = ({ operation }) => {
      if (operation === 'listKeys') world.account.regenerate('key1');
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'keys-unsteady' });
    expect(sets()).toEqual([]);
  });

  it('over secrets that stand already waits for whoever may be writing them', async () => {
    const { world, adopt, sets } = open();
    world.vault.put(
      { name: 'ai-services-key1', contentType: null, tags: {}, expiresAtMs: null },
      world.account.keys.key1,
    );
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(sets()).toEqual([]);
    world.clock.advance(3 * minuteMs + 1_000);
    expect((await adopt()).kind).toBe('adopted');
  });

  it('that died midway is finished by the next one, after lease and settle', async () => {
    const { world, watch, adopt } = open();
    let sets = 0;
    world.adversary.before = ({ operation }) => {
      if (operation === 'set') sets += 1;
      return sets === 3 ? new Promise<void>(() => {}) : undefined;
    };
    void adopt();
    await new Promise((resolve) => setImmediate(resolve));
    world.adversary = {};
    expect(await adopt()).toMatchObject({ reason: 'busy' });
    world.clock.advance(minuteMs + 1_000);
    expect(await adopt()).toMatchObject({ reason: 'settling' });
    world.clock.advance(3 * minuteMs + 1_000);
    expect((await adopt()).kind).toBe('adopted');
    expect(accountRow.parse(world.journal.row?.fields)).toMatchObject({
      lease: { kind: 'released' },
      outstanding: null,
    });
    watch.check();
    expect(watch.breaches).toEqual([]);
  });

  it('recovers deleted secrets first', async () => {
    const { world, adopt } = open();
    await adopt();
    world.vault.setDeleted('ai-services-key2', true);
    const answer = await adopt();
    expect(answer).toMatchObject({ kind: 'adopted' });
    expect(JSON.stringify(answer)).toContain('"secret":"ai-services-key2","change":"recovered"');
  });
});
