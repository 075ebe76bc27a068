import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { byGravity, concernOf } from '../../dashboard/decisions/concerns.ts';
import { fleetChart } from '../../dashboard/decisions/fleet-chart.ts';
import { entriesFor, parseRunbook, piecesOf } from '../../dashboard/decisions/runbook.ts';
import { toneOf } from '../../dashboard/decisions/states.ts';
import { routeOf, targetHref } from '../../dashboard/router.ts';
import { offboardRisks } from '../../src/app/targets/offboard-plan.ts';
import { remedies } from '../../src/app/targets/remedies.ts';
import { accessFailures, accessWaits } from '../../src/hardening/access/access-state.ts';
import { hardeningRefusals } from '../../src/hardening/hardening-refusals.ts';
import { keylessEnds, keylessWaits } from '../../src/hardening/keyless/keyless-reasons.ts';
import { networkEnds, networkWaits } from '../../src/hardening/network/network-reasons.ts';
import { networkRisks } from '../../src/hardening/network/network-risks.ts';
import { leakRisk } from '../../src/rotation/leak/leaked-keys.ts';
import { targetStates } from '../../src/rotation/target-states.ts';
import { slots } from '../../src/shared/slot.ts';
import { driftReasons } from '../../src/targets/drift.ts';
import { at, drift, leakedKey, listedTarget, suspendedRotation } from './listed-target.ts';

/** The risks that a plan's source names. */
function namesIn(path: string, pattern: RegExp): string[] {
  const names = [...readFileSync(path, 'utf8').matchAll(pattern)].map(([, name = '']) => name);
  if (names.length < 3) throw new TypeError(`${path} names its risks in another way`);
  return names;
}

describe('what needs a person', () => {
  it.each<[string, Parameters<typeof listedTarget>[0], object]>([
    [
      'first a leaked key, since its report',
      { state: 'leaked', leakedKeys: [leakedKey()], drift: [drift('secret-missing')] },
      { rank: 1, reason: 'leaked', since: at(5) },
    ],
    [
      'consumers that a change shut out, and that Azure does not let back in',
      {
        state: 'drifted',
        drift: [drift('secret-missing')],
        blockedRevert: {
          ...{ area: 'network', reason: 'rules-not-back', code: 'ScopeLocked', since: at(7) },
          ...{ detail: 'The former rules are being put back.', whatToDo: 'Remove the lock.' },
        },
      },
      { rank: 1, reason: 'rules-not-back', since: at(7), detail: expect.stringContaining('(ScopeLocked)') },
    ],
    [
      'consumers that fail',
      { state: 'drifted', drift: [drift('endpoint-stale'), drift('active-key-refused')] },
      { rank: 1, reason: 'active-key-refused', since: at(9), whatToDo: 'Mend active-key-refused.' },
    ],
    [
      'a rotation that waits, since it does',
      { state: 'suspended', rotation: suspendedRotation('resource-lock'), whatToDo: 'Remove the lock.' },
      { rank: 2, reason: 'resource-lock', since: at(60), whatToDo: 'Remove the lock.', asks: ['resume'] },
    ],
    [
      'a rotation that waits while consumers fail',
      { state: 'suspended', rotation: suspendedRotation('pointer-moved'), drift: [drift('pointer-to-dead-key')] },
      { rank: 1, reason: 'pointer-moved' },
    ],
    [
      'drift that nobody suffers from yet',
      { state: 'drifted', drift: [drift('secret-missing')] },
      { rank: 2, reason: 'secret-missing', asks: ['repair'] },
    ],
    ['a rotation that is overdue', { overdue: true, nextDueAt: at(-9) }, { rank: 2, reason: 'overdue', since: at(-9) }],
    ['a first rotation', { state: 'awaiting-first-rotation' }, { rank: 3, asks: ['start'], since: null }],
    ['an account to adopt', { state: 'not-adopted' }, { rank: 3, asks: ['adopt'] }],
    ['a journal of a newer release', { state: 'newer-schema' }, { rank: 2, asks: [] }],
  ])('%s', (_, special, expected) => {
    expect(concernOf(listedTarget({ needsPerson: true, ...special }))).toMatchObject(expected);
  });

  it('is nothing of a target for which the API says so', () => {
    expect(concernOf(listedTarget({ drift: [drift('secret-missing')] }))).toBeNull();
  });

  it('has the gravest first, and of those the oldest', () => {
    const one = (rank: 1 | 2 | 3, since: string | null) => ({
      ...{ rank, reason: '', detail: '', whatToDo: null, since, asks: [] },
    });
    const sorted = [one(2, at(9)), one(3, null), one(1, at(8)), one(1, at(2)), one(2, null)].sort(byGravity);
    expect(sorted.map(({ rank, since }) => [rank, since])).toEqual([
      [1, at(2)],
      [1, at(8)],
      [2, at(9)],
      [2, null],
      [3, null],
    ]);
  });

  it.each(Object.keys(targetStates))('shows the state %s in a colour of its own', (state) => {
    expect(['offboarded', 'not-adopted'].includes(state) || toneOf(state) !== 'quiet').toBe(true);
  });
});

