import { describe, expect, it } from 'vitest';
import { remedies } from '../../../src/app/targets/remedies.ts';
import { targetView } from '../../../src/app/targets/target-views.ts';
import { type ViewParts, viewTarget } from '../../../src/app/targets/view-target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { offboardedRow } from '../../../src/rotation/adoption/offboarded.ts';
import { requestRefusals } from '../../../src/rotation/reasons.ts';
import { type FleetFacts, noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { eventOutcomes, type LastEvent } from '../../../src/rotation/schedule/last-event.ts';
import { scheduleReasons } from '../../../src/rotation/schedule/schedule-reasons.ts';
import { targetStates } from '../../../src/rotation/target-states.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { refusalSentences } from '../../../src/shared/refusals.ts';
import { driftReasons } from '../../../src/targets/drift.ts';
import type { DriftNotes } from '../../../src/targets/drift-notes.ts';
import { type EventDeliveryPath, eventDeliveryPaths } from '../../../src/targets/event-delivery-path.ts';
import { validityReasons } from '../../../src/targets/found-validity.ts';
import type { KnownTarget } from '../../../src/targets/target-source.ts';
import { changeAt } from '../../hardening/keyless/keyless-builder.ts';
import { changeIn, closed, open } from '../../hardening/network/network-builder.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import {
  buildLeak,
  buildRow,
  buildState,
  buildSuspended,
  fingerprintsBefore,
  hourMs,
  nowMs,
} from '../../rotation/row-builder.ts';
import { buildFleet } from '../../rotation/schedule/fleet-builder.ts';

const target = buildTarget();
const dayMs = 24 * hourMs;
const iso = (atMs: number) => new Date(atMs).toISOString();

interface Given {
  readonly row?: Partial<AccountRow> | null;
  readonly notes?: Partial<DriftNotes> | null;
  readonly event?: Partial<LastEvent> | null;
  /** What the journal's reads throw. */
  readonly fails?: readonly string[];
  /** A person offboarded it, once. */
  readonly wasOffboarded?: boolean;
  readonly parts?: Pick<ViewParts, 'fleet' | 'hardening'>;
  readonly fleet?: FleetFacts;
  readonly known?: Pick<KnownTarget, 'origin' | 'blocked'>;
}

async function view(
  { row = {}, notes = null, event = null, fails = [], wasOffboarded = false, parts = {}, fleet, known }: Given,
  of = target,
) {
  const world = memoryWorld(nowMs);
  const { journal, ports } = world;
  journal.restore(row === null ? null : buildRow({ lastDone: done(nowMs - dayMs), ...row }));
  if (notes !== null)
    journal.saveNotes({
      ...{ schemaVersion: 1, lookedAtMs: nowMs - hourMs, isDue: false, wakeSeq: 7, drift: [], events: 'unknown' },
      ...{ known: null, activeKey: null, expiresAtMs: null, ...notes },
    });
  if (event !== null)
    journal.saveLastEvent({
      ...{ schemaVersion: 1, kind: 'near-expiry', secret: 'ai-services-key1', version: 'v1' },
      ...{ reason: null, rotationId: 'r-9', atMs: nowMs - 2 * hourMs, ...event },
    });
  if (wasOffboarded) {
    const { key, fields } = offboardedRow('ada', nowMs - dayMs);
    journal.history.set(key, fields);
  }
  world.adversary.before = ({ operation }) => {
    if (fails.includes(operation))
      throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
  };
  const shown = await viewTarget({ ...ports, ...parts }, of, fleet, known);
  // What goes over the wire is what the API's description says, member by member.
  expect(targetView.parse(shown)).toEqual(shown);
  return shown;
}

const done = (atMs: number) => ({ rotationId: 'r1', salt: 's', fingerprints: fingerprintsBefore, atMs });
const end = (endedAtMs: number) => ({
  ...{ outcome: 'completed' as const, endedAtMs, refusal: null },
  last: buildState('confirming'),
});

