import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { otherSlot } from '../../../src/shared/slot.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const target = buildTarget();

type Trap = (call: Call, state: string) => Fault | null;

/** A rotation from key1 in whose course each call may meet a fault, told by the state in which it is made. */
async function rotateWith(trap: Trap): Promise<Life> {
  const fault = (call: Call) => trap(call, rowOf(life)?.rotation?.kind ?? 'idle');
  const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ fault }) });
  await askForRotation(life);
  return life;
}

/** Lets a fault strike once. */
function once(when: (call: Call, state: string) => boolean, fault: Fault | (() => Fault | null)): Trap {
  let isSpent = false;
  return (call, state) => {
    if (isSpent || !when(call, state)) return null;
    isSpent = true;
    return typeof fault === 'function' ? fault() : fault;
  };
}

const is = (operation: string, inState: string) => (call: Call, state: string) =>
  call.operation === operation && state === inState;
const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const rests = (life: Life) => () => ['none', 'suspended'].includes(stateOf(life));
const until = (life: Life, state: string) =>
  life.run(() => stateOf(life) === state || stateOf(life) === 'suspended', life.world.clock.nowMs() + 5 * dayMs);
const ends = (life: Life) => life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);

async function ask(life: Life, action: 'rollBack' | 'resume'): Promise<void> {
  const rotation = rowOf(life)?.rotation;
  const id = rotation?.kind === 'suspended' ? rotation.from.rotationId : (rotation?.rotationId ?? 'none');
  const { worker, app } = life.start();
  await life.during(worker, app[action]('demo', id, operator));
}

const leakedKey = { slot: 'key2', dryRun: false, reason: null, overlapSeconds: null } as const;

/** A rotation that has just begun, and the report of a leaked key for which it is to make way. */
async function leakInFlight() {
  const world = memoryWorld();
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const row = () => world.journal.row?.fields as AccountRow;
  await app.adopt('demo', { activeSlot: null }, operator);
  await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  await app.leak('demo', leakedKey, operator);
  return { world, app, row };
}

