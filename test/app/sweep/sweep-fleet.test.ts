import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import type { HardeningPorts } from '../../../src/app/hardening/hardening-ports.ts';
import { noLooks } from '../../../src/app/sweep/look-after-fleet.ts';
import { sweepFleet } from '../../../src/app/sweep/sweep-fleet.ts';
import { noChanges } from '../../../src/app/sweep/sweep-hardening.ts';
import { firstPage } from '../../../src/app/targets/target-query.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import type { Target, TargetPolicy } from '../../../src/keys/target.ts';
import type { Channel } from '../../../src/notifications/channels.ts';
import { notificationKinds } from '../../../src/notifications/choices.ts';
import type { Outbox, OutboxOwner, OutboxRow } from '../../../src/notifications/ports.ts';
import { type FleetLimits, noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { readFleetNotes } from '../../../src/rotation/schedule/fleet-notes.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { LogEvent } from '../../../src/shared/log-event.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { fleetWorld } from '../../attacks/fleet/fleet-world.ts';
import { simulatedTime } from '../../attacks/fleet/simulated-time.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const operator = { objectId: 'operator-1' };
const dayMs = 24 * 3_600_000;
const locked = new FailureError({ kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' });

/** An outbox that keeps what waits, and what was told, for each account. */
function keptOutbox(nowMs: () => number): Outbox {
  const rows = new Map<string, OutboxRow>();
  const told = new Set<string>();
  const keyOf = (owner: OutboxOwner, id: string) => `${'armId' in owner ? owner.armId : owner.instance} ${id}`;
  return {
    async add(owner, row) {
      const key = keyOf(owner, row.id);
      if (rows.has(key) || told.has(key)) return 'known';
      rows.set(key, row);
      return 'added';
    },
    waiting: async (owner) => ({
      rows: [...rows].flatMap(([key, row]) => (key === keyOf(owner, row.id) ? row : [])),
      storageNowMs: nowMs(),
    }),
    keep: async (owner, row) => void rows.set(keyOf(owner, row.id), row),
    async settle(owner, row) {
      rows.delete(keyOf(owner, row.id));
      told.add(keyOf(owner, row.id));
    },
  };
}

interface Shape {
  readonly accounts: number;
  readonly subscriptions?: number;
  readonly limits?: Partial<FleetLimits>;
  readonly policyOf?: (index: number) => Partial<TargetPolicy>;
}

/** A fleet that was adopted an interval ago, so that all of it is due; its calls take no time. */
async function dueFleet({ accounts, subscriptions = 1, limits = {}, policyOf = () => ({}) }: Shape) {
  const time = simulatedTime(Date.UTC(2026, 0, 5, 9));
  const world = fleetWorld(time, { accounts, subscriptions, random: () => 0.5, policyOf });
  const log: LogEvent[] = [];
  const queue: { readonly wakeUp: WakeUp; readonly dueAtMs: number; readonly delayMs: number }[] = [];
  world.log = (event) => log.push(event);
  world.enqueue = (wakeUp, delayMs) => queue.push({ wakeUp, delayMs, dueAtMs: time.clock.nowMs() + delayMs });
  const targets = world.cells.map(({ target }) => target);
  const ports = world.ports(false);
  const list = async () => {
    const answer = await app.listTargets(firstPage);
    if (answer.kind !== 'listed') throw new TypeError('not listed');
    return answer.targets;
  };
  /** Accounts whose keys cannot be regenerated, by name. */
  const lockedAccounts = new Set<string>();
  const unreadable = new Set<string>();
  const unsaveable = new Set<string>();
  const declared = fixedTargets(targets);
  const blocked = new Set<string>();
  /** Names of those that tags on their accounts made, not the settings. */
  const discovered = new Set<string>();
  const listKnown = async () =>
    (await declared.list()).map(({ target }) => ({
      target,
      origin: discovered.has(target.name) ? ('discovered' as const) : ('declared' as const),
      blocked: blocked.has(target.name) ? ('paused-by-tag' as const) : null,
    }));
  const app = createApp({
    ...ports,
    accounts: (fence) => ({
      ...ports.accounts(fence),
      regenerate: (account, slot) =>
        lockedAccounts.has(account.account) ? Promise.reject(locked) : ports.accounts(fence).regenerate(account, slot),
    }),
    rows: {
      ...ports.rows,
      load: (account) =>
        unreadable.has(account.account)
          ? Promise.reject(new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }))
          : ports.rows.load(account),
      save: (account, ...row) =>
        unsaveable.has(account.account)
          ? Promise.reject(new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }))
          : ports.rows.save(account, ...row),
    },
    targets: {
      ...declared,
      list: listKnown,
    },
    fleet: { ...noFleetLimits, ...limits },
  });
  for (const { name } of targets) {
    time.clock.advance(1_000);
    await app.adopt(name, { activeSlot: 'key1' }, operator);
  }
  time.clock.advance(60 * dayMs);
  return {
    app,
    time,
    world,
    log,
    queue,
    lockedAccounts,
    unreadable,
    unsaveable,
    blocked,
    discovered,
    targets: listKnown,
    ports,
    list,
    names: targets.map(({ name }) => name),
    /** The reason of the schedule for each target, as the admin API shows it. */
    reasons: async () => (await list()).map(({ schedule }) => schedule?.reason),
    swept: () => log.filter((event) => event.event === 'swept').at(-1),
    fleet: async () => {
      const answer = await app.readFleet();
      if (answer.kind !== 'found') throw answer;
      return answer.fleet;
    },
    /** Delivers the messages of so long a time, each at its instant. */
    async pass(forMs: number) {
      const untilMs = time.clock.nowMs() + forMs;
      for (;;) {
        const [next] = queue.sort((one, other) => one.dueAtMs - other.dueAtMs);
        if (next === undefined || next.dueAtMs > untilMs) break;
        queue.shift();
        time.clock.advance(Math.max(0, next.dueAtMs - time.clock.nowMs()));
        await app.advance(next.wakeUp);
      }
      time.clock.advance(Math.max(0, untilMs - time.clock.nowMs()));
    },
    /** Delivers every message at its instant until none is left. */
    async settle() {
      for (;;) {
        const next = queue.sort((one, other) => one.dueAtMs - other.dueAtMs).shift();
        if (next === undefined) return;
        time.clock.advance(Math.max(0, next.dueAtMs - time.clock.nowMs()));
        await app.advance(next.wakeUp);
      }
    },
  };
}