describe('a target shows', () => {
  it('what its row says of it', async () => {
    const seen = { lookedAtMs: nowMs - 2 * hourMs, seenAtMs: nowMs - hourMs, failure: 'resource-lock' };
    const leaks = [
      buildLeak({ by: 'ada', reason: 'in a log', atMs: nowMs - 3 * hourMs, ...seen }),
      buildLeak({ slot: 'key2', by: 'ada', atMs: nowMs - 4 * hourMs }),
    ];
    const lastSeen = { pointer: 'key2', versions: { pointer: 'p', key1: 'a', key2: 'b', direct: null } } as const;
    const requestRefused = { action: 'rollback', reason: 'only-in', atMs: nowMs - hourMs } as const;
    const shown = await view({
      row: { lastSeen: { ...lastSeen, sinceMs: 1 }, leaks, requestRefused, lastEnd: end(nowMs - dayMs) },
    });
    expect(shown).toMatchObject({
      ...{ name: 'demo', accountId: target.account.armId, vault: target.vaultUrl, prefix: 'ai-services' },
      ...{ layout: 'pointer', activeSlot: 'key2', state: 'leaked', lastCompletedAt: iso(nowMs - dayMs) },
    });
    expect(shown.leakedKeys).toEqual([
      {
        ...{ slot: 'key1', reportedAt: iso(nowMs - 3 * hourMs), by: 'ada', reason: 'in a log' },
        ...{ seenAt: iso(nowMs - hourMs), lookedAt: iso(nowMs - 2 * hourMs), failure: 'resource-lock' },
      },
      {
        ...{ slot: 'key2', reportedAt: iso(nowMs - 4 * hourMs), by: 'ada', reason: null },
        ...{ seenAt: null, lookedAt: null, failure: null },
      },
    ]);
    expect(shown.requestRefused).toEqual({
      ...{ action: 'rollback', reason: 'only-in', at: iso(nowMs - hourMs) },
      detail: requestRefusals['only-in'],
    });
  });

  it.each<[string, Given, last: string | null]>([
    ['its adoption', { row: { adoptedAtMs: nowMs - 5 * dayMs, lastDone: null } }, iso(nowMs - 5 * dayMs)],
    ['its last rotation', {}, iso(nowMs - dayMs)],
    ['the last look', { notes: {} }, iso(nowMs - hourMs)],
    [
      'a call with the active key',
      { notes: { activeKey: { answer: 'refused', atMs: nowMs - 1_000 } } },
      iso(nowMs - 1_000),
    ],
    [
      'no call with the active key that told nothing',
      { notes: { activeKey: { answer: 'unknown', atMs: nowMs - 1_000 } } },
      iso(nowMs - hourMs),
    ],
    ['nothing, if it was never adopted', { row: { adoptedAtMs: null, lastDone: null } }, null],
  ])('when its keys were checked: by %s', async (_, given, last) => {
    expect((await view(given)).keysCheckedAt).toBe(last);
  });

  it.each<[string, Given, next: string | null]>([
    ['after its interval', {}, iso(nowMs - dayMs + target.policy.rotateEveryMs)],
    ['earlier, if a secret ends sooner', { notes: { expiresAtMs: nowMs + 40 * dayMs } }, iso(nowMs + 10 * dayMs)],
    [
      'not by an end that was seen before the last rotation',
      { row: { lastEnd: end(nowMs) }, notes: { expiresAtMs: nowMs + 40 * dayMs } },
      iso(nowMs - dayMs + target.policy.rotateEveryMs),
    ],
    ['never, if keys are off', { row: { keyless: { by: 'ada', atMs: 1 } } }, null],
    ['never, if it is not adopted', { row: { adoptedAtMs: null, lastDone: null } }, null],
  ])('when it is rotated next: %s', async (_, given, next) => {
    expect((await view(given)).nextDueAt).toBe(next);
  });

  it('when the rotation after the one in flight is due, if keys are about to be turned off', async () => {
    const row = { keyless: { by: 'ada', atMs: 1 }, rotation: buildState('probing') };
    expect((await view({ row })).nextDueAt).not.toBeNull();
  });

  it('how long its direct-value secret lives now, and why', async () => {
    const [reason] = Object.keys(validityReasons) as [keyof typeof validityReasons];
    const foundValidity = { secret: 'ai-services-key', foundDays: 10, reason };
    expect((await view({ row: { foundValidity } })).validity).toEqual({
      ...{ ...foundValidity, days: 90, rotateEveryDays: 60, detail: validityReasons[reason] },
    });
    const half = buildTarget({ policy: { maxValidityMs: 45.5 * dayMs } });
    expect((await view({ row: { foundValidity } }, half)).validity).toMatchObject({ days: 45 });
    expect((await view({})).validity).toBeNull();
  });
});