describe('attacks that once won', () => {
  it('a pointer restored in mid-switch, with a date of long ago, does not cut the overlap short', async () => {
    // switching → somebody restores the pointer's version of before, which names the new slot → overlap of nothing.
    const life: Life = await rotateWith(
      once(is('get', 'switching'), () => {
        vault.restore('ai-services-active-key', old);
        life.world.happened({ kind: 'outside', act: 'restore pointer' });
        return null;
      }),
    );
    const { vault } = life.world;
    const put = (value: string) =>
      vault.put({ name: 'ai-services-active-key', contentType: null, tags: {}, expiresAtMs: null }, value).version;
    const old = put('key2');
    put('key1');
    await ends(life);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(life.watch.breaches).toEqual([]);
  });

  it('a rollback asked for while the worker gives its lease back is met at once', async () => {
    // overlapping: the worker's releasing save meets the operator's; its waking in two hours overwrote the operator's.
    const life: Life = await rotateWith(
      once(is('save', 'overlapping'), () => {
        life.line.at(life.world.clock.nowMs(), () => void ask(life, 'rollBack'));
        return { kind: 'slow', forMs: 3_000 };
      }),
    );
    await until(life, 'overlapping');
    const switchedAtMs = life.world.clock.nowMs();
    await ends(life);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('rolled-back');
    expect(life.world.clock.nowMs() - switchedAtMs).toBeLessThan(30 * minuteMs);
    expect(life.watch.breaches).toEqual([]);
  });

  it('a save whose reply and whose look after it are lost does not pass for the next one', async () => {
    // The intent is saved, the reply lost, the journal closed for a while: the releasing save took the intent for itself,
    // and the account stayed locked until somebody took it over.
    const lost = once(is('save', 'switching'), { kind: 'no-reply', forMs: 100, appliedAfterMs: 10 });
    const blind = once(is('load', 'switching'), { kind: 'not-applied', code: '503', retryAfterMs: 40_000 });
    const life = await rotateWith((call, state) => lost(call, state) ?? blind(call, state));
    await ends(life);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(life.world.log.filter(({ event }) => event === 'account-taken-over')).toEqual([]);
    expect(life.watch.breaches).toEqual([]);
  });

  it('a worker frozen for seven seconds before the pointer write sends it on nothing that it read before', async () => {
    const life = await rotateWith(
      once((call, state) => is('set', 'switching')(call, state), {
        kind: 'freeze',
        forMs: 7_000,
        machine: true,
        when: 'before',
      }),
    );
    await ends(life);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(life.watch.breaches).toEqual([]);
  });

  it('a worker frozen before it stores a new key stores nothing for an instance that has taken the target meanwhile', async () => {
    let versions = -1;
    const life = await rotateWith((call, state) => {
      if (versions >= 0 || !is('set', 'publishing')(call, state)) return null;
      const { vault } = life.world;
      versions = vault.versionsOf('ai-services-key2').length;
      const tags = { 'keyturn-instance': 'another' };
      vault.put({ name: 'ai-services-active-key', contentType: null, tags, expiresAtMs: null }, 'key1');
      life.world.happened({ kind: 'outside', act: 'take over' });
      return { kind: 'freeze', forMs: 14_000, machine: false, when: 'before' };
    });
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
    expect(life.world.vault.versionsOf('ai-services-key2')).toHaveLength(versions);
  });

  it('an account that is gone while its rotation confirms ends in suspension, not in waiting for ever', async () => {
    const life = await rotateWith((call, state) =>
      state === 'confirming' && call.operation === 'probe'
        ? null
        : state === 'confirming' && call.service === 'vault'
          ? { kind: 'refused', reason: 'vault-access-denied' }
          : null,
    );
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'confirming-overdue' });
  });

  it('a pointer moved away and restored to the very version that was followed begins the overlap again', async () => {
    const life = await rotateWith(() => null);
    await until(life, 'overlapping');
    const { vault, clock } = life.world;
    const name = 'ai-services-active-key';
    const followed = vault.versionsOf(name).at(-1)?.version.version ?? '';
    life.line.at(clock.nowMs() + 119 * minuteMs, () => {
      vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, 'key1');
      life.world.happened({ kind: 'outside', act: 'move pointer' });
    });
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'pointer-moved' });
    vault.restore(name, followed);
    life.world.happened({ kind: 'outside', act: 'restore pointer' });
    const resumedAtMs = clock.nowMs();
    await ask(life, 'resume');
    await life.run(() => stateOf(life) === 'none', clock.nowMs() + 5 * dayMs);
    expect(life.watch.breaches).toEqual([]);
    expect(clock.nowMs() - resumedAtMs).toBeGreaterThan(target.policy.overlapMs);
    expect(inOrder(life, target, otherSlot('key1'))).toBe(true);
  });

  it('a secret deleted while its key is made stops the rotation soon, and a recovery lets it go on', async () => {
    // A deleted secret's name takes no value (409): the store was tried every few minutes for a whole day.
    const name = 'ai-services-key2';
    const life: Life = await rotateWith(
      once(is('regenerate', 'regenerating'), () => {
        life.world.vault.setDeleted(name, true);
        life.world.happened({ kind: 'outside', act: 'delete inactive secret' });
        return null;
      }),
    );
    const startedAtMs = life.world.clock.nowMs();
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'secret-missing' });
    expect(life.world.clock.nowMs() - startedAtMs).toBeLessThan(10 * minuteMs);
    life.world.vault.setDeleted(name, false);
    await ask(life, 'resume');
    await life.run(() => stateOf(life) === 'none', life.world.clock.nowMs() + 5 * dayMs);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(life.watch.breaches).toEqual([]);
  });

  it('a target taken over while its rotation confirms is left alone: no version there is disabled', async () => {
    const life: Life = await rotateWith(
      once(is('probe', 'confirming'), () => {
        const name = 'ai-services-active-key';
        const held = life.world.vault.versionsOf(name).at(-1);
        const tags = { ...held?.version.tags, 'keyturn-instance': 'another' };
        life.world.vault.put({ name, contentType: null, tags, expiresAtMs: null }, held?.value ?? '');
        life.world.happened({ kind: 'outside', act: 'take over' });
        // Long enough that what was read before no longer counts.
        return { kind: 'slow', forMs: 6_000 };
      }),
    );
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
    expect(life.world.calls.filter(({ operation }) => operation === 'disable')).toEqual([]);
  });

  it('an adoption that lost its lease says so instead of throwing', async () => {
    const life: Life = await openTarget(target, 'key1');
    life.world.vault.put(
      {
        name: 'ai-services-endpoint',
        contentType: null,
        tags: { ProviderAddress: target.account.armId },
        expiresAtMs: null,
      },
      'https://old',
    );
    const frozen = once(is('set', 'idle'), { kind: 'freeze', forMs: 5 * minuteMs, machine: false, when: 'before' });
    const slow = life.start({ fault: (call) => frozen(call, 'idle') });
    const first = slow.app.adopt('demo', { activeSlot: null }, operator);
    life.line.at(life.world.clock.nowMs() + 2 * minuteMs, () => {
      void life.start().app.adopt('demo', { activeSlot: null }, operator);
    });
    expect(await life.during(slow.worker, first)).toMatchObject({ kind: 'not-now', reason: 'lease-lost' });
  });

  it('an adoption after a takeover waits even if no secret stands yet', async () => {
    const life: Life = await openTarget(target, 'key1');
    life.world.journal.row = null;
    life.world.vault.secrets.clear();
    // The first dies with the store of key1 under way; a second must not overtake it.
    const dying = life.start({
      fault: (call) =>
        call.operation === 'set' ? { kind: 'crash', when: 'in-flight', appliedAfterMs: 119_000 } : null,
    });
    expect(await life.during(dying.worker, dying.app.adopt('demo', { activeSlot: null }, operator))).toBe('died');
    life.world.clock.advance(minuteMs + 10_000);
    const answers: string[] = [];
    for (const _ of [1, 2]) {
      const next = life.start();
      const answer = await life.during(next.worker, next.app.adopt('demo', { activeSlot: null }, operator));
      answers.push(
        answer !== 'died' && answer.kind === 'not-now' ? answer.reason : String(answer !== 'died' && answer.kind),
      );
    }
    expect(answers).toEqual(['settling', 'settling']);
  });

  it('a rotation asked for while one makes way for a leaked key is refused, not begun and dropped', async () => {
    // The row holds no rotation for a moment: anyone who started one then was told so, and the leaked key's took its place.
    const { world, app, row } = await leakInFlight();
    const answers: unknown[] = [];
    world.adversary.before = async (call) => {
      const { rotation, leak } = row();
      if (call.operation !== 'save' || rotation !== null || leak === null || answers.length > 0) return;
      answers.push('asked');
      answers.push(await app.startRotation('demo', { inactiveKeyUnused: true }, operator));
    };
    await app.advance({ target: 'demo', wakeSeq: row().wakeSeq });
    const rotation = row().rotation;
    expect(rotation).toMatchObject({ cause: 'leak' });
    expect(answers).toMatchObject([
      'asked',
      { kind: 'not-now', reason: 'in-flight', rotationId: rotation !== null && rotationIdOf(rotation) },
    ]);
  });

  it('a leak told again while its rotation begins leaves one rotation, the one that its operator was told of', async () => {
    const { world, app, row } = await leakInFlight();
    let told: string | null = null;
    world.adversary.before = async (call) => {
      const { rotation, leak } = row();
      if (call.operation !== 'save' || rotation !== null || leak === null || told !== null) return;
      told = '';
      const again = await app.leak('demo', leakedKey, operator);
      told = again.kind === 'begun' ? again.rotation.id : again.kind;
    };
    await app.advance({ target: 'demo', wakeSeq: row().wakeSeq });
    expect(row().rotation).toMatchObject({ cause: 'leak', rotationId: told });
  });
});