const startedOf = (queue: readonly { readonly wakeUp: WakeUp }[]) => queue.map(({ wakeUp }) => wakeUp.target).sort();

describe('the sweep of a fleet', () => {
  it('is what the view of the fleet is of, and says when: what a target does since then shows with the target', async () => {
    const fleet = await dueFleet({ accounts: 1 });
    expect(await fleet.fleet()).toMatchObject({
      asOf: null,
      detail: 'No sweep has looked at the targets yet.',
      running: 0,
    });
    const sweptAt = new Date(fleet.time.clock.nowMs()).toISOString();
    await fleet.app.sweep();
    expect(await fleet.fleet()).toMatchObject({
      asOf: sweptAt,
      detail: 'The schedule starts what is due.',
      running: 1,
    });
    await fleet.settle();
    expect(await fleet.list()).toMatchObject([{ rotation: null }]);
    expect(await fleet.fleet()).toMatchObject({ asOf: sweptAt, running: 1 });
    await fleet.app.sweep();
    expect(await fleet.fleet()).toMatchObject({ asOf: new Date(fleet.time.clock.nowMs()).toISOString(), running: 0 });
  });

  it('starts the canaries first, and the others when each of them has come through', async () => {
    const fleet = await dueFleet({ accounts: 4, policyOf: (index) => ({ canary: index < 2 }) });
    const [one = '', other = '', ...rest] = fleet.names;
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([one, other]);
    expect(await fleet.reasons()).toEqual(['in-flight', 'in-flight', 'canaries-first', 'canaries-first']);
    expect(await fleet.fleet()).toMatchObject({ circuitBreaker: 'closed', pendingCanaries: [one, other] });
    await fleet.settle();
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual(rest);
    await fleet.settle();
    expect(await fleet.reasons()).toEqual(['not-due', 'not-due', 'not-due', 'not-due']);
  });

  it('holds the others while a canary waits for a person', async () => {
    const fleet = await dueFleet({ accounts: 2, policyOf: (index) => ({ canary: index === 0 }) });
    fleet.lockedAccounts.add(fleet.names[0] ?? '');
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await fleet.app.sweep();
      await fleet.settle();
    }
    expect(await fleet.reasons()).toEqual(['suspended', 'canaries-first']);
  });

  it('waits for no canary that cannot be rotated at all', async () => {
    const fleet = await dueFleet({
      accounts: 2,
      policyOf: (index) => ({ canary: index === 0, firstRotation: index === 0 ? 'on-request' : 'auto' }),
    });
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([fleet.names[1]]);
  });

  it('keeps to its bounds, one of each subscription in turn, and says what it holds back', async () => {
    const limits = { maxRunning: 5, maxRunningPerSubscription: 2 };
    const fleet = await dueFleet({ accounts: 12, subscriptions: 3, limits });
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 5, held: 7 });
    expect(Object.values((await fleet.fleet()).runningIn).sort()).toEqual([1, 2, 2]);
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 0, held: 7, running: 5 });
    expect(Object.values((await fleet.fleet()).runningIn).sort()).toEqual([1, 2, 2]);
    await fleet.settle();
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 5, running: 5 });
  });

  it('opens the circuit breaker when too many are suspended, until it is reset or they are put right', async () => {
    const fleet = await dueFleet({ accounts: 8, limits: { maxRunning: 2, stopAfterFailures: 2 } });
    for (const name of fleet.names) fleet.lockedAccounts.add(name);
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await fleet.app.sweep();
      await fleet.settle();
    }
    expect((await fleet.reasons()).filter((reason) => reason === 'suspended')).toHaveLength(2);
    expect(await fleet.fleet()).toMatchObject({ circuitBreaker: 'open', failed: 2, stopsAt: 2 });
    expect(fleet.log.filter(({ event }) => event === 'circuit-breaker-open')).toHaveLength(1);

    fleet.time.clock.advance(1_000);
    const reset = await fleet.app.resetFleet({ reason: 'the lock is known', what: ['failures'] }, operator);
    expect(reset).toMatchObject({
      kind: 'reset',
      fleet: { circuitBreaker: 'closed', reset: { failures: { reason: 'the lock is known' }, canaries: null } },
    });
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 2, suspended: 2 });
    fleet.time.clock.advance(1_000);
    await fleet.settle();
    await fleet.app.sweep();
    // The next two have failed since.
    expect(fleet.swept()).toMatchObject({ started: 0, suspended: 4, held: 4 });

    fleet.lockedAccounts.clear();
    for (const { rotation, name } of await fleet.list())
      if (rotation !== null) await fleet.app.resume(name, rotation.id, operator);
    await fleet.settle();
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      await fleet.app.sweep();
      await fleet.settle();
    }
    expect(new Set(await fleet.reasons())).toEqual(new Set(['not-due']));
    expect(fleet.log.map(({ event }) => event)).toContain('circuit-breaker-closed');
  });

  it('does not count what people have started themselves', async () => {
    const fleet = await dueFleet({ accounts: 3, limits: { stopAfterFailures: 1 } });
    const [name = ''] = fleet.names;
    fleet.lockedAccounts.add(name);
    await fleet.app.startRotation(name, { inactiveKeyUnused: true }, operator);
    await fleet.settle();
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 2, suspended: 1 });
  });

  it('says in one line what it did', async () => {
    const fleet = await dueFleet({ accounts: 8, limits: { maxRunning: 3 } });
    const [broken = '', late = '', unread = '', held = '', gone] = fleet.names;
    fleet.lockedAccounts.add(broken);
    for (const name of [broken, late]) await fleet.app.startRotation(name, { inactiveKeyUnused: true }, operator);
    await fleet.pass(60 * 60_000);
    // The message of the next state is lost.
    fleet.queue.length = 0;
    fleet.time.clock.advance(24 * 3_600_000);
    fleet.unreadable.add(unread);
    fleet.blocked.add(held);
    for (const { target, world } of fleet.world.cells) if (target.name === gone) world.journal.restore(null);
    await fleet.app.sweep();
    expect(await fleet.reasons()).toEqual([
      'suspended',
      'overdue',
      undefined,
      'blocked',
      'not-adopted',
      'in-flight',
      'in-flight',
      'fleet-busy',
    ]);
    expect(fleet.swept()).toEqual({
      ...{ event: 'swept', targets: 8, paused: false, woken: 1, started: 2, suspended: 1, failed: 1, running: 3 },
      ...{ held: 1, looks: 3 },
    });
  });

  it('says so while the instance is paused, and measures every target, adopted or not', async () => {
    const fleet = await dueFleet({ accounts: 3 });
    fleet.world.cells[0]?.world.journal.restore(null);
    fleet.unreadable.add(fleet.names[1] ?? '');
    await fleet.app.setPause({ paused: true, reason: 'a test' }, operator);
    await fleet.app.sweep();
    expect(fleet.swept()).toEqual({
      ...{ event: 'swept', targets: 3, paused: true, woken: 0, started: 0, suspended: 0, failed: 1, running: 0 },
      ...{ held: 0, looks: 0 },
    });
    const measured = fleet.log.flatMap((one) => (one.event === 'target-measured' ? [[one.target, one.status]] : []));
    expect(measured).toEqual([
      [fleet.names[0], 'not-adopted'],
      [fleet.names[2], 'due'],
    ]);
    expect(fleet.log).toContainEqual(
      expect.objectContaining({ event: 'fleet-measured', targets: 2, unknown: 1, notAdopted: 1, due: 1 }),
    );
  });

  it('is held up by no target that cannot be read', async () => {
    const fleet = await dueFleet({ accounts: 3 });
    fleet.unreadable.add(fleet.names[1] ?? '');
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([fleet.names[0], fleet.names[2]]);
    expect(fleet.log).toContainEqual({ event: 'target-not-swept', target: fleet.names[1], code: 'ServerBusy' });
  });

  it.each<[string, readonly number[], boolean, number[] | null]>([
    ['all of them', [], false, [3, 0]],
    ['some of them', [1], false, [2, 1]],
    ['some of them while the instance is paused', [0, 2], true, [1, 2]],
    ['none of them: nothing', [0, 1, 2], false, null],
  ])('says how many targets its numbers leave out: it reads %s', async (_, unreadable, paused, expected) => {
    const fleet = await dueFleet({ accounts: 3 });
    for (const index of unreadable) fleet.unreadable.add(fleet.names[index] ?? '');
    if (paused) await fleet.app.setPause({ paused, reason: 'a test' }, operator);
    await fleet.app.sweep();
    const measured = fleet.log.flatMap((one) => (one.event === 'fleet-measured' ? [[one.targets, one.unknown]] : []));
    expect(measured).toEqual(expected === null ? [] : [expected]);
  });

  it.each<[string, readonly number[], readonly number[]]>([
    ['every target', [], []],
    ['all but one that could not be read', [1], []],
    ['all but one that could not be started', [], [2]],
    ['none of three', [0, 2], [1]],
  ])('counts every known target: it swept %s', async (_, unreadable, notStarted) => {
    const fleet = await dueFleet({ accounts: 3 });
    const namesOf = (indexes: readonly number[]) => indexes.map((index) => fleet.names[index] ?? '');
    for (const name of namesOf(unreadable)) fleet.unreadable.add(name);
    for (const name of namesOf(notStarted)) fleet.unsaveable.add(name);
    await fleet.app.sweep();
    const missing = namesOf([...unreadable, ...notStarted].sort());
    const swept = 3 - missing.length;
    expect(await fleet.fleet()).toMatchObject({
      targets: 3,
      reasons: swept === 0 ? {} : { due: swept },
      notSwept: missing,
      notSweptInAll: missing.length,
      detail: expect.stringMatching(missing.length === 0 ? /^The schedule starts what is due.$/ : /target-not-swept/),
    });
    const failed = fleet.log.flatMap((event) => (event.event === 'target-not-swept' ? [event.target] : []));
    expect(failed.sort()).toEqual(missing);
    expect(fleet.swept()).toMatchObject({ started: swept, failed: missing.length });
  });

  it('names at most fifty targets that it could not sweep, and counts them all', async () => {
    const fleet = await dueFleet({ accounts: 60 });
    for (const name of fleet.names) fleet.unreadable.add(name);
    await fleet.app.sweep();
    const { notSwept, notSweptInAll, targets } = await fleet.fleet();
    expect([notSwept.length, notSweptInAll, targets]).toEqual([50, 60, 60]);
  });

  it.each<[string, Error, string]>([
    [
      'that cannot be read',
      new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }),
      'ServerBusy',
    ],
    ['over which Keyturn stumbles', new TypeError('not a function'), 'unexpected-error'],
  ])('says which target has hardening %s, and rotates it and the others all the same', async (_, error, code) => {
    const fleet = await dueFleet({ accounts: 2 });
    const sweepHardening = async ({ name }: Target) => {
      if (name === fleet.names[0]) throw error;
      return noChanges;
    };
    const targets = fixedTargets(fleet.world.cells.map(({ target }) => target));
    await sweepFleet({ ...fleet.ports, targets }, sweepHardening);
    expect(startedOf(fleet.queue)).toEqual(fleet.names);
    expect(fleet.log).toContainEqual({ event: 'target-not-swept', target: fleet.names[0], code });
    const faults = fleet.log.filter(({ event }) => event === 'unexpected-error');
    expect(faults).toHaveLength(error instanceof FailureError ? 0 : 1);
  });

  it.each([
    ['', false],
    [' while the instance is paused', true],
  ])('tells people of changes that cannot be taken back%s, of targets without a row as well', async (_, isPaused) => {
    const fleet = await dueFleet({ accounts: 1 });
    const outbox = keptOutbox(fleet.time.clock.nowMs);
    const told: string[] = [];
    const send: Channel['send'] = async ({ kind, target, adminCall }) =>
      void told.push(...(kind === 'change-blocked' ? [`${target} ${adminCall}`] : []));
    const webhook: Channel = { name: 'webhook', kinds: notificationKinds, send };
    const notifier = { outbox, channels: [webhook], kinds: notificationKinds };
    const targets = fixedTargets([
      ...fleet.world.cells.map(({ target }) => target),
      buildTarget({ name: 'not-adopted' }),
    ]);
    const words = { reason: 'rules-not-back', detail: 'It waits.', whatToDo: 'Remove the lock.', code: 'ScopeLocked' };
    const revert = { area: 'network', since: '2026-01-05T08:00:00.000Z', ...words } as const;
    if (isPaused) await fleet.app.setPause({ paused: true, reason: null }, operator);
    const sweep = async () =>
      await sweepFleet({ ...fleet.ports, targets, notifier }, async () => {
        return { ...noChanges, blocked: { revert, nowMs: Date.parse(revert.since) + 11 * 60_000 } };
      });
    await sweep();
    await sweep();
    expect(told.toSorted()).toEqual(
      [fleet.names[0], 'not-adopted'].map((name) => `${name} GET /api/targets/${name}/network`),
    );
  });

  it("spreads many starts of one subscription over time, as fast as ARM's bucket allows", async () => {
    const fleet = await dueFleet({ accounts: 200, subscriptions: 1 });
    await fleet.app.sweep();
    const delaysMs = fleet.queue.map(({ delayMs }) => delayMs).sort((one, other) => one - other);
    expect(delaysMs.filter((delayMs) => delayMs === 0)).toHaveLength(90);
    expect(delaysMs.at(-1)).toBe(25_000);
    // None of them counts as overdue before its time has come.
    fleet.time.clock.advance(30_000);
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ woken: 0, started: 0, running: 200 });
  });

  it('shows why a target waits, and the first instant at which it will not', async () => {
    const windows = [{ days: ['sat'], from: '22:00', lengthMs: 4 * 3_600_000, timeZone: 'Europe/Berlin' }] as const;
    const blackouts = [{ from: '2026-03-01', to: '2026-03-10', timeZone: 'Europe/Berlin' }];
    const fleet = await dueFleet({ accounts: 1, policyOf: () => ({ calendar: { windows, blackouts } }) });
    const [name = ''] = fleet.names;
    const read = async () => {
      const answer = await fleet.app.readTarget(name);
      if (answer.kind !== 'found') throw new TypeError('not found');
      const { nextDueAt, schedule } = answer.target;
      return { nextDueAt, ...schedule };
    };
    await fleet.app.sweep();
    expect(await read()).toMatchObject({ answer: 'leave', reason: 'blackout', nextDueAt: '2026-03-14T21:00:00.000Z' });
    fleet.time.clock.advance(6 * dayMs);
    await fleet.app.sweep();
    expect(await read()).toMatchObject({ reason: 'outside-window', nextDueAt: '2026-03-14T21:00:00.000Z' });
    expect(fleet.queue).toEqual([]);
    fleet.time.clock.advance(Date.parse('2026-03-14T21:00:00Z') - fleet.time.clock.nowMs());
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([name]);
    // A rotation under way goes on, whatever the calendar says.
    await fleet.settle();
    expect(await read()).toMatchObject({ reason: 'not-due' });
  });

  it('rotates before a key secret expires that somebody gave an earlier end', async () => {
    const fleet = await dueFleet({ accounts: 1 });
    await fleet.app.sweep();
    await fleet.settle();
    const [cell] = fleet.world.cells;
    const held = cell?.world.vault.versionsOf(`${cell.target.prefix}-key1`).at(-1);
    if (cell === undefined || held === undefined) throw new TypeError('no secret');
    const expiresAtMs = Math.floor(fleet.time.clock.nowMs() / 1000) * 1000 + 40 * dayMs;
    cell.world.vault.put({ ...held.version, expiresAtMs }, held.value);
    fleet.time.clock.advance(2 * 3_600_000);
    await fleet.app.sweep();
    expect(await fleet.reasons()).toEqual(['not-due']);
    const [view] = await fleet.list();
    expect(Date.parse(view?.nextDueAt ?? '')).toBe(expiresAtMs - 30 * dayMs);
    fleet.time.clock.advance(10 * dayMs);
    expect(await fleet.reasons()).toEqual(['expires-soon']);
    await fleet.app.sweep();
    await fleet.settle();
    await fleet.app.sweep();
    expect(await fleet.reasons()).toEqual(['not-due']);
  });
});