describe('what looks have found is shown', () => {
  const found = [
    { reason: 'vault-stale', sinceMs: nowMs - 2 * hourMs },
    { reason: 'account-access-denied', sinceMs: nowMs - hourMs, code: 'AuthorizationFailed', action: 'x/y' },
    { reason: 'unknown-refusal', sinceMs: nowMs - hourMs, code: 'Teapot' },
  ] as const;

  it('in words, with the code and with what the identity lacks', async () => {
    const { drift, state, detail } = await view({ notes: { drift: [...found] } });
    expect([state, detail]).toEqual(['drifted', targetStates.drifted]);
    expect(drift).toEqual([
      {
        ...{ reason: 'vault-stale', detail: driftReasons['vault-stale'], code: null },
        ...{ since: iso(nowMs - 2 * hourMs), whatToDo: remedies['vault-stale'] },
      },
      {
        ...{ reason: 'account-access-denied', code: 'AuthorizationFailed', since: iso(nowMs - hourMs) },
        detail: expect.stringContaining(`${refusalSentences['account-access-denied']} It lacks x/y.`),
        whatToDo: remedies['account-access-denied'],
      },
      {
        ...{ reason: 'unknown-refusal', code: 'Teapot', since: iso(nowMs - hourMs) },
        detail: `${refusalSentences['unknown-refusal']} Code: Teapot.`,
        whatToDo: remedies['unknown-refusal'],
      },
    ]);
  });

  const suspended = { kind: 'suspended', reason: 'pointer-moved', from: buildState('probing') } as const;

  it.each<[string, Given, string | null]>([
    ['of a rotation that waits', { row: { rotation: { ...suspended, sinceMs: nowMs } } }, remedies['pointer-moved']],
    ['of a finding', { notes: { drift: [found[0]] } }, remedies['vault-stale']],
    ['of nothing, if nothing is the matter', {}, null],
  ])("the runbook's advice is that %s", async (_, given, advice) => {
    expect((await view(given)).whatToDo).toBe(advice);
  });

  it.each<[string, Given['row'], state: string, shown: boolean]>([
    [
      'beside a rotation that was suspended before',
      { rotation: { ...suspended, sinceMs: nowMs - dayMs } },
      'suspended',
      true,
    ],
    ['but not if it was suspended since', { rotation: { ...suspended, sinceMs: nowMs } }, 'suspended', false],
    ['but not beside a rotation in flight', { rotation: buildState('probing') }, 'rotating', false],
    ['but not if a rotation has ended since', { lastEnd: end(nowMs) }, 'idle', false],
    ['also if a rotation ended in the same moment', { lastEnd: end(nowMs - hourMs) }, 'drifted', true],
  ])('%s', async (_, row, state, isShown) => {
    const shown = await view({ row: row ?? null, notes: { drift: [found[0]] } });
    expect([shown.state, shown.drift.length > 0]).toEqual([state, isShown]);
  });
});

it('the last rotation is shown with its times', async () => {
  const { lastRotation } = await view({ row: { lastEnd: end(nowMs) } });
  const { outcome, last } = end(nowMs);
  expect(lastRotation).toEqual({ id: last.rotationId, outcome, startedAt: iso(last.startedAtMs), endedAt: iso(nowMs) });
});

