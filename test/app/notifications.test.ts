import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { saveNotifications } from '../../src/app/rotations/save-notifications.ts';
import {
  blockedNotification,
  driftNotification,
  driftReminder,
  isOverdueOrStopped,
  leakedNotifications,
  overdueAtMs,
  overdueNotification,
  standingNotifications,
} from '../../src/app/sweep/sweep-notifications.ts';
import { remedies } from '../../src/app/targets/remedies.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import { suspendReasons, waitReasons } from '../../src/rotation/reasons.ts';
import type { LeakedKey, RotationEnd } from '../../src/rotation/state.ts';
import { targetStates } from '../../src/rotation/target-states.ts';
import { refusalSentences } from '../../src/shared/refusals.ts';
import { driftReasons } from '../../src/targets/drift.ts';
import type { NotedReason } from '../../src/targets/drift-notes.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, hourMs, newFingerprint, nowMs } from '../rotation/row-builder.ts';

const dayMs = 24 * hourMs;
const target = buildTarget();
const { rotateEveryMs, overlapMs } = target.policy;
const hash = createHash('sha256').update(target.account.armId.toLowerCase()).digest('hex').slice(0, 16);
const iso = (atMs: number) => new Date(atMs).toISOString();

/** What every notification says. */
const about = {
  at: iso(nowMs),
  instance: 'here',
  target: 'demo',
  account: target.account.armId,
  vault: target.vaultUrl,
};
const leakOf = (slot: 'key1' | 'key2', change: Partial<LeakedKey> = {}) =>
  buildLeak({ slot, rotationId: `of-${slot}`, atMs: nowMs - dayMs, ...change });
const keyless = { by: 'operator-1', atMs: nowMs - hourMs };

describe('a target is overdue', () => {
  const facts = (row: Partial<AccountRow>) => ({ row: buildRow(row), nowMs, expiresAtMs: null });
  it.each<[string, Partial<AccountRow>, number | null]>([
    ['two overlaps and a day after it was due', { adoptedAtMs: nowMs - rotateEveryMs }, nowMs + 2 * overlapMs + dayMs],
    [
      'half an hour after its rotation was to go on, though nothing else was due',
      {
        ...{ adoptedAtMs: nowMs, rotation: buildState('probing'), wakeAtMs: nowMs },
      },
      nowMs + hourMs / 2,
    ],
    [
      'as long after it was due if its rotation goes on',
      {
        ...{ adoptedAtMs: nowMs - rotateEveryMs, rotation: buildState('overlapping'), wakeAtMs: nowMs + 9 * dayMs },
      },
      nowMs + 2 * overlapMs + dayMs,
    ],
    ['never while it is not adopted', { adoptedAtMs: null }, null],
    ['never while keys are off', { adoptedAtMs: nowMs - 900 * dayMs, keyless }, null],
  ])('%s', (_, row, atMs) => {
    expect(overdueAtMs(facts(row), target)).toBe(atMs);
  });

  it('later by as long as the target holds the old key for who still reads it', () => {
    const holding = buildTarget({ policy: { stragglers: { holdMs: 7 * dayMs, after: 'continue' } } });
    const dueNow = facts({ adoptedAtMs: nowMs - rotateEveryMs });
    expect(overdueAtMs(dueNow, holding)).toBe(nowMs + 2 * overlapMs + 8 * dayMs);
  });

  const dueAtMs = nowMs - 2 * overlapMs - dayMs;
  const overdue = { adoptedAtMs: dueAtMs - rotateEveryMs };
  it('and told so from that instant on', () => {
    expect(overdueNotification({ ...facts(overdue), nowMs: nowMs - 1 }, target, 'here')).toBeNull();
    expect(overdueNotification(facts(overdue), target, 'here')).toEqual({
      ...about,
      id: `${hash}-overdue-${nowMs}`,
      kind: 'overdue',
      slot: null,
      rotationId: null,
      reason: 'idle',
      detail: `A rotation was due on ${iso(dueAtMs)} and none is completed. ${targetStates.idle}`,
      whatToDo: expect.stringContaining('Look up the state of the target in the runbook'),
      adminCall: 'GET /api/targets/demo',
    });
  });

  it.each<[string, Partial<AccountRow['rotation'] & object>, object]>([
    [
      'and why its rotation makes no progress',
      { waiting: 'quota-used-up' },
      {
        reason: 'quota-used-up',
        detail: `The rotation in flight makes no progress. ${waitReasons['quota-used-up']}`,
      },
    ],
    [
      'and that its rotation makes no progress if nobody knows why',
      { waiting: null },
      { reason: 'rotating', detail: `The rotation in flight makes no progress. ${targetStates.rotating}` },
    ],
  ])('%s', (_, change, said) => {
    const row = { adoptedAtMs: nowMs, rotation: buildState('probing', change as object), wakeAtMs: nowMs - hourMs / 2 };
    expect(overdueNotification(facts(row), target, 'here')).toMatchObject({
      ...{ id: `${hash}-overdue-${nowMs}`, rotationId: 'r1', ...said },
    });
  });

  it('and told of a suspended one with the state of the target, and no rotation', () => {
    const rotation = { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: buildState('probing') } as const;
    expect(overdueNotification(facts({ ...overdue, rotation }), target, 'here')).toMatchObject({
      rotationId: null,
      reason: 'suspended',
      detail: expect.stringMatching(/^A rotation was due on .* and none is completed\. /),
    });
  });
});