describe('a target that is held back', () => {
  it('is left, and holds up nobody as a canary', async () => {
    const fleet = await dueFleet({ accounts: 2, policyOf: (index) => ({ canary: index === 0 }) });
    fleet.blocked.add(fleet.names[0] ?? '');
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([fleet.names[1]]);
    expect(await fleet.reasons()).toEqual(['blocked', 'in-flight']);
    fleet.blocked.clear();
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual(fleet.names);
  });
});

describe('a discovered target', () => {
  const wholeYear = { windows: [], blackouts: [{ from: '01-01', to: '12-30', timeZone: 'UTC' }] };
  const tagged = { canary: true, calendar: wholeYear, rotateEveryMs: 3 * 3_600_000 };

  it('that calls itself a canary and is never free holds up nobody', async () => {
    const fleet = await dueFleet({ accounts: 3, policyOf: (index) => (index === 0 ? tagged : {}) });
    const [canary = '', ...rest] = fleet.names;
    fleet.discovered.add(canary);
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual(rest);
    expect(await fleet.fleet()).toMatchObject({ pendingCanaries: [], blockers: [] });
  });

  it.each([
    ['ten minutes', 'discovered', 600_000],
    ['nobody knows how long', 'declared', null],
  ] as const)('waits for %s if the breaker is open for one that is %s', async (_, origin, forMs) => {
    const { discovered, names, lockedAccounts, blocked, app, settle, ports, time } = await dueFleet({
      ...{ accounts: 2, limits: { stopAfterFailures: 1 } },
    });
    const [broken = '', last = ''] = names;
    for (const name of origin === 'discovered' ? names : [last]) discovered.add(name);
    lockedAccounts.add(broken);
    blocked.add(last);
    await app.sweep();
    await settle();
    blocked.clear();
    // The storage service's clock shows whole seconds.
    const untilMs = forMs === null ? null : Math.floor(time.clock.nowMs() / 1000) * 1000 + forMs;
    await app.sweep();
    const reason = 'circuit-breaker-open';
    expect((await readFleetNotes(ports))?.waiting).toEqual([{ target: last, origin: 'discovered', reason, untilMs }]);
  });

  it.each([1, 5])('and %i of them that are suspended stop no declared one', async (broken) => {
    const fleet = await dueFleet({ accounts: broken + 1, limits: { stopAfterFailures: 1 } });
    const all = fleet.names.slice(0, broken);
    for (const name of all) {
      fleet.discovered.add(name);
      fleet.lockedAccounts.add(name);
    }
    const last = fleet.names.at(-1) ?? '';
    fleet.blocked.add(last);
    await fleet.app.sweep();
    await fleet.settle();
    await fleet.app.sweep();
    expect(await fleet.fleet()).toMatchObject({
      circuitBreaker: 'open-for-discovered',
      failed: broken,
      failures: all,
    });
    expect(fleet.log.filter(({ event }) => event === 'circuit-breaker-open')).toEqual([
      { event: 'circuit-breaker-open', failed: broken, openFor: 'discovered' },
    ]);
    fleet.blocked.clear();
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual([last]);
    fleet.time.clock.advance(10 * 60_000);
    await fleet.app.sweep();
    expect(await fleet.fleet()).toMatchObject({ circuitBreaker: 'closed', failures: [] });
  });
});

