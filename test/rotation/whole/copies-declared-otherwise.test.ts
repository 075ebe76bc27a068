import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import type { Copy } from '../../../src/keys/copies/copy.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildCopy, buildTarget } from '../../memory-world/target-builder.ts';

const hourMs = 3_600_000;
const earlier = buildCopy('web');
const moved = buildCopy('web', { secretName: 'copy-moved' });

/** An account whose key1 is active, and an app for each way in which its copies are declared. */
async function open(declared: readonly Copy[]) {
  const world = memoryWorld();
  const appOf = (copies: readonly Copy[]) =>
    createApp({ ...world.ports, targets: fixedTargets([buildTarget({ copies })]) });
  const put = (name: string, value: string) =>
    world.vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, value);
  await appOf(declared).adopt('demo', { activeSlot: 'key1' }, operator);
  world.clock.advance(3 * hourMs);
  const rotation = () => readRow(world.journal.row?.fields)?.rotation ?? null;
  const start = (copies: readonly Copy[]) => appOf(copies).startRotation('demo', { inactiveKeyUnused: true }, operator);
  return { world, appOf, put, rotation, start };
}

describe('a copy that is declared otherwise', () => {
  it('at another place from which it is gone: the readers of that place have their time', async () => {
    const { world, appOf, put, start } = await open([earlier]);
    await start([earlier]);
    await deliverAll(world, appOf([earlier]));
    world.clock.advance(30 * hourMs);
    const { key1: inactive } = world.account.keys;
    put('copy-moved', inactive);
    world.vault.setDeleted('copy-moved', true);
    const goneAtMs = world.clock.nowMs();
    await start([moved]);
    let endedAtMs = 0;
    await deliverAll(world, appOf([moved]), () => {
      if (world.account.keys.key1 !== inactive) endedAtMs ||= world.clock.nowMs();
    });
    expect(endedAtMs - goneAtMs).toBeGreaterThan(hourMs);
  });

  it('at another place while the rotation waits for it: that place is shown to be writable, too, before a key is made', async () => {
    const { world, appOf, put, start, rotation } = await open([earlier]);
    const { key1: active, key2: inactive } = world.account.keys;
    put('copy-web', inactive);
    put('copy-moved', active);
    await start([earlier]);
    const [first] = world.queue.splice(0);
    if (first === undefined) throw new TypeError('nothing was begun');
    await appOf([earlier]).advance(first.wakeUp);
    expect(rotation()).toMatchObject({ kind: 'preparing', waiting: 'copies-not-expired' });
    const shown: string[] = [];
    world.adversary = {
      before({ operation, subject }) {
        if (world.account.keys.key2 === inactive && operation === 'set-tags') shown.push(subject);
      },
    };
    await deliverAll(world, appOf([moved]));
    expect(shown).toContain('copy-moved');
    expect(world.vault.value('copy-moved')).toBe(world.account.keys.key2);
  });
});