describe('by which path events come is shown', () => {
  const before = nowMs - 2 * hourMs;
  const after = nowMs - 1_000;
  it.each<[string, Given, EventDeliveryPath]>([
    ['not if nobody has looked', {}, 'unknown'],
    ['not if the look could not tell', { notes: { events: 'unknown' } }, 'unknown'],
    ['as the look found it', { notes: { events: 'queue' } }, 'queue'],
    ['as an event came, if nobody has looked', { event: { deliveryPath: 'push' } }, 'push'],
    [
      'as an event came, if the look could not tell',
      { notes: {}, event: { deliveryPath: 'push', atMs: before } },
      'push',
    ],
    [
      'as the look found it, which came later',
      { notes: { events: 'none' }, event: { deliveryPath: 'push', atMs: before } },
      'none',
    ],
    ['as an event came since', { notes: { events: 'none' }, event: { deliveryPath: 'push', atMs: after } }, 'push'],
    [
      'as the look found it, though one came by another',
      { notes: { events: 'queue' }, event: { deliveryPath: 'push', atMs: after } },
      'queue',
    ],
    ['as the look found it, if an event does not say', { notes: { events: 'none' }, event: { atMs: after } }, 'none'],
  ])('%s', async (_, given, deliveryPath) => {
    expect(await view(given)).toMatchObject({ events: deliveryPath, eventsDetail: eventDeliveryPaths[deliveryPath] });
  });

  it('with the last event, and what became of it', async () => {
    expect((await view({ event: {} })).lastEvent).toEqual({
      ...{ kind: 'near-expiry', secret: 'ai-services-key1', version: 'v1', at: iso(nowMs - 2 * hourMs) },
      ...{ answer: 'started', reason: null, detail: null, rotationId: 'r-9' },
    });
    expect((await view({ event: { reason: 'paused', rotationId: null } })).lastEvent).toMatchObject({
      ...{ answer: 'left', reason: 'paused', detail: eventOutcomes.paused, rotationId: null },
    });
    expect((await view({})).lastEvent).toBeNull();
  });
});

describe('what a sweep would make of it now', () => {
  const due: Partial<AccountRow> = { lastDone: done(nowMs - 100 * dayMs) };
  const limits = { ...noFleetLimits, maxRunning: 1 };
  const busy = buildFleet({ running: 1 }, limits);
  const onlyDiscovered = { ...busy, heldUpBy: { ...busy.heldUpBy, declared: buildFleet().heldUpBy.declared } };
  const discovered = { origin: 'discovered', blocked: null } as const;
  const answer = (kind: 'start' | 'leave' | 'wake', reason: keyof typeof scheduleReasons) => {
    return { answer: kind, reason, detail: scheduleReasons[reason] };
  };

  it.each<[string, Given, object]>([
    ['starts what is due', { row: due }, answer('start', 'due')],
    [
      'leaves what its tag holds back',
      { row: due, known: { ...discovered, blocked: 'paused-by-tag' } },
      answer('leave', 'blocked'),
    ],
    ['leaves what the fleet has no room for', { row: due, fleet: busy }, answer('leave', 'fleet-busy')],
    [
      'starts a declared one beside those that only hold up discovered ones',
      { row: due, fleet: onlyDiscovered },
      answer('start', 'due'),
    ],
    [
      'leaves a discovered one that they hold up',
      { row: due, fleet: onlyDiscovered, known: discovered },
      answer('leave', 'fleet-busy'),
    ],
    [
      'starts what expires',
      { row: { lastDone: done(nowMs - dayMs) }, notes: { expiresAtMs: nowMs + 20 * dayMs } },
      answer('start', 'expires-soon'),
    ],
    [
      'wakes what nobody has saved for long',
      { row: { rotation: buildState('probing'), wakeAtMs: nowMs - dayMs } },
      answer('wake', 'overdue'),
    ],
    [
      'leaves that to the worker that has just saved it',
      {
        row: {
          ...{ rotation: buildState('probing'), wakeAtMs: nowMs - dayMs },
          lease: { kind: 'held', token: 'theirs', saveSeq: 1 },
        },
      },
      answer('leave', 'in-flight'),
    ],
  ])('%s', async (_, given, schedule) => {
    expect((await view(given)).schedule).toEqual(schedule);
  });

  it('begins later by its own place in the time over which starts are spread', async () => {
    const jittered = { fleet: { ...noFleetLimits, startJitterMs: 5 * dayMs } };
    const at = async (given: Given) => Date.parse((await view(given)).nextDueAt ?? '');
    const laterMs = (await at({ parts: jittered })) - (await at({}));
    expect(laterMs).toBeGreaterThan(0);
    expect(laterMs).toBeLessThanOrEqual(5 * dayMs);
  });
});