describe('a worker that has just begun', () => {
  it('adopts twenty targets that are asked for at once, and refuses none', async () => {
    const time = simulatedTime(Date.UTC(2026, 0, 5, 9));
    const world = fleetWorld(time, { accounts: 20, subscriptions: 1, random: () => 0.5 });
    const targets = world.cells.map(({ target }) => target);
    const begunAtMs = time.clock.nowMs();
    const ports = world.ports(false);
    const clock = { ...ports.clock, monotonicMs: () => time.clock.nowMs() - begunAtMs };
    const app = createApp({ ...ports, clock, targets: fixedTargets(targets) });
    const answers = await Promise.all(targets.map(({ name }) => app.adopt(name, { activeSlot: 'key1' }, operator)));
    expect(answers.map(({ kind }) => kind)).toEqual(Array(20).fill('adopted'));
  });

  it('refuses in its own name whoever would wait for too long', async () => {
    const time = simulatedTime(Date.UTC(2026, 0, 5, 9));
    const world = fleetWorld(time, { accounts: 126, subscriptions: 1, random: () => 0.5 });
    const targets = world.cells.map(({ target }) => target);
    const ports = world.ports(false);
    const clock = { ...ports.clock, monotonicMs: () => 0, sleep: async () => {} };
    const app = createApp({ ...ports, clock, targets: fixedTargets(targets) });
    const answers = await Promise.all(targets.map(({ name }) => app.adopt(name, { activeSlot: 'key1' }, operator)));
    const refused = answers.filter(({ kind }) => kind !== 'adopted');
    expect(refused).toMatchObject([
      { kind: 'unavailable', reason: 'own-rate-limit', detail: expect.stringMatching(/Azure has refused nothing/) },
    ]);
  });
});

