import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import { secretNames } from '../../../src/keys/target.ts';
import type { Call } from '../../memory-world/call.ts';
import { beginLife, type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../../rotation/row-of.ts';
import { doOutside } from '../../rotation/whole/outside.ts';
import type { outsideActs } from '../../rotation/whole/schedules.ts';

const dayMs = 24 * 3_600_000;
const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });

type Act = (life: Life, target: Target) => void;
const outside =
  (act: (typeof outsideActs)[number]): Act =>
  (life, target) =>
    doOutside(life, target, act);

/** Somebody stores a value as `az keyvault secret set` does: without the tags that stood there. */
const overwrite =
  (secret: 'key1' | 'key2' | 'pointer', value: string): Act =>
  ({ world }, target) => {
    world.vault.put({ name: secretNames(target)[secret], contentType: null, tags: {}, expiresAtMs: null }, value);
    world.happened({ kind: 'outside', act: `store ${secretNames(target)[secret]}` });
  };
const loses =
  (secret: 'pointer' | 'key1'): Act =>
  ({ world }, target) => {
    world.vault.secrets.delete(secretNames(target)[secret]);
    world.happened({ kind: 'outside', act: `store ${secretNames(target)[secret]}` });
  };

async function repair(life: Life) {
  const { worker, app } = life.start();
  return await life.during(worker, app.repair('demo', operator));
}

const regenerates = (life: Life) => life.world.calls.filter(({ operation }) => operation === 'regenerate').length;

describe('repair stores again what the account has, and regenerates nothing, after', () => {
  it.each<[string, Act]>([
    ['the active key was regenerated outside', outside('regenerate-active')],
    ['the inactive key was regenerated outside', outside('regenerate-inactive')],
    ["the active secret was given the inactive slot's key", outside('swap-value')],
    ['the direct value was rewritten', outside('rewrite-direct')],
    ['a secret was disabled', outside('disable-inactive-secret')],
    ['a secret was deleted', outside('delete-inactive-secret')],
    ['a key secret was overwritten with something else, tags and all', overwrite('key1', 'not a key of anybody')],
    ['the pointer was overwritten with something else', overwrite('pointer', 'Key 1')],
    ['the pointer is gone for good', loses('pointer')],
    ['a key secret is gone for good', loses('key1')],
  ])('%s', async (_, act) => {
    const life = await openTarget(direct, 'key2');
    act(life, direct);
    expect(await repair(life)).toMatchObject({ kind: 'repaired' });
    expect(inOrder(life, direct, 'key2')).toBe(true);
    expect(regenerates(life)).toBe(0);
    expect(life.watch.breaches).toEqual([]);
  });

  it('nothing: then it writes nothing, and a moved pointer stays where a person put it', async () => {
    const life = await openTarget(direct, 'key1');
    const { world } = life;
    const writes = () => world.calls.filter(({ operation }) => operation === 'set').length;
    const before = writes();
    expect(await repair(life)).toMatchObject({ kind: 'repaired' });
    expect(writes()).toBe(before);
    doOutside(life, buildTarget(), 'move-pointer');
    expect(await repair(life)).toMatchObject({ kind: 'repaired', target: { activeSlot: 'key2' } });
    expect(inOrder(life, direct, 'key2')).toBe(true);
  });
});

describe('repair is refused', () => {
  it.each<[string, Act, string]>([
    ['on an account that was recreated', outside('recreate-account'), 'account-recreated'],
    ['if keys are turned off', outside('local-auth-off'), 'local-auth-disabled'],
    ['while the account is being changed', outside('account-accepted'), 'account-busy'],
    [
      'if the pointer is disabled: it might be a person who stops consumers',
      outside('disable-pointer'),
      'pointer-disabled',
    ],
    [
      'if another instance has the target',
      ({ world }) =>
        world.vault.put(
          {
            name: 'ai-services-active-key',
            contentType: null,
            tags: { 'keyturn-instance': 'other' },
            expiresAtMs: null,
          },
          'key1',
        ),
      'taken-over',
    ],
  ])('%s', async (_, act, reason) => {
    const life = await openTarget(direct, 'key1');
    act(life, direct);
    const before = life.world.calls.length;
    expect(await repair(life)).toMatchObject({ kind: 'not-now', reason });
    expect(life.world.calls.slice(before).filter(({ operation }) => operation === 'set')).toEqual([]);
  });

  it('for a target that was never adopted, and makes no row for it', async () => {
    const life = beginLife(direct);
    expect(await repair(life)).toMatchObject({ kind: 'not-now', reason: 'not-adopted' });
    expect(life.world.journal.row).toBeNull();
  });

  it('if the account refuses the key that consumers would be given', async () => {
    const life = await openTarget(direct, 'key1');
    doOutside(life, direct, 'regenerate-active');
    life.world.account.newKeyRefusedMs = dayMs;
    expect(await repair(life)).toMatchObject({ kind: 'not-now', reason: 'key-refused' });
  });

  it('while a rotation is in flight, which it names', async () => {
    const life = await openTarget(direct, 'key1');
    const rotationId = await askForRotation(life);
    const rests = () => rowOf(life)?.rotation?.kind === 'overlapping' && rowOf(life)?.lease.kind === 'released';
    await life.run(rests, life.world.clock.nowMs() + dayMs);
    expect(await repair(life)).toMatchObject({ kind: 'not-now', reason: 'in-flight', rotationId });
  });

  it('while a write of its own may still arrive, and done after that', async () => {
    const life = await openTarget(direct, 'key1');
    doOutside(life, direct, 'regenerate-inactive');
    const lost = life.start({
      fault: ({ operation }: Call) =>
        operation === 'set' ? { kind: 'no-reply', forMs: 30_000, appliedAfterMs: 100_000 } : null,
    });
    expect(await life.during(lost.worker, lost.app.repair('demo', operator))).toMatchObject({ kind: 'unavailable' });
    const early = await repair(life);
    expect(early).toMatchObject({ kind: 'not-now', reason: 'settling' });
    life.world.clock.advance(early !== 'died' && early.kind === 'not-now' ? (early.retryAfterMs ?? 0) + 1_000 : 0);
    expect(await repair(life)).toMatchObject({ kind: 'repaired' });
    expect(inOrder(life, direct, 'key1')).toBe(true);
  });
});

describe('repair beside a suspended rotation', () => {
  it.each<[string, string, Act]>([
    ['before the first regenerate', 'preparing', outside('regenerate-inactive')],
    ['in the overlap', 'overlapping', outside('rewrite-direct')],
  ])('suspended %s: it stays suspended, is resumed, and ends well', async (_, state, act) => {
    const life = await openTarget(direct, 'key1');
    const stateNow = () => rowOf(life)?.rotation?.kind ?? 'none';
    const rests = () => ['none', 'suspended'].includes(stateNow()) && rowOf(life)?.operatorRequest === null;
    const untilMs = () => life.world.clock.nowMs() + 12 * dayMs;
    if (state === 'preparing') act(life, direct);
    const id = await askForRotation(life);
    if (state !== 'preparing') {
      await life.run(() => stateNow() === state, untilMs());
      act(life, direct);
    }
    await life.run(rests, untilMs());
    expect(stateNow()).toBe('suspended');

    expect(await repair(life)).toMatchObject({ kind: 'repaired', target: { state: 'suspended' } });
    expect(stateNow()).toBe('suspended');
    const { worker, app } = life.start();
    expect(await life.during(worker, app.resume('demo', id ?? '', operator))).toMatchObject({ kind: 'noted' });
    await life.run(rests, untilMs());
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
    expect(inOrder(life, direct, 'key2')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });
});