describe('beside a finding', () => {
  const drift = [{ reason: 'vault-stale', sinceMs: nowMs - hourMs }] as const;
  it.each<[string, Partial<AccountRow>, state: string]>([
    ['at rest', {}, 'drifted'],
    ['before its first rotation', { lastDone: null, firstRotationConfirmedBy: null }, 'drifted'],
    ['without keys', { keyless: { by: 'ada', atMs: 1 } }, 'drifted'],
    ['after another write', { settleUntilMs: nowMs + hourMs, adoptedAtMs: null, lastDone: null }, 'settling'],
  ])('a target %s is %s', async (_, row, state) => {
    expect((await view({ row, notes: { drift: [...drift] } })).state).toBe(state);
  });
});

describe('a rotation in flight is shown', () => {
  it('with when it wakes, and the risks of what is asked of it', async () => {
    const rotation = buildState('overlapping');
    const shown = await view({ row: { rotation, wakeAtMs: nowMs + 60_000 } });
    expect(shown.rotation).toMatchObject({ target: 'demo', state: 'overlapping', wakesAt: iso(nowMs + 60_000) });
    expect((await view({})).rotation).toBeNull();
  });
});

describe('the way to no keys', () => {
  const hardeningRows = () => {
    const { rows, ports } = memoryHardening(() => nowMs);
    const state = changeAt({ kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 });
    rows.set(`${target.account.armId.toLowerCase()} keyless`, { fields: { state }, etag: 'e', savedAtMs: nowMs });
    return ports;
  };
  const keyless = { keyless: { by: 'ada', atMs: 1 } };

  it('is shown with how far it has come', async () => {
    const { hardeningStages, detail } = await view({
      row: keyless,
      parts: { hardening: { hardeningRows: hardeningRows() } },
    });
    expect(hardeningStages).not.toBeNull();
    expect(detail).not.toBe((await view({ row: keyless })).detail);
  });

  it('is left out if nobody can tell', async () => {
    const broken = {
      ...hardeningRows(),
      loadAll: () => Promise.reject(new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null })),
    };
    const shown = await view({ row: keyless, parts: { hardening: { hardeningRows: broken } } });
    expect([shown.hardeningStages, shown.state, shown.detail]).toEqual([
      null,
      'keyless',
      (await view({ row: keyless })).detail,
    ]);
    expect((await view({})).hardeningStages).toBeNull();
  });
});

describe('a change that leads back, and that Azure refuses', () => {
  const revertOf = async (area: 'network' | 'keyless', state: object) => {
    const { rows, ports } = memoryHardening(() => nowMs);
    rows.set(`${target.account.armId.toLowerCase()} ${area}`, { fields: { state }, etag: 'e', savedAtMs: nowMs });
    const { blockedRevert, needsPerson } = await view({ parts: { hardening: { hardeningRows: ports } } });
    return [blockedRevert && `${blockedRevert.area} ${blockedRevert.reason} ${blockedRevert.code}`, needsPerson];
  };
  const restoring = (forMs: number, code: string | null) =>
    changeIn(
      { kind: 'restoring', from: open, to: closed, sinceMs: nowMs - forMs, reason: 'shut-out', code: null },
      { waitingFor: { reason: 'rules-not-back', code } },
    );
  const reverting = (forMs: number, code: string | null) =>
    changeAt(
      { kind: 'reverting', reason: 'token-not-accepted', code: null },
      { stepSinceMs: nowMs - forMs, waiting: 'retry-later', code },
    );
  const longMs = 10 * 60_000 + 1;
  const none = [null, false];

  it.each<[string, 'network' | 'keyless', object, readonly unknown[]]>([
    ['of network', 'network', restoring(longMs, 'ScopeLocked'), ['network rules-not-back ScopeLocked', true]],
    ['of network, not yet for long', 'network', restoring(longMs - 1, 'ScopeLocked'), none],
    ['of network that goes on', 'network', restoring(longMs, null), none],
    ['of keys', 'keyless', reverting(longMs, 'ScopeLocked'), ['keyless retry-later ScopeLocked', true]],
    ['of keys, not yet for long', 'keyless', reverting(longMs - 1, 'ScopeLocked'), none],
    ['of keys that goes on', 'keyless', reverting(longMs, null), none],
    ['of nothing', 'network', changeIn({ kind: 'working', first: null, proved: false }), none],
  ])('needs a person: %s', async (_, area, state, expected) => {
    expect(await revertOf(area, state)).toEqual(expected);
  });
});