describe('a look for drift', () => {
  it.each(['own-rate-limit', 'SubscriptionRequestsThrottled'])(
    'that meets %s is left to the next sweep with the others of its subscription, and no failure of its target',
    async (code) => {
      const fleet = await dueFleet({ accounts: 3, subscriptions: 2 });
      await fleet.app.sweep();
      await fleet.settle();
      fleet.time.clock.advance(2 * 3_600_000);
      const [first] = fleet.world.cells;
      let looks = 0;
      const targets = fixedTargets(fleet.world.cells.map(({ target }) => target));
      const accounts: typeof fleet.ports.accounts = (fence) => ({
        ...fleet.ports.accounts(fence),
        get: async (account) => {
          if (account.subscriptionId !== first?.target.account.subscriptionId)
            return await fleet.ports.accounts(fence).get(account);
          looks += 1;
          throw new FailureError({ kind: 'not-applied', code, retryAfterMs: 1_000 });
        },
      });
      fleet.log.length = 0;
      await sweepFleet({ ...fleet.ports, accounts, targets });
      expect(fleet.log.filter(({ event }) => event === 'target-not-swept')).toEqual([]);
      expect(fleet.swept()).toMatchObject({ failed: 0, looks: 1 });
      expect(looks).toBeLessThanOrEqual(2);
    },
  );

  it('is taken at declared targets first, and at one that has failed after the others', async () => {
    const fleet = await dueFleet({ accounts: 44 });
    const [first = '', second = '', ...rest] = fleet.names;
    for (const name of rest) fleet.discovered.add(name);
    await fleet.app.sweep();
    await fleet.settle();
    const looked: string[] = [];
    const targets = { ...fixedTargets([]), list: fleet.targets };
    const accounts: typeof fleet.ports.accounts = (fence) => ({
      ...fleet.ports.accounts(fence),
      get: async (account) => {
        looked.push(account.account);
        // Each takes so long that a sweep has time for no more than it begins at once.
        fleet.time.clock.advance(151_000);
        throw new FailureError({ kind: 'not-applied', code: 'ETIMEDOUT', retryAfterMs: null });
      },
    });
    const nameOf = new Map(fleet.world.cells.map(({ target }) => [target.account.account, target.name]));
    const failedAtMs = new Map<string, number>();
    const seen: string[][] = [];
    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      fleet.time.clock.advance(dayMs);
      await sweepFleet({ ...fleet.ports, accounts, targets }, undefined, { ...noLooks(), failedAtMs });
      seen.push(looked.splice(0).map((account) => nameOf.get(account) ?? ''));
    }
    expect(seen[0]?.slice(0, 2)).toEqual([first, second]);
    expect(seen[1]?.slice(0, 2)).toEqual([first, second]);
    const left = rest.filter((name) => !seen[0]?.includes(name));
    expect(left.length).toBeGreaterThan(0);
    expect(seen[1]?.slice(2, 2 + left.length).sort()).toEqual(left.sort());
  });

  it.each<[string, number, 'declared' | 'discovered', number]>([
    ['goes on beside starts of its subscription that leave it room', 10, 'declared', 1],
    ['goes on at a declared target beside discovered ones', 10, 'discovered', 1],
  ])('%s', async (_, starting, origin, looks) => {
    // All are adopted at one time; only the last is not due yet.
    const fleet = await dueFleet({
      accounts: starting + 1,
      policyOf: (index) => (index === starting ? { rotateEveryMs: 90 * dayMs } : {}),
    });
    if (origin === 'discovered') for (const name of fleet.names.slice(0, starting)) fleet.discovered.add(name);
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: starting, looks });
  });

  it.each([1, 2])('is taken at every target that is due, of %i subscriptions', async (subscriptions) => {
    const policyOf = () => ({ rotateEveryMs: 90 * dayMs });
    const fleet = await dueFleet({ accounts: 80, subscriptions, policyOf });
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ looks: 80 });
    expect(await fleet.fleet()).toMatchObject({ looks: { everySeconds: 3_600, setBy: 'targets', late: 80 } });
    fleet.time.clock.advance(5 * 60_000);
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ looks: 0 });
    expect(await fleet.fleet()).toMatchObject({ looks: { everySeconds: 3_600, setBy: 'targets', late: 0 } });
  });

  it("that meets a vault's throttling holds up no other of its subscription", async () => {
    const fleet = await dueFleet({ accounts: 12 });
    await fleet.app.sweep();
    await fleet.settle();
    fleet.time.clock.advance(2 * 3_600_000);
    const [first] = fleet.world.cells;
    const targets = fixedTargets(fleet.world.cells.map(({ target }) => target));
    const throttled = new FailureError({ kind: 'not-applied', code: 'Throttled', retryAfterMs: 1_000 });
    const secrets: typeof fleet.ports.secrets = (vaultUrl, fence) =>
      vaultUrl === first?.target.vaultUrl
        ? { ...fleet.ports.secrets(vaultUrl, fence), read: () => Promise.reject(throttled) }
        : fleet.ports.secrets(vaultUrl, fence);
    await sweepFleet({ ...fleet.ports, secrets, targets });
    expect(fleet.swept()).toMatchObject({ failed: 1, looks: 11 });
  });
});