describe('the runbook', () => {
  // As the page reads them: only its own build takes a page of the docs for a module.
  const source = readFileSync('dashboard/parts/advice.tsx', 'utf8');
  const pages = new Map(
    [...source.matchAll(/import (\w+) from '\.\.\/\.\.\/(docs\/[\w-]+\.md)'/g)].map(([, name, path = '']) => [
      name,
      path,
    ]),
  );
  const runbook = [...source.matchAll(/parseRunbook\((\w+)(?:, '([\w ]+)')?\)/g)].flatMap(([, name, title]) =>
    parseRunbook(readFileSync(pages.get(name) ?? '', 'utf8'), title),
  );

  it.each([
    ...new Set(
      [
        ...[remedies, driftReasons, targetStates, networkRisks, networkWaits, networkEnds, hardeningRefusals],
        ...[accessWaits, accessFailures, keylessWaits, keylessEnds],
      ].flatMap((words) => Object.keys(words)),
    ),
    ...offboardRisks,
    ...namesIn('src/hardening/access/plan-access.ts', /\bname: '([a-z-]+)'/g),
    ...namesIn('src/hardening/keyless/plan-keyless.ts', /\brisk\(\s*'([a-z-]+)'/g),
    ...slots.map(leakRisk),
    'copy-web',
  ])('has an entry of %s', (word) => {
    expect(entriesFor(word, runbook)).not.toEqual([]);
    for (const { advice } of entriesFor(word, runbook)) expect(advice.join(' ')).toMatch(/\w/);
  });

  it('has the section in which a change looks up what to do', () => {
    const views = ['network', 'access', 'keyless'].map((view) =>
      readFileSync(`dashboard/pages/target/${view}.tsx`, 'utf8'),
    );
    const named = views.flatMap((view) => [...view.matchAll(/['"]((?:Network|Access and keyless): [^'"]+)['"]/g)]);
    const titles = runbook.map(({ title }) => title);
    expect(named.length).toBeGreaterThan(4);
    expect(named.map(([, title = '']) => title).filter((title) => !titles.includes(title))).toEqual([]);
  });

  it('takes no table for words that explains something else', () => {
    expect(entriesFor('ipRules', runbook)).toEqual([]);
    expect(entriesFor('principalId', runbook)).toEqual([]);
    expect(entriesFor('nonsense', runbook)).toEqual([]);
  });

  it('has sections with what they are about', () => {
    expect(runbook.length).toBeGreaterThan(8);
    for (const { title, entries } of runbook) expect([title, entries.length > 0]).toEqual([title, true]);
  });

  it('shows code and links as words', () => {
    expect(piecesOf('Run `az` as [the page](there.md) says, *now*.')).toEqual([
      { kind: 'text', text: 'Run ' },
      { kind: 'code', text: 'az' },
      { kind: 'text', text: ' as the page says, ' },
      { kind: 'em', text: 'now' },
      { kind: 'text', text: '.' },
    ]);
  });
});

describe('the address of a page', () => {
  it.each([
    ['/', { page: 'needs-person' }],
    ['/targets', { page: 'targets' }],
    ['/targets/ai-contoso', { page: 'target', name: 'ai-contoso', view: 'now' }],
    ['/targets/ai-contoso/network', { page: 'target', name: 'ai-contoso', view: 'network' }],
    ['/targets/ai-contoso/elsewhere', { page: 'unknown' }],
    ['/targets/ai-contoso/network/more', { page: 'unknown' }],
    ['/reasons', { page: 'runbook', word: null }],
    ['/reasons/resource-lock', { page: 'runbook', word: 'resource-lock' }],
    ['/reasons/%E0%A4%A', { page: 'runbook', word: '%E0%A4%A' }],
    ['/leak', { page: 'leak' }],
    ['/fleet/', { page: 'fleet' }],
    ['/elsewhere', { page: 'unknown' }],
  ])('%s leads to its page', (path, route) => {
    expect(routeOf(path)).toEqual(route);
  });

  it('of a target leads back to it', () => {
    expect(routeOf(targetHref('a/b', 'history'))).toEqual({ page: 'target', name: 'a/b', view: 'history' });
  });
});

describe('the chart of the fleet', () => {
  const dayMs = 24 * 3_600_000;
  const nowMs = Date.parse(at(0));
  const day = (days: number, more = 0) => new Date(nowMs + days * dayMs + more).toISOString();
  const ended = (days: number, minutes: number, outcome: 'completed' | 'rolled-back' = 'completed') => ({
    lastRotation: { id: 'r', outcome, startedAt: day(days, -minutes * 60_000), endedAt: day(days) },
    nextDueAt: day(days + 5),
  });
  const within = { daysBack: 3, daysAhead: 4 };

  it('counts what ended and what is due, by day', () => {
    const { days, most } = fleetChart([ended(-1, 10), ended(-1, 20, 'rolled-back'), ended(-3, 30)], nowMs, within);
    expect(days.map(({ completed, undone, due }) => [completed, undone, due])).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 2],
    ]);
    expect(most).toBe(2);
  });

  it('has today what was due before, and nothing of what is far away', () => {
    const { days } = fleetChart(
      [
        { lastRotation: null, nextDueAt: day(-2) },
        { lastRotation: null, nextDueAt: day(90) },
        { lastRotation: null, nextDueAt: null },
      ],
      nowMs,
      within,
    );
    expect(days.map(({ due }) => due)).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('tells how long completed ones took', () => {
    const minutes = Array.from({ length: 20 }, (_, index) => ended(-1, index + 1));
    const { half, most95 } = fleetChart([...minutes, ended(-1, 999, 'rolled-back')], nowMs, within);
    expect([half, most95]).toEqual([10 * 60_000, 19 * 60_000]);
    expect(fleetChart([], nowMs, within)).toMatchObject({ half: null, most95: null, most: 1 });
  });
});