describe('a target is shown', () => {
  it('as offboarded if a person offboarded it, and as what it is once it is in care again', async () => {
    expect(await view({ row: null, wasOffboarded: true })).toMatchObject({
      ...{ state: 'offboarded', detail: targetStates.offboarded },
      schedule: { answer: 'leave', reason: 'offboarded', detail: scheduleReasons.offboarded },
    });
    expect(await view({ wasOffboarded: true })).toMatchObject({ state: 'idle', schedule: { reason: 'not-due' } });
    const fails = ['read-history'];
    expect(await view({ row: null, wasOffboarded: true, fails })).toMatchObject({ state: 'not-adopted' });
  });

  it.each<[string, Given, state: string, schedule: keyof typeof scheduleReasons | null]>([
    ['as unreachable if its row cannot be read', { fails: ['load'] }, 'unreachable', null],
    ['as of a newer release', { row: { schemaVersion: 99 as never } }, 'newer-schema', 'newer-schema'],
    ['as not adopted if it has no row', { row: null }, 'not-adopted', 'not-adopted'],
    [
      'all the same if what was noted cannot be read',
      { notes: { events: 'queue' }, event: {}, fails: ['load-notes', 'load-last-event'] },
      'idle',
      'not-due',
    ],
  ])('%s', async (_, given, state, reason) => {
    const shown = await view(given);
    expect([shown.state, shown.schedule]).toEqual([
      state,
      reason && { answer: 'leave', reason, detail: scheduleReasons[reason] },
    ]);
    expect(shown.detail).toBe(targetStates[state as keyof typeof targetStates]);
    expect([shown.events, shown.lastEvent]).toEqual(['unknown', null]);
  });
});

describe('whether a person is needed shows a target that is', () => {
  const suspended = buildSuspended();
  it.each<[state: keyof typeof targetStates, Given, isNeeded: boolean]>([
    ['not-adopted', { row: null }, true],
    ['adopted-elsewhere', { row: { prefix: 'another' } }, true],
    ['awaiting-first-rotation', { row: { lastDone: null, firstRotationConfirmedBy: null } }, true],
    ['leaked', { row: { leaks: [buildLeak()] } }, true],
    ['suspended', { row: { rotation: suspended } }, true],
    ['drifted', { notes: { drift: [{ reason: 'vault-stale', sinceMs: nowMs - hourMs }] } }, true],
    ['newer-schema', { row: { schemaVersion: 99 as never } }, true],
    ['offboarded', { row: null, wasOffboarded: true }, false],
    ['keyless', { row: { keyless: { by: 'ada', atMs: 1 } } }, false],
    ['settling', { row: { settleUntilMs: nowMs + hourMs, adoptedAtMs: null, lastDone: null } }, false],
    ['rotating', { row: { rotation: buildState('probing') } }, false],
    ['idle', {}, false],
    ['unreachable', { fails: ['load'] }, false],
  ])('%s', async (state, given, isNeeded) => {
    expect(await view(given)).toMatchObject({ state, needsPerson: isNeeded });
  });
});