describe('a declared target among discovered ones whose tags say anything', () => {
  const minuteMs = 60_000;
  const wildTags = fc.record({
    canary: fc.boolean(),
    rotateEveryMs: fc.constantFrom(2 * minuteMs, 3 * 3_600_000, 60 * dayMs),
    overlapMs: fc.constantFrom(1_000, 30 * minuteMs, 3650 * dayMs),
    calendar: fc.constantFrom(
      { windows: [], blackouts: [] },
      { windows: [], blackouts: [{ from: '01-01', to: '12-30', timeZone: 'UTC' }] },
      { windows: [{ days: ['fri'] as const, from: '03:00', lengthMs: minuteMs, timeZone: 'UTC' }], blackouts: [] },
    ),
    pointerCacheMs: fc.constant(0),
    keyCacheMs: fc.constant(0),
    longestRequestMs: fc.constant(0),
  });

  it('is started by the first sweep that finds it free, whenever that is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(wildTags, fc.boolean()), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 12 }),
        async (wild, freeAfter) => {
          const fleet = await dueFleet({
            accounts: wild.length + 1,
            limits: { maxRunning: 2, maxRunningPerSubscription: 2, stopAfterFailures: 1 },
            policyOf: (index) => wild[index]?.[0] ?? {},
          });
          const declared = fleet.names.at(-1) ?? '';
          for (const [index, [, isBroken]] of wild.entries()) {
            const name = fleet.names[index] ?? '';
            fleet.discovered.add(name);
            if (isBroken) fleet.lockedAccounts.add(name);
          }
          fleet.blocked.add(declared);
          for (let sweeps = 0; sweeps < freeAfter; sweeps += 1) {
            await fleet.app.sweep();
            await fleet.pass(5 * minuteMs);
          }
          fleet.blocked.clear();
          await fleet.app.sweep();
          expect(fleet.queue.filter(({ wakeUp }) => wakeUp.target === declared)).toMatchObject([{ delayMs: 0 }]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('an operator', () => {
  /** Two declared canaries, the first of which cannot be regenerated, and two others. */
  async function heldUp() {
    const fleet = await dueFleet({ accounts: 3, policyOf: (index) => ({ canary: index === 0 }) });
    fleet.lockedAccounts.add(fleet.names[0] ?? '');
    await fleet.app.sweep();
    await fleet.settle();
    await fleet.app.sweep();
    return fleet;
  }

  it('sees who holds whom up, until when at most, and can lift it', async () => {
    const fleet = await heldUp();
    const [canary, ...rest] = fleet.names;
    const { blockers } = await fleet.fleet();
    expect(blockers).toMatchObject([{ kind: 'canaries', holders: [canary], waitingInAll: 2 }]);
    expect(blockers[0]?.waiting.map(({ target }) => target)).toEqual(rest);
    const untilMs = Date.parse(blockers[0]?.waiting[0]?.until ?? '');
    expect(Math.round((untilMs - fleet.time.clock.nowMs()) / dayMs)).toBe(10);
    fleet.time.clock.advance(1_000);
    const reset = await fleet.app.resetFleet({ reason: 'the lock is known', what: ['canaries'] }, operator);
    expect(reset).toMatchObject({ fleet: { blockers: [], pendingCanaries: [], reset: { failures: null } } });
    expect(reset).toMatchObject({
      fleet: { reset: { canaries: { by: 'operator-1', reason: 'the lock is known' } } },
    });
    await fleet.app.sweep();
    expect(startedOf(fleet.queue)).toEqual(rest);
  });

  it('lets near-expiry events through at once with a lift', async () => {
    const fleet = await heldUp();
    const last = fleet.world.cells.at(-1);
    const held = last?.world.vault.versionsOf(`${last.target.prefix}-key1`).at(-1);
    if (last === undefined || held === undefined) throw new TypeError('no secret');
    const vault = new URL(last.target.vaultUrl).hostname.split('.')[0] ?? '';
    const event = {
      kind: 'near-expiry',
      vault,
      secret: `${last.target.prefix}-key1`,
      version: held.version.version,
    } as const;
    await fleet.app.handleSecretEvent(event);
    expect((await fleet.list()).at(-1)?.lastEvent).toMatchObject({ answer: 'left', reason: 'canaries-first' });
    fleet.time.clock.advance(1_000);
    await fleet.app.resetFleet({ reason: 'the lock is known', what: ['canaries'] }, operator);
    await fleet.app.handleSecretEvent(event);
    expect((await fleet.list()).at(-1)?.lastEvent).toMatchObject({ answer: 'started' });
  });

  it('sees which rotations fill the bounds, and can let as many start beside them', async () => {
    const fleet = await dueFleet({ accounts: 3, limits: { maxRunning: 1 } });
    await fleet.app.sweep();
    const [first] = startedOf(fleet.queue);
    await fleet.app.sweep();
    expect((await fleet.fleet()).blockers).toMatchObject([{ kind: 'running', holders: [first], waitingInAll: 2 }]);
    fleet.time.clock.advance(1_000);
    await fleet.app.resetFleet({ reason: 'a long overlap', what: ['running'] }, operator);
    expect((await fleet.fleet()).blockers).toEqual([]);
    await fleet.app.sweep();
    expect(fleet.swept()).toMatchObject({ started: 1, running: 2, held: 1 });
  });

  it('sees whom the circuit breaker stops, and by whom it was opened', async () => {
    const fleet = await dueFleet({ accounts: 3, limits: { maxRunning: 1, stopAfterFailures: 1 } });
    for (const name of fleet.names) fleet.lockedAccounts.add(name);
    await fleet.app.sweep();
    await fleet.settle();
    await fleet.app.sweep();
    const [failed, ...rest] = fleet.names;
    const { blockers, circuitBreaker } = await fleet.fleet();
    expect(circuitBreaker).toBe('open');
    expect(blockers).toMatchObject([{ kind: 'circuit-breaker', holders: [failed], waitingInAll: 2 }]);
    expect(blockers[0]?.waiting).toEqual(rest.map((target) => ({ target, until: null })));
  });
});

describe('an event about a secret', () => {
  const event = (fleet: Awaited<ReturnType<typeof dueFleet>>) => {
    const [cell] = fleet.world.cells;
    const held = cell?.world.vault.versionsOf(`${cell.target.prefix}-key1`).at(-1);
    if (cell === undefined || held === undefined) throw new TypeError('no secret');
    const vault = new URL(cell.target.vaultUrl).hostname.split('.')[0] ?? '';
    const { version } = held.version;
    return { kind: 'near-expiry', vault, secret: `${cell.target.prefix}-key1`, version } as const;
  };
  const lastEvent = async (fleet: Awaited<ReturnType<typeof dueFleet>>) => (await fleet.list())[0]?.lastEvent;

  it('starts nothing outside the windows of its target, and does so in one', async () => {
    const windows = [{ days: ['sat'], from: '22:00', lengthMs: 4 * 3_600_000, timeZone: 'Europe/Berlin' }] as const;
    const fleet = await dueFleet({ accounts: 1, policyOf: () => ({ calendar: { windows, blackouts: [] } }) });
    await fleet.app.handleSecretEvent(event(fleet));
    expect(await lastEvent(fleet)).toMatchObject({ answer: 'left', reason: 'outside-window' });
    expect(fleet.queue).toEqual([]);
    fleet.time.clock.advance(Date.parse('2026-03-07T21:00:00Z') - fleet.time.clock.nowMs());
    await fleet.app.handleSecretEvent(event(fleet));
    expect(await lastEvent(fleet)).toMatchObject({ answer: 'started', reason: null });
  });

  it('starts nothing while the fleet is as busy as it may be', async () => {
    const fleet = await dueFleet({ accounts: 2, limits: { maxRunning: 1 } });
    await fleet.app.startRotation(fleet.names[1] ?? '', { inactiveKeyUnused: true }, operator);
    await fleet.app.sweep();
    await fleet.app.handleSecretEvent(event(fleet));
    expect(await lastEvent(fleet)).toMatchObject({ answer: 'left', reason: 'fleet-busy' });
  });
});

describe('a fleet of five thousand that rests', () => {
  it('costs three reads a target and sweep, and no call to Azure', async () => {
    const reads = { load: 0, loadNotes: 0, loadAll: 0, others: 0 };
    const count = (what: keyof typeof reads) => {
      reads[what] += 1;
    };
    const adopted = await dueFleet({ accounts: 1 });
    await adopted.app.sweep();
    await adopted.settle();
    adopted.time.clock.advance(2 * 3_600_000);
    await adopted.app.sweep();
    const [one] = adopted.world.cells;
    if (one === undefined) throw new TypeError('no target');
    const row = await adopted.ports.rows.load(one.target.account);
    const notes = await adopted.ports.rows.loadNotes(one.target.account);
    const targets = Array.from({ length: 5_000 }, (_, index) => ({ ...one.target, name: `ai-${index}` }));
    const other = () => {
      count('others');
      throw new TypeError('nothing else is to be asked');
    };
    const app = createApp({
      ...adopted.ports,
      accounts: other,
      secrets: other,
      rows: {
        ...adopted.ports.rows,
        load: async () => {
          count('load');
          return row;
        },
        loadNotes: async () => {
          count('loadNotes');
          return notes;
        },
        readHistory: other,
        save: other,
        saveNotes: other,
      },
      hardening: {
        hardeningRows: {
          load: other,
          save: other,
          remove: other,
          loadAll: async () => {
            count('loadAll');
            return new Map();
          },
        },
      } as Partial<HardeningPorts> as HardeningPorts,
      targets: fixedTargets(targets),
    });
    await app.sweep();
    expect(reads).toEqual({ load: 5_000, loadNotes: 5_000, loadAll: 5_000, others: 0 });
    expect(adopted.swept()).toMatchObject({ targets: 5_000, failed: 0, started: 0, looks: 0 });
    expect(await adopted.fleet()).toMatchObject({ reasons: { 'not-due': 5_000 } });
  });
});
