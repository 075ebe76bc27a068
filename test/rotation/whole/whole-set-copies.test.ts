import { describe, expect, it } from 'vitest';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildSettingCopy, buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const target = buildTarget({ copies: [buildSettingCopy('web'), buildCopy('worker')] });

type Interfere = (call: Call, state: string, life: Life) => Fault | null;

/** A target whose key1 is active, with a copy in a setting of an app, and one in a secret. */
async function open(interfere: Interfere = () => null, given = target) {
  const state = () => rowOf(life)?.rotation?.kind ?? 'idle';
  const life: Life = await openTarget(given, 'key1', {
    workerFor: () => life.start({ fault: (call) => interfere(call, state(), life) }),
  });
  life.world.clock.advance(3 * hourMs);
  const until = (...kinds: readonly string[]) =>
    life.run(() => kinds.includes(state()), life.world.clock.nowMs() + 5 * dayMs);
  const ended = () => rowOf(life)?.lastEnd?.outcome ?? null;
  const held = (name: string) => life.world.vault.value(`copy-${name}`);
  const put = (name: string, value: string) => {
    life.world.vault.put({ name: `copy-${name}`, contentType: null, tags: {}, expiresAtMs: null }, value);
    life.world.happened({ kind: 'outside', act: `store ${name}` });
  };
  return { life, state, until, ended, held, put, keys: life.world.account };
}

const once = (fits: (call: Call, state: string) => boolean, act: (life: Life) => Fault | null): Interfere => {
  let isDone = false;
  return (call, state, life) => {
    if (isDone || !fits(call, state)) return null;
    isDone = true;
    return act(life);
  };
};
const writes = (state: string) => (call: Call, now: string) =>
  call.operation === 'set' && call.subject === 'copy-web' && now === state;

async function rollBack(life: Life) {
  const { worker, app } = life.start();
  const rotation = rowOf(life)?.rotation;
  await life.during(worker, app.rollBack('demo', rotation ? rotationIdOf(rotation) : 'none', operator));
}

describe('a rotation with a copy in a setting', () => {
  it('gives it the new key before the old one ends, beside a copy in a secret', async () => {
    const { life, until, ended, held, keys } = await open();
    const old = keys.keys.key1;
    await askForRotation(life);
    await until('overlapping');
    expect([keys.keys.key1, held('web'), held('worker')]).toEqual([old, keys.keys.key2, keys.keys.key2]);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('two applications on two keys: the one on the inactive key is led to the active one first', async () => {
    const { life, until, held, put, keys } = await open();
    const { key1: active, key2: inactive } = keys.keys;
    put('web', inactive);
    await askForRotation(life);
    await until('preparing');
    await life.run(() => held('web') === active, life.world.clock.nowMs() + hourMs);
    expect([held('web'), keys.keys.key2]).toEqual([active, inactive]);
    const sinceMs = life.world.clock.nowMs();
    await life.run(() => keys.keys.key2 !== inactive, sinceMs + dayMs);
    expect(life.world.clock.nowMs() - sinceMs).toBeGreaterThan(hourMs);
    await until('idle');
    expect(life.watch.breaches).toEqual([]);
  });

  it('a write whose reply is lost, and that comes after a rollback was asked for, is settled first and led back at the next gate', async () => {
    const lost = { kind: 'no-reply', forMs: 30_000, appliedAfterMs: 115_000 } as const;
    const { life, until, ended, held, keys } = await open(once(writes('updating-copies'), () => lost));
    await askForRotation(life);
    await until('updating-copies');
    await life.run(() => rowOf(life)?.inDoubt?.kind === 'copy', life.world.clock.nowMs() + hourMs);
    await rollBack(life);
    await until('idle');
    expect([ended(), held('web')]).toEqual(['rolled-back', keys.keys.key2]);
    life.world.clock.advance(3 * hourMs);
    const before = { ...keys.keys };
    await askForRotation(life);
    await until('publishing');
    expect(held('web')).toBe(before.key1);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('a second writer that restores the old key before it ends stops the rotation, with the name of the copy', async () => {
    const { life, until, put, keys } = await open();
    const old = keys.keys.key1;
    await askForRotation(life);
    await until('overlapping');
    put('web', old);
    await until('suspended');
    const suspended = { kind: 'suspended', reason: 'copy-reverted', from: { lastFailure: { copy: 'web' } } };
    expect([rowOf(life)?.rotation, keys.keys.key1]).toMatchObject([suspended, old]);
  });

  it('an app that is deleted in mid-rotation holds nothing, and its last workers have their time', async () => {
    const { life, until, ended } = await open();
    await askForRotation(life);
    await until('overlapping');
    life.world.clock.advance(119 * 60_000);
    life.world.vault.setDeleted('copy-web', true);
    life.world.happened({ kind: 'outside', act: 'delete the app' });
    const sinceMs = life.world.clock.nowMs();
    await until('restocking', 'confirming');
    expect(life.world.clock.nowMs() - sinceMs).toBeGreaterThan(hourMs);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('an app that changes while it is about to be written is read again, and written then', async () => {
    const { life, until, ended, held, keys } = await open(
      once(
        (call, state) => call.operation === 'get-app' && state === 'updating-copies',
        (each) => {
          // Between the first and the second question when it last changed: the worker asks before it reads, and before it writes.
          const value = each.world.vault.value('copy-web') ?? '';
          each.world.vault.put({ name: 'copy-web', contentType: null, tags: {}, expiresAtMs: null }, value);
          return null;
        },
      ),
    );
    await askForRotation(life);
    await until('overlapping');
    expect(held('web')).toBe(keys.keys.key2);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it.each<[string, Fault]>([
    ['refused', { kind: 'refused', reason: 'account-access-denied' }],
    ['no answer', { kind: 'no-reply', forMs: 30_000, appliedAfterMs: null }],
  ])('a leaked key does not live on in a setting that cannot be written: %s', async (_, fault) => {
    const { life, until, held, keys } = await open((call, _state, each) =>
      rowOf(each)?.rotation != null && call.subject === 'copy-web' && call.operation === 'set' ? fault : null,
    );
    const { worker, app } = life.start();
    const leaked = keys.keys.key1;
    const report = { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds: 300 } as const;
    const sinceMs = life.world.clock.nowMs();
    await life.during(worker, app.leak('demo', report, operator));
    await life.run(() => keys.keys.key1 !== leaked, sinceMs + dayMs);
    expect((life.world.clock.nowMs() - sinceMs) / 60_000).toBeLessThan(15);
    expect([held('web'), held('worker')]).toEqual([leaked, keys.keys.key2]);
    await until('idle');
    expect(rowOf(life)?.lastEnd?.last.leftBehind).toEqual(['web']);
  });
});