describe('a leaked key that may still be valid is told again', () => {
  const told = (agoMs: number, change: Partial<AccountRow> = {}) =>
    leakedNotifications(
      { row: buildRow({ leaks: [leakOf('key1', { atMs: nowMs - agoMs })], ...change }), nowMs },
      target,
      'here',
    );

  it('an hour after its report, then once a day', () => {
    expect(told(hourMs - 1)).toEqual([]);
    const numbers = [hourMs, hourMs + dayMs - 1, hourMs + dayMs, hourMs + 2 * dayMs];
    expect(numbers.map((agoMs) => told(agoMs).map(({ id }) => id))).toEqual([
      ['of-key1-leaked-key-valid-0'],
      ['of-key1-leaked-key-valid-0'],
      ['of-key1-leaked-key-valid-1'],
      ['of-key1-leaked-key-valid-2'],
    ]);
  });

  it('with the rotation that replaces it', () => {
    expect(told(hourMs, { rotation: buildState('probing') })).toEqual([
      {
        ...about,
        id: 'of-key1-leaked-key-valid-0',
        kind: 'leaked-key-valid',
        slot: 'key1',
        rotationId: 'r1',
        reason: 'leaked',
        detail: expect.stringMatching(/key1 .*may still be valid/),
        whatToDo: expect.stringContaining('Look up `leaked` in the runbook'),
        adminCall: 'GET /api/targets/demo',
      },
    ]);
  });

  it('if keys are off, with nothing to do; and so is each of two', () => {
    const leaks = [leakOf('key1'), leakOf('key2')];
    const notifications = leakedNotifications({ row: buildRow({ leaks, keyless }), nowMs }, target, 'here');
    expect(notifications.map(({ slot, rotationId, whatToDo }) => [slot, rotationId, whatToDo])).toEqual([
      ['key1', null, expect.stringMatching(/^Nothing while keys stay off/)],
      ['key2', null, expect.stringMatching(/^Nothing while keys stay off/)],
    ]);
  });
});