describe('attacks by two leaks', () => {
  it('a second leaked key does not make Keyturn forget the first, whose rotation is suspended', async () => {
    // The active key leaked; its rotation is suspended, consumers already led to the other; then that one leaks, too.
    const life: Life = await rotateWith(() => null);
    await ends(life);
    const { clock, account } = life.world;
    clock.advance(3 * 60 * minuteMs);
    const tell = async (slot: 'key1' | 'key2') => {
      const { worker, app } = life.start();
      return await life.during(
        worker,
        app.leak('demo', { slot, reason: 'found in a log', overlapSeconds: null, dryRun: false }, operator),
      );
    };
    // key2 is active now.
    const leaked = { ...account.keys };
    await tell('key2');
    await until(life, 'overlapping');
    life.world.vault.setEnabled('ai-services-active-key', null, false);
    life.world.happened({ kind: 'outside', act: 'disable pointer' });
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'pointer-disabled' });

    const told = await tell('key1');
    expect(told).toMatchObject({ kind: 'begun', rotation: { state: 'suspended', leakedSlot: 'key2' } });
    expect(await tell('key1')).toMatchObject({
      kind: 'begun',
      rotation: { state: 'suspended', leakedSlot: 'key2' },
    });
    expect(rowOf(life)).toMatchObject({ leak: { slot: 'key1' }, rotation: { kind: 'suspended' } });

    life.world.vault.setEnabled('ai-services-active-key', null, true);
    life.world.happened({ kind: 'outside', act: 'enable pointer' });
    await ask(life, 'resume');
    await life.run(() => stateOf(life) === 'none' && rowOf(life)?.leak === null, clock.nowMs() + 5 * dayMs);
    expect(account.keys.key1).not.toBe(leaked.key1);
    expect(account.keys.key2).not.toBe(leaked.key2);
    expect(life.watch.breaches.filter((text) => !/^[02]:/.test(text))).toEqual([]);
    expect(inOrder(life, target, null)).toBe(true);
  });

  it('a pointer moved away, seen, and restored to the very version that was last seen makes the gate young', async () => {
    // preparing → pointer-missing, or moved: suspended → the old version is restored → resumed: the inactive key died at once.
    const life: Life = await openTarget(target, 'key1');
    const { vault, clock } = life.world;
    const versions = () => vault.secrets.get('ai-services-active-key')?.versions ?? [];
    const followed = versions().at(-1)?.version.version;
    if (followed === undefined) throw new TypeError('nothing was adopted');
    vault.put({ name: 'ai-services-active-key', contentType: null, tags: {}, expiresAtMs: null }, 'key3');
    await askForRotation(life);
    await life.run(rests(life), clock.nowMs() + dayMs);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'pointer-invalid' });
    vault.restore('ai-services-active-key', followed);
    await ask(life, 'resume');
    await life.run(() => stateOf(life) !== 'suspended', clock.nowMs() + minuteMs);
    await life.run(() => rowOf(life)?.rotation?.kind !== 'preparing', clock.nowMs() + 100 * minuteMs);
    expect(stateOf(life)).toBe('preparing');
    await ends(life);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
  });
});
