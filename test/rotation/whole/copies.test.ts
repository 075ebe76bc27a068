import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildTarget, copyName } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const target = buildTarget({ copies: [buildCopy('web'), buildCopy('worker')] });
const declared = target.copies.map(copyName);

type Interfere = (call: Call, state: string, life: Life) => Fault | null;

/** A target whose key1 is active; each copy holds it, unless a test has it otherwise. */
async function open(interfere: Interfere = () => null, holds: (life: Life) => void = () => {}, given = target) {
  const state = () => {
    const rotation = rowOf(life)?.rotation;
    return rotation?.kind === 'suspended' ? 'suspended' : (rotation?.kind ?? 'idle');
  };
  const life: Life = await openTarget(given, 'key1', {
    workerFor: () => life.start({ fault: (call) => interfere(call, state(), life) }),
  });
  holds(life);
  life.world.clock.advance(3 * hourMs);
  await askForRotation(life);
  const until = (...kinds: readonly string[]) =>
    life.run(() => kinds.includes(state()), life.world.clock.nowMs() + 5 * dayMs);
  const ended = () => rowOf(life)?.lastEnd?.outcome ?? null;
  return { life, state, until, ended, row: () => rowOf(life) as AccountRow };
}

function put(life: Life, name: string, value: string) {
  life.world.vault.put({ name, contentType: 'text/plain', tags: { team: 'contoso' }, expiresAtMs: null }, value);
  life.world.happened({ kind: 'outside', act: `store ${name}` });
}

const held = ({ world }: Life, name: string) => world.vault.value(`copy-${name}`);

async function ask(life: Life, action: 'resume' | 'rollBack' | 'leave', ...names: readonly string[]) {
  const { worker, app } = life.start();
  const rotation = rowOf(life)?.rotation;
  const id = rotation ? rotationIdOf(rotation) : 'none';
  const wish = { reason: 'contoso', overlapSeconds: null, leaveBehind: names };
  const asked = action === 'leave' ? app.expedite('demo', id, wish, operator) : app[action]('demo', id, operator);
  return await life.during(worker, asked);
}

const once = (fits: (call: Call, state: string) => boolean, act: (life: Life) => Fault | null): Interfere => {
  let isDone = false;
  return (call, state, life) => {
    if (isDone || !fits(call, state)) return null;
    isDone = true;
    return act(life);
  };
};
const writes = (name: string) => (call: Call, state: string) =>
  call.operation === 'set' && call.subject === `copy-${name}` && state === 'updating-copies';
const lost = (appliedAfterMs: number | null): Fault => ({ kind: 'no-reply', forMs: 30_000, appliedAfterMs });
const suspended = (reason: string, name: string) => ({
  kind: 'suspended',
  reason,
  from: { lastFailure: { copy: name } },
});