describe('what a look has found is told', () => {
  it('with the way to put it right', () => {
    expect(driftNotification('vault-stale', null, target, 'here', nowMs)).toEqual({
      ...about,
      id: `${hash}-drift-vault-stale-${nowMs}`,
      kind: 'drift',
      slot: null,
      rotationId: null,
      reason: 'vault-stale',
      detail: driftReasons['vault-stale'],
      whatToDo: remedies['vault-stale'],
      adminCall: 'POST /api/targets/demo/repair',
    });
  });

  it.each<[NotedReason, adminCall: string]>([
    ['active-key-refused', 'GET /api/targets/demo/diagnosis'],
    ['account-access-denied', 'GET /api/targets/demo/diagnosis'],
    ['vault-stale', 'POST /api/targets/demo/repair'],
    ['pointer-missing', 'POST /api/targets/demo/repair'],
    // Repair leaves it to a person.
    ['pointer-disabled', 'GET /api/targets/demo'],
    ['journal-lost', 'POST /api/targets/demo/adopt'],
    ['account-recreated', 'POST /api/targets/demo/adopt'],
    ['resource-lock', 'GET /api/targets/demo'],
  ])('%s with the call %s', (reason, adminCall) => {
    expect(driftNotification(reason, null, target, 'here', nowMs).adminCall).toBe(adminCall);
  });

  it('with the code of what Azure refuses for good', () => {
    const { detail, whatToDo } = driftNotification('unknown-refusal', 'Teapot', target, 'here', nowMs);
    expect({ detail, whatToDo }).toEqual({
      detail: `${refusalSentences['unknown-refusal']} Code: Teapot.`,
      whatToDo: remedies['unknown-refusal'],
    });
  });
});

describe('of a save is told', () => {
  const last = buildState('overlapping', { newFingerprint });
  const end = (outcome: RotationEnd['outcome']): RotationEnd => ({ outcome, endedAtMs: nowMs, refusal: null, last });
  const told = (before: Partial<AccountRow> | null, after: Partial<AccountRow>) =>
    saveNotifications(before === null ? null : buildRow(before), buildRow(after), target, 'here', nowMs);
  const of = { ...about, slot: 'key2', rotationId: 'r1' };

  it('nothing if nothing has changed that people are notified', () => {
    const rotation = { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: last } as const;
    const row = { leaks: [leakOf('key1')], lastEnd: end('completed'), rotation };
    expect(told(row, { ...row, wakeSeq: 8 })).toEqual([]);
    expect(told({ rotation: last }, { rotation: last })).toEqual([]);
  });

  it.each<[RotationEnd['outcome'], object]>([
    [
      'completed',
      {
        ...{ id: 'r1-completed', kind: 'completed', whatToDo: 'Nothing.' },
        detail: expect.stringContaining('Both keys are new'),
        adminCall: 'GET /api/targets/demo/rotations/r1/audit-trail',
      },
    ],
    [
      'rolled-back',
      {
        ...{ id: 'r1-rolled-back', kind: 'failed', adminCall: 'POST /api/targets/demo/rotations' },
        detail: expect.stringContaining('back to the old key'),
        whatToDo: expect.stringContaining('what the new key broke'),
      },
    ],
    [
      'cancelled',
      {
        ...{ id: 'r1-cancelled', kind: 'failed', adminCall: 'POST /api/targets/demo/rotations' },
        detail: expect.stringContaining('cancelled the rotation'),
        whatToDo: expect.stringMatching(/^Start the next rotation/),
      },
    ],
    [
      'replaced',
      {
        ...{ id: 'r1-replaced', kind: 'failed', adminCall: 'GET /api/targets/demo/rotations' },
        detail: expect.stringContaining('rotation of a leaked key'),
        whatToDo: expect.stringMatching(/^Follow the rotation/),
      },
    ],
  ])('a rotation that ended %s', (outcome, said) => {
    const notifications = told({ rotation: last }, { lastEnd: end(outcome) });
    expect(notifications.filter(({ kind }) => kind !== 'key-switched')).toEqual([{ ...of, reason: outcome, ...said }]);
  });

  it('an end after the end of another rotation', () => {
    const former = { ...end('completed'), last: { ...last, rotationId: 'r0' } };
    expect(told({ lastEnd: former }, { lastEnd: end('completed') }).map(({ id }) => id)).toEqual(['r1-completed']);
  });

  it.each<[string, RotationEnd['outcome'], LeakedKey, object]>([
    [
      'that leaves a leaked key valid',
      'rolled-back',
      leakOf('key1'),
      {
        detail: expect.stringContaining('key1 stays valid'),
        whatToDo: expect.stringMatching(/^Report key1 as leaked again/),
        adminCall: 'POST /api/targets/demo/leak {"slot":"key1"}',
      },
    ],
    [
      'that leaves a leaked key valid, as it was never replaced',
      'cancelled',
      leakOf('key2'),
      { adminCall: 'POST /api/targets/demo/leak {"slot":"key2"}' },
    ],
    [
      'whose leaked key a look no longer shows',
      'cancelled',
      leakOf('key1', { goneSinceMs: nowMs }),
      { adminCall: 'POST /api/targets/demo/rotations' },
    ],
    [
      'that was completed, whatever has leaked',
      'completed',
      leakOf('key1'),
      { adminCall: 'GET /api/targets/demo/rotations/r1/audit-trail' },
    ],
  ])('an end %s', (_, outcome, leak, said) => {
    const leaks = [leak];
    const notifications = told({ leaks, rotation: last }, { leaks, lastEnd: end(outcome) });
    expect(notifications.filter(({ kind }) => kind !== 'key-switched')).toMatchObject([said]);
  });

  it('a rotation that waits for a person, with the code of what Azure refused and the call that resumes it', () => {
    const from = { ...last, lastFailure: { code: 'Teapot', action: null } as never };
    const rotation = { kind: 'suspended', reason: 'unknown-refusal', sinceMs: nowMs + 0.5, from } as const;
    const notification = told({ rotation: last }, { rotation })[0];
    expect(notification).toEqual({
      ...of,
      id: `r1-suspended-${nowMs}-5`,
      kind: 'suspended',
      reason: 'unknown-refusal',
      detail: `${refusalSentences['unknown-refusal']} Code: Teapot.`,
      whatToDo: remedies['unknown-refusal'],
      adminCall: 'POST /api/targets/demo/rotations/r1/resume',
    });
  });

  it.each<[string, object]>([
    ['by another suspension', { sinceMs: nowMs - 1 }],
    ['by that of another rotation', { from: { ...last, rotationId: 'r0' } }],
  ])('a suspension that was told before only as the same: not %s', (_, change) => {
    const rotation = { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: last } as const;
    expect(told({ rotation: { ...rotation, ...change } }, { rotation })).toMatchObject([
      { kind: 'suspended', detail: suspendReasons['vault-stale'] },
    ]);
  });

  it.each<[string, Partial<AccountRow>, object]>([
    [
      'the rotation that replaces it',
      {},
      {
        rotationId: 'of-key1',
        detail: expect.stringContaining('reported this key as leaked'),
        whatToDo: expect.stringMatching(/^Follow the rotation/),
      },
    ],
    [
      'none while keys are off',
      { keyless },
      {
        rotationId: null,
        detail: expect.stringContaining('Keys are turned off'),
        whatToDo: expect.stringMatching(/^Nothing while keys stay off/),
      },
    ],
  ])('a key that was reported as leaked, with %s', (_, row, said) => {
    expect(told({}, { leaks: [leakOf('key1')], ...row })).toEqual([
      {
        ...{
          ...about,
          id: 'of-key1-key-leaked',
          kind: 'key-leaked',
          slot: 'key1',
          reason: 'key-leaked',
        },
        ...{ adminCall: 'GET /api/targets/demo', ...said },
      },
    ]);
  });

  it('a leaked key that is gone, and not one that was reported again', () => {
    expect(told({ leaks: [leakOf('key1'), leakOf('key2')] }, { leaks: [leakOf('key2')] })).toEqual([
      {
        ...{ ...about, id: 'of-key1-leaked-key-gone', kind: 'leaked-key-gone', slot: 'key1', rotationId: 'of-key1' },
        reason: 'leaked-key-gone',
        detail: expect.stringContaining('in neither slot'),
        whatToDo: expect.stringMatching(/^Nothing/),
        adminCall: 'GET /api/targets/demo',
      },
    ]);
    const again = leakOf('key1', { rotationId: 'again', atMs: nowMs });
    expect(told({ leaks: [leakOf('key1')] }, { leaks: [again] }).map(({ id }) => id)).toEqual(['again-key-leaked']);
  });

  const names = { pointer: 'ai-services-active-key', key1: 'ai-services-key1', key2: 'ai-services-key2' };
  const switchOf = (change: Partial<typeof last> = {}) => ({ ...last, switchedAtVaultMs: nowMs, ...change });
  it('a switch, with the versions that consumers are given', () => {
    expect(told({ rotation: buildState('switching') }, { rotation: switchOf() })).toEqual([
      {
        ...{ ...of, id: `r1-switched-${nowMs}`, kind: 'key-switched', reason: 'switched' },
        detail: expect.stringContaining('the new key'),
        whatToDo: expect.stringMatching(/^Read the pointer/),
        adminCall: 'GET /api/targets/demo/rotations/r1',
        secrets: {
          pointer: { name: names.pointer, version: 'p2' },
          key: { name: names.key2, version: 'v3' },
          direct: null,
        },
      },
    ]);
  });

  it('a switch with the direct-value secret, if the target has one', () => {
    const rotation = switchOf({ followed: { pointer: 'p2', key: 'v3', direct: 'd2' } });
    const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'a-key' } });
    expect(saveNotifications(null, buildRow({ rotation }), direct, 'here', nowMs)).toMatchObject([
      { secrets: { direct: { name: 'a-key', version: 'd2' } } },
    ]);
  });

  const copying = buildState('updating-copies', { switchedAtVaultMs: nowMs });
  const rolledBack = { lastEnd: end('rolled-back') };
  const seen = {
    pointer: 'key1' as const,
    versions: { pointer: 'p3', key1: 'v1', key2: 'v3', direct: null },
    sinceMs: 1,
  };
  it.each<[string, before: Partial<AccountRow>, after: Partial<AccountRow>, switches: readonly object[]]>([
    ['another overlap at other versions', { rotation: last }, { rotation: switchOf() }, [{ reason: 'switched' }]],
    ['the overlap of another rotation', { rotation: switchOf({ rotationId: 'r0' }) }, { rotation: switchOf() }, [{}]],
    ['an overlap that goes on', { rotation: switchOf() }, { rotation: { ...switchOf(), held: null } }, []],
    [
      'an overlap that goes on after a suspension',
      { rotation: { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: switchOf() } },
      { rotation: switchOf() },
      [],
    ],
    ['a switch before copies follow', {}, { rotation: copying }, [{ reason: 'switched' }]],
    ['nothing once they have followed', { rotation: copying }, { rotation: switchOf() }, []],
    ['what comes after the overlap', { rotation: switchOf() }, { rotation: buildState('retiring') }, []],
    [
      'a rollback, with the versions that are given again',
      { rotation: buildState('rolling-back') },
      { ...rolledBack, lastSeen: seen },
      [
        {
          ...{ id: `r1-rolled-back-${nowMs}`, slot: 'key1', reason: 'rolled-back' },
          secrets: {
            pointer: { name: names.pointer, version: 'p3' },
            key: { name: names.key1, version: 'v1' },
            direct: null,
          },
        },
      ],
    ],
    [
      'a rollback after which something is missing in the vault',
      { rotation: buildState('rolling-back') },
      { ...rolledBack, lastSeen: null },
      [{ secrets: { pointer: { name: names.pointer, version: null }, key: { name: names.key1, version: null } } }],
    ],
    ['a rollback once', { ...rolledBack, lastSeen: seen }, { ...rolledBack, lastSeen: seen }, []],
    ['no rotation that was completed', { rotation: buildState('confirming') }, { lastEnd: end('completed') }, []],
  ])('another key for consumers by %s', (_, before, after, switches) => {
    expect(told(before, after).filter(({ kind }) => kind === 'key-switched')).toMatchObject(switches);
  });
});