describe('a rotation with copies', () => {
  it('gives each copy the new key before the old one ends, and says whose it is', async () => {
    const { life, until, ended } = await open();
    const { account, vault } = life.world;
    const old = account.keys.key1;
    await until('overlapping');
    expect([account.keys.key1, held(life, 'web'), held(life, 'worker')]).toEqual([
      old,
      account.keys.key2,
      account.keys.key2,
    ]);
    await until('idle');
    expect([ended(), held(life, 'web')]).toEqual(['completed', account.keys.key2]);
    expect(vault.versionsOf('copy-web').at(-1)?.version).toMatchObject({
      contentType: 'text/plain',
      tags: { team: 'contoso', 'keyturn-copy-of': target.account.armId },
    });
    expect(life.watch.breaches).toEqual([]);
  });

  it('costs eight calls a copy, each by the rule that needs it, and one more where its age is not known', async () => {
    const { life, until } = await open(() => null, undefined, buildTarget({ copies: [buildCopy('web')] }));
    const calls = () =>
      life.world.calls.splice(0).flatMap(({ subject, operation }) => (subject === 'copy-web' ? [operation] : []));
    calls();
    await until('idle');
    expect(calls()).toHaveLength(9);
    life.world.clock.advance(3 * hourMs);
    await askForRotation(life);
    await until('idle');
    expect(calls()).toEqual([
      // The gate, which the regenerate asks again within five seconds; the proof that it can be written, which needs no new version.
      ...['get', 'set-tags'],
      // What it holds, the new key, and that it stands.
      ...['get', 'set', 'get'],
      // At the end of the overlap, and within five seconds of that for the point of no return.
      'get',
      // Ten minutes and an hour after the old key was replaced.
      ...['get', 'get'],
    ]);
  });

  it('waits for the slowest copy after the overlap', async () => {
    const slow = buildTarget({ copies: [buildCopy('web', { cacheMs: 26 * hourMs }), buildCopy('worker')] });
    const { life, until } = await open(
      () => null,
      (each) => each.world.clock.advance(30 * hourMs),
      slow,
    );
    await until('overlapping');
    const sinceMs = life.world.clock.nowMs();
    await until('restocking', 'confirming');
    expect((life.world.clock.nowMs() - sinceMs) / hourMs).toBeCloseTo(26.2, 0);
    expect(life.watch.breaches).toEqual([]);
  });

  it('counts a read-back as no proof of use: a copy that was led late is waited for', async () => {
    // The first write gets no answer and is never applied: the second comes after it has settled.
    const { life, until, ended } = await open(once(writes('web'), () => lost(null)));
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('makes a copy that is declared with create, and leaves one that is gone without', async () => {
    const made = buildTarget({ copies: [buildCopy('web', { create: true }), buildCopy('worker')] });
    const { life, until, ended } = await open(
      () => null,
      ({ world }) => {
        for (const name of declared) world.vault.secrets.delete(name);
      },
      made,
    );
    await until('idle');
    expect([ended(), held(life, 'web'), held(life, 'worker')]).toEqual([
      'completed',
      life.world.account.keys.key2,
      null,
    ]);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('copies that others change', () => {
  it('two apps on two keys: the one on the inactive key is led to the active one first, and has its time', async () => {
    const { life, until, ended } = await open(
      () => null,
      (each) => put(each, 'copy-worker', each.world.account.keys.key2),
    );
    const { account, clock } = life.world;
    const before = { ...account.keys };
    const sinceMs = clock.nowMs();
    await until('publishing');
    expect([held(life, 'worker'), (clock.nowMs() - sinceMs) / hourMs]).toEqual([before.key1, expect.closeTo(1.17, 1)]);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('a second writer that restores the old key keeps it from being regenerated', async () => {
    const { life, until, row, ended } = await open();
    await until('overlapping');
    const old = life.world.account.keys.key1;
    life.world.clock.advance(hourMs);
    put(life, 'copy-web', old);
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-reverted', 'web'));
    expect(life.world.account.keys.key1).toBe(old);
    // It has been stopped: the copy is led again, and its readers have their time.
    await ask(life, 'resume');
    await until('overlapping');
    expect(held(life, 'web')).toBe(life.world.account.keys.key2);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('a copy that is put back to the very version of before is young again', async () => {
    const { life, until, ended } = await open();
    await until('overlapping');
    const { vault, account, clock } = life.world;
    const led = vault.versionsOf('copy-web').at(-1)?.version.version ?? '';
    clock.advance(110 * minuteMs);
    put(life, 'copy-web', account.keys.key1);
    await until('suspended');
    vault.restore('copy-web', led);
    await ask(life, 'resume');
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('a foreign value is never overwritten', async () => {
    const { life, until, row } = await open(
      () => null,
      (each) => put(each, 'copy-web', 'something-of-contoso'),
    );
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-foreign', 'web'));
    expect(held(life, 'web')).toBe('something-of-contoso');
    expect(life.world.calls.filter(({ operation }) => operation === 'regenerate')).toEqual([]);
  });

  it('a copy that is deleted in mid-rotation holds nothing, and its last readers have their time', async () => {
    const { life, until, ended } = await open();
    await until('overlapping');
    life.world.clock.advance(119 * minuteMs);
    life.world.vault.setDeleted('copy-web', true);
    life.world.happened({ kind: 'outside', act: 'delete copy' });
    const sinceMs = life.world.clock.nowMs();
    await until('restocking', 'confirming');
    expect(life.world.clock.nowMs() - sinceMs).toBeGreaterThan(hourMs);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('one that holds the retired key again after the end is told', async () => {
    const { life, until, row } = await open();
    const old = life.world.account.keys.key1;
    await until('confirming');
    put(life, 'copy-worker', old);
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-reverted', 'worker'));
  });
});

describe('copies that cannot be written', () => {
  const refuses =
    (name: string, operations = ['set', 'set-tags']): Interfere =>
    (call) =>
      call.subject === `copy-${name}` && operations.includes(call.operation)
        ? { kind: 'refused', reason: 'vault-access-denied' }
        : null;

  it('stop a rotation before it makes a key', async () => {
    const { life, until, row } = await open(refuses('worker'));
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-not-written', 'worker'));
    expect(life.world.calls.filter(({ operation }) => operation === 'regenerate')).toEqual([]);
  });

  it('stop it before the old key ends, and an operator may leave them behind by name', async () => {
    const { life, until, row, ended } = await open(refuses('worker', ['set']));
    const old = life.world.account.keys.key1;
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-not-written', 'worker'));
    expect([held(life, 'web'), held(life, 'worker')]).toEqual([life.world.account.keys.key2, old]);
    expect(await ask(life, 'leave')).toMatchObject({ reason: 'no-such-copy' });
    expect(await ask(life, 'leave', 'wrker')).toMatchObject({ reason: 'no-such-copy' });
    expect(await ask(life, 'leave', 'worker')).toMatchObject({ kind: 'noted' });
    await until('idle');
    expect([ended(), life.world.account.keys.key1 === old]).toEqual(['completed', false]);
    expect(life.watch.breaches).toEqual([]);
  });

  it('are waited for until an operator leaves them behind: then the overlap ends by itself', async () => {
    const slow = buildTarget({ copies: [buildCopy('web', { cacheMs: 26 * hourMs }), buildCopy('worker')] });
    const { life, until, ended } = await open(
      () => null,
      (each) => each.world.clock.advance(30 * hourMs),
      slow,
    );
    await until('overlapping');
    const { clock } = life.world;
    const sinceMs = clock.nowMs();
    await life.run(
      () => rowOf(life)?.rotation?.kind === 'overlapping' && clock.nowMs() > sinceMs + 3 * hourMs,
      sinceMs + dayMs,
    );
    expect(await ask(life, 'leave', 'web')).toMatchObject({ kind: 'noted' });
    await until('idle');
    expect([ended(), (clock.nowMs() - sinceMs) / hourMs]).toEqual(['completed', expect.closeTo(4, 0)]);
    expect(life.watch.breaches).toEqual([]);
  });

  it('are not left behind before the overlap of all others is over', async () => {
    const { life, until, ended } = await open();
    await until('overlapping');
    const sinceMs = life.world.clock.nowMs();
    expect(await ask(life, 'leave', 'web')).toMatchObject({ kind: 'noted' });
    await until('restocking', 'confirming');
    // As short as the target's caches allow: expedite says no more.
    expect((life.world.clock.nowMs() - sinceMs) / hourMs).toBeGreaterThan(1.1);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it('cannot be read: the rotation stands still with their name', async () => {
    const { until, row } = await open(refuses('web', ['get']));
    await until('suspended');
    expect(row().rotation).toMatchObject(suspended('copy-unreadable', 'web'));
  });

  const faults: Readonly<Record<string, Fault>> = {
    refused: { kind: 'refused', reason: 'vault-access-denied' },
    'a service that is down': { kind: 'not-applied', code: 'http-503', retryAfterMs: null },
    'a pause of 15 days asked for': { kind: 'not-applied', code: 'http-429', retryAfterMs: 15 * dayMs },
    'no answer': { kind: 'no-reply', forMs: 30_000, appliedAfterMs: null },
  };

  it.each(Object.entries(faults))('never keep a leaked key alive: %s', async (_, fault) => {
    const strikes: Interfere = (call, _state, each) =>
      rowOf(each)?.rotation != null && call.subject === 'copy-worker' && call.operation === 'set' ? fault : null;
    const { life, until } = await open(strikes);
    await until('idle', 'updating-copies');
    const { worker, app } = life.start();
    const leaked = life.world.account.keys.key1;
    const report = { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds: 300 } as const;
    const sinceMs = life.world.clock.nowMs();
    await life.during(worker, app.leak('demo', report, operator));
    await life.run(() => life.world.account.keys.key1 !== leaked, sinceMs + dayMs);
    expect(life.world.account.keys.key1).not.toBe(leaked);
    expect((life.world.clock.nowMs() - sinceMs) / minuteMs).toBeLessThan(15);
    expect([held(life, 'web'), held(life, 'worker')]).toEqual([life.world.account.keys.key2, leaked]);
    await until('idle');
    expect(rowOf(life)?.lastEnd?.last.leftBehind).toEqual(['worker']);
  });

  it('of a leaked key are read again after a failure, and get the new key all the same', async () => {
    const failsOnce = once(
      ({ subject, operation }, state) =>
        subject === 'copy-worker' && operation === 'get' && state === 'updating-copies',
      () => ({ kind: 'not-applied', code: 'http-503', retryAfterMs: null }),
    );
    let isLeaked = false;
    const { life, until } = await open(
      (...call) => (isLeaked ? failsOnce(...call) : null),
      undefined,
      buildTarget({ copies: [buildCopy('worker')] }),
    );
    await until('idle');
    isLeaked = true;
    life.world.clock.advance(3 * hourMs);
    const { worker, app } = life.start();
    const report = { slot: 'key2', dryRun: false, reason: 'found in a log', overlapSeconds: 300 } as const;
    await life.during(worker, app.leak('demo', report, operator));
    await until('idle');
    expect(held(life, 'worker')).toBe(life.world.account.keys.key1);
    expect(rowOf(life)?.lastEnd?.last.leftBehind).toEqual([]);
  });

  it.each(
    Object.entries(faults).flatMap(([says, fault]) =>
      ['get', 'set', 'set-tags'].map((operation) => [says, operation, fault] as const),
    ),
  )('cost at most 300 calls a day in any state: %s to each %s', async (_, operation, fault) => {
    const sent: { readonly atMs: number; readonly state: string }[] = [];
    const { life, until } = await open((call, state) => {
      if (['vault', 'arm', 'endpoint'].includes(call.service)) sent.push({ atMs: life.world.clock.nowMs(), state });
      return call.subject === 'copy-worker' && call.operation === operation ? fault : null;
    });
    await until('suspended', 'idle');
    const within = (first: (typeof sent)[number]) =>
      sent.filter(({ atMs, state }) => state === first.state && atMs >= first.atMs && atMs < first.atMs + dayMs).length;
    expect(Math.max(...sent.map(within))).toBeLessThanOrEqual(300);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('a write to a copy whose reply is lost', () => {
  it('and that comes late, after a rollback was asked for: the rollback ends no sooner than it, and the next gate leads it back', async () => {
    const { life, until, ended, state } = await open(once(writes('web'), () => lost(115_000)));
    await until('updating-copies');
    await life.run(() => rowOf(life)?.inDoubt?.kind === 'copy', life.world.clock.nowMs() + hourMs);
    expect(rowOf(life)?.inDoubt?.kind).toBe('copy');
    await ask(life, 'rollBack');
    await until('idle');
    const { account, clock } = life.world;
    expect([ended(), held(life, 'web')]).toEqual(['rolled-back', account.keys.key2]);
    clock.advance(3 * hourMs);
    const before = { ...account.keys };
    await askForRotation(life);
    await until('publishing');
    expect([state(), held(life, 'web')]).toEqual(['publishing', before.key1]);
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });

  it.each([10, 60_000, 119_000])('and that is applied %d ms later is not taken for undone', async (appliedAfterMs) => {
    const { life, until, ended } = await open(once(writes('worker'), () => lost(appliedAfterMs)));
    await until('idle');
    expect([ended(), life.watch.breaches]).toEqual(['completed', []]);
  });
});

describe('between rotations', () => {
  it('a copy that others set to the inactive key is told as drift, and repair leads it back', async () => {
    const life: Life = await openTarget(target, 'key1');
    const { account, vault } = life.world;
    const repair = async () => {
      const { worker, app } = life.start();
      return await life.during(worker, app.repair('demo', operator));
    };
    const drift = async () => {
      life.world.clock.advance(2 * hourMs);
      const { worker, app } = life.start();
      await life.during(worker, app.sweep());
      const read = await life.during(worker, app.readTarget('demo'));
      if (read === 'died' || read.kind !== 'found') return read;
      return read.target.drift.map(({ reason, detail }) => `${reason}: ${/Copies: (.*)\.$/.exec(detail)?.[1]}`);
    };
    put(life, 'copy-web', account.keys.key2);
    put(life, 'copy-worker', 'contoso');
    expect(await drift()).toEqual(['copy-stale: web, worker']);
    expect(await repair()).toMatchObject({ kind: 'repaired' });
    expect([held(life, 'web'), held(life, 'worker')]).toEqual([account.keys.key1, 'contoso']);
    put(life, 'copy-worker', account.keys.key1);
    expect(await drift()).toEqual([]);
    const versions = vault.versionsOf('copy-web').length;
    expect(await repair()).toMatchObject({ kind: 'repaired' });
    expect(vault.versionsOf('copy-web')).toHaveLength(versions);
    expect(life.watch.breaches).toEqual([]);
  });

  it('repair leads nobody to a key that has leaked', async () => {
    let isRefused = true;
    const life: Life = await openTarget(target, 'key1', {
      workerFor: () =>
        life.start({
          fault: ({ operation }) =>
            isRefused && operation === 'set' ? { kind: 'refused', reason: 'vault-policy' } : null,
        }),
    });
    const { account, clock } = life.world;
    put(life, 'copy-web', account.keys.key2);
    const { worker, app } = life.start();
    const report = { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds: null } as const;
    await life.during(worker, app.leak('demo', report, operator));
    const rests = () => rowOf(life)?.rotation?.kind === 'suspended' && rowOf(life)?.lease.kind === 'released';
    await life.run(rests, clock.nowMs() + hourMs);
    isRefused = false;
    expect(await life.during(worker, app.repair('demo', operator))).toMatchObject({ kind: 'repaired' });
    expect(held(life, 'web')).toBe(account.keys.key2);
  });
});