describe('a change that cannot be taken back is told', () => {
  const blocked = (days: number, code: string | null = 'ScopeLocked') => {
    const since = new Date(nowMs - days * dayMs).toISOString();
    const revert = { area: 'keyless', reason: 'retry-later', detail: 'D.', whatToDo: 'W.', code, since } as const;
    return blockedNotification({ target, revert, nowMs }, 'here');
  };

  it.each([
    ['at once', 0.01, /-change-blocked-\d+$/],
    ['again the next day', 1, /-change-blocked-\d+-1$/],
    ['with the number of days', 2.5, /-change-blocked-\d+-2$/],
  ])('%s', (_, days, id) => {
    expect(blocked(days).id).toMatch(id);
  });

  it('with what that means for those who call the account, and the code', () => {
    expect(blocked(1)).toMatchObject({
      kind: 'change-blocked',
      reason: 'retry-later',
      detail:
        'Azure keeps its keys from being turned on again; who calls it with a key is refused. D. Code: ScopeLocked.',
      adminCall: `GET /api/targets/${target.name}/keyless`,
    });
    expect(blocked(1, null).detail).toMatch(/ D\.$/);
  });
});

describe('what waits for a person is told again each day, one message a target', () => {
  const suspended = (days: number) => {
    const from = buildState('probing');
    return { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs - days * dayMs, from } as const;
  };
  const late = { adoptedAtMs: nowMs - rotateEveryMs - 2 * overlapMs - 3 * dayMs };
  const lasting = { adoptedAtMs: nowMs - dayMs };
  const told = (row: Partial<AccountRow>, atMs = nowMs) =>
    standingNotifications({ row: buildRow(row), nowMs: atMs, expiresAtMs: null }, target, 'here');

  it.each<[string, Partial<AccountRow>, ids: readonly (string | RegExp)[]]>([
    ['not if nothing waits', lasting, []],
    ['not on the day of the suspension, which its save has told', { ...lasting, rotation: suspended(0.99) }, []],
    [
      'a suspended rotation from the next day on',
      { ...lasting, rotation: suspended(1) },
      [`r1-suspended-${nowMs - dayMs}-1`],
    ],
    ['with the number of days', { ...lasting, rotation: suspended(7.5) }, [`r1-suspended-${nowMs - 7.5 * dayMs}-7`]],
    ['an overdue one', late, [/-overdue-\d+-2$/]],
    ['an overdue one that is suspended as well: once', { ...late, rotation: suspended(5) }, [/-overdue-\d+-2$/]],
    [
      'a leaked key before both',
      { ...late, rotation: suspended(5), leaks: [leakOf('key1', { atMs: nowMs - 25 * hourMs })] },
      ['of-key1-leaked-key-valid-1'],
    ],
  ])('%s', (_, row, ids) => {
    const found = told(row).map(({ id }) => id);
    expect(found).toEqual(ids.map((id) => (typeof id === 'string' ? id : expect.stringMatching(id))));
  });

  it('with one id for a whole day, so that it is sent once', () => {
    const row = { ...lasting, rotation: suspended(1) };
    const ids = (hours: number) => told(row, nowMs + hours * hourMs).map(({ id }) => id);
    expect(ids(23)).toEqual(ids(0));
    expect(ids(24)).not.toEqual(ids(0));
  });

  it('in the words of the first message', () => {
    const [again] = told({ ...lasting, rotation: suspended(1) });
    expect(again).toMatchObject({ kind: 'suspended', reason: 'pointer-moved', whatToDo: remedies['pointer-moved'] });
  });

  const found = (days: number, reason: NotedReason = 'secret-missing') => ({ reason, sinceMs: nowMs - days * dayMs });
  it.each<[string, Parameters<typeof driftReminder>[0], id: string | null]>([
    ['not drift of the same day', [found(0.9)], null],
    ['drift from the next day on', [found(2.5)], `${hash}-drift-secret-missing-${nowMs - 2.5 * dayMs}-2`],
    [
      'only the first finding that has lasted',
      [found(0.5), found(1, 'endpoint-stale'), found(3)],
      `${hash}-drift-endpoint-stale-${nowMs - dayMs}-1`,
    ],
  ])('%s', (_, drift, id) => {
    expect(driftReminder(drift, target, 'here', nowMs)?.id ?? null).toBe(id);
  });

  it.each<[string, Partial<AccountRow>, boolean]>([
    ['a leaked key', { leaks: [leakOf('key1')] }, true],
    ['a suspended rotation', { rotation: suspended(0) }, true],
    ['an overdue one', late, true],
    ['nothing', lasting, false],
  ])('and drift is not told again beside %s', (_, row, isTold) => {
    expect(isOverdueOrStopped({ row: buildRow(row), nowMs, expiresAtMs: null }, target)).toBe(isTold);
  });
});
