/** What a terminal shows, for widths from 60 columns on, and what a program reads. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../../cli/commands/doctor.ts';
import { pictureOf } from '../../../cli/commands/watch.ts';
import { phases } from '../../../cli/screen/phases.ts';
import { linesFor, showAnswer } from '../../../cli/show/answer.ts';
import { flatLines, recordLines } from '../../../cli/show/record.ts';
import { table } from '../../../cli/show/table.ts';
import { instantText, spanMs, spanText, whenText } from '../../../cli/show/when.ts';

const nowMs = Date.parse('2026-12-01T00:00:00Z');
const plain = (lines: readonly string[]) => stripVTControlCharacters(lines.join('\n')).split('\n');
const widest = (lines: readonly string[]) => Math.max(...plain(lines).map(({ length }) => length));

describe('times', () => {
  it.each([
    [119_000, '119 s'],
    [120_000, '2 min'],
    [2 * 3_600_000 - 1, '119 min'],
    [2 * 3_600_000, '2 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
  ])('%i ms are %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it.each([
    ['2026-12-03T00:00:00Z', 'in 2 d'],
    ['2026-12-01T00:00:00.500Z', 'now'],
    ['2026-11-30T21:00:00Z', '3 h ago'],
    [null, '-'],
  ])('%s is %s', (instant, text) => {
    expect(whenText(instant, nowMs)).toBe(text);
  });

  it('an instant stands in UTC, with how far it is', () => {
    expect(instantText('2026-12-01T05:00:00.123Z', nowMs)).toBe('2026-12-01 05:00:00Z (in 5 h)');
  });

  it.each([
    ['90d', 90 * 86_400_000],
    ['12h', 12 * 3_600_000],
    ['30m', 1_800_000],
    ['45s', 45_000],
    ['2w', 14 * 86_400_000],
    ['90', null],
    ['d', null],
    ['1.5h', null],
    ['-1d', null],
    ['90 days', null],
  ])('--max-age %s is %s ms', (text, ms) => {
    expect(spanMs(text)).toBe(ms);
  });
});

describe('a table', () => {
  const made = table(
    [
      { head: 'NAME', cell: ({ name }: { name: string; due: string | null }) => name },
      { head: 'DUE', cell: ({ due }) => whenText(due, nowMs), exact: ({ due }) => due ?? '' },
    ],
    [
      { name: 'a-long-name', due: '2026-12-03T00:00:00Z' },
      { name: 'b', due: null },
    ],
  );

  it('stands in columns', () => {
    expect(plain(made.lines(60))).toEqual(['NAME         DUE', 'a-long-name  in 2 d', 'b            -']);
  });

  it('leaves out columns that do not fit, but never the first', () => {
    expect(plain(made.lines(18))).toEqual(['NAME', 'a-long-name', 'b']);
    expect(plain(made.lines(5))).toEqual(['NAME', 'a-long-name', 'b']);
  });

  it('has exact values and no head for programs', () => {
    expect(made.tsv()).toEqual(['a-long-name\t2026-12-03T00:00:00Z', 'b\t']);
  });
});

describe('an answer without a table', () => {
  const answer = {
    name: 'web',
    paused: false,
    none: null,
    empty: [],
    since: '2026-11-30T00:00:00.000Z',
    rotation: { state: 'overlapping', actions: ['hold', 'rollback'], nothing: { at: null } },
    steps: [{ what: 'first', done: true }, { what: 'second' }],
  };

  it('is a line a member, without what is null or empty', () => {
    expect(plain(recordLines(answer, 80, nowMs))).toEqual([
      'name    web',
      'paused  no',
      'since   2026-11-30 00:00:00Z (24 h ago)',
      'rotation',
      '  state    overlapping',
      '  actions  hold, rollback',
      'steps',
      '  - what  first',
      '    done  yes',
      '  - what  second',
    ]);
  });

  it('is a path and a value for programs', () => {
    expect(flatLines({ a: { b: [1, 'two\tlines\n'] }, c: null })).toEqual(['a.b.0\t1', 'a.b.1\ttwo lines ', 'c\tnull']);
  });
});

const summary = (name: string) => ({
  name,
  accountId: `/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/${name}`,
  vault: 'https://kv-contoso.vault.azure.net',
  origin: 'declared' as const,
  state: 'rotating',
  needsPerson: false,
  overdue: true,
  activeSlot: 'key1' as const,
  lastCompletedAt: '2026-10-01T00:00:00Z',
  nextDueAt: null,
  drift: ['foreign-secret'],
  leaked: true,
  rotation: { id: 'r', state: 'overlapping' },
  blocked: null,
  lastRotation: null,
  hardeningStage: null,
});

describe('targets', () => {
  const body = {
    pause: { paused: true, by: 'alex@contoso.com', reason: 'region failover', since: '2026-11-30T23:00:00Z' },
    targets: [summary('web'), { ...summary('api'), overdue: false, leaked: false, drift: [], needsPerson: true }],
    total: 2,
    next: null,
    discovery: null,
  };

  it('show what each needs, that the instance is paused, and how many there are', () => {
    const lines = plain(linesFor('Targets', body, 'table', 100, nowMs));
    expect(lines).toEqual([
      'The whole instance is paused (alex@contoso.com, 60 min ago): region failover',
      'TARGET  STATE                  NEEDS                            DUE  ROTATED   ACTIVE',
      'web     rotating: overlapping  leaked, overdue, foreign-secret  -    61 d ago  key1',
      'api     rotating: overlapping  a person                         -    61 d ago  key1',
      '2 of 2 targets',
    ]);
  });

  it.each([60, 80, 120])('fit %i columns', (width) => {
    expect(
      widest(linesFor('Targets', { ...body, pause: { ...body.pause, paused: false } }, 'table', width, nowMs)),
    ).toBeLessThanOrEqual(width);
  });

  it('are rows of exact values for programs', () => {
    const [first = ''] = linesFor('Targets', body, 'tsv', 60, nowMs);
    expect(first.split('\t').slice(0, 6)).toEqual([
      'web',
      'rotating: overlapping',
      'leaked, overdue, foreign-secret',
      '',
      '2026-10-01T00:00:00Z',
      'key1',
    ]);
  });
});

/** Answers with every part that is shown, and texts longer than a line. */
const sentence =
  'Consumers that cached the old key may still use it, which takes as long as the target says that they do.';
const instant = '2026-12-01T05:00:00.000Z';
const rotation = {
  id: '5ec81459-bf51-4b33-9b31-dcacbff871b9',
  target: 'a-target',
  state: 'suspended',
  reason: 'resource-lock',
  detail: sentence,
  suspendedIn: 'probing',
  cause: 'operator',
  startedAt: instant,
  stateSince: instant,
  deadline: instant,
  wakesAt: instant,
  newSlot: 'key2' as const,
  overlapSeconds: 7200,
  overlapUntil: instant,
  rollbackUntil: instant,
  actions: ['resume' as const, 'cancel' as const],
  actionsToConfirm: [{ action: 'rollback' as const, confirm: ['leaked-key1'], detail: sentence }],
  overlapSetBy: 'target',
  overlapReason: 'policy',
  held: { by: 'alex@contoso.com', reason: 'release night', since: instant, until: instant },
  leakedSlot: 'key1' as const,
  attempts: 3,
  leftBehind: ['web'],
  lastFailure: { code: 'ScopeLocked', detail: sentence, copy: null, at: instant },
  missingAction: null,
  fix: sentence,
  probe: 'data-plane' as const,
  refusal: null,
  endedAt: null,
  readers: null,
};
const risk = { name: 'cut-off', level: 'confirm' as const, text: sentence };
const plan = {
  differences: [
    { what: sentence, why: sentence, risk: 'confirm' as const, risks: [risk], change: { kind: 'k' }, needs: [] },
  ],
  toConfirm: ['cut-off'],
  blockedBy: [{ ...risk, level: 'blocked' as const }],
  waitsFor: { reason: 'azure-working', detail: sentence },
};
const preview = {
  slot: 'key1' as const,
  role: 'active' as const,
  effect: sentence,
  inFlight: null,
  overlapSeconds: 300,
  heldBy: [
    { cache: 'pointer' as const, upToSeconds: 1800 },
    { cache: 'key' as const, upToSeconds: 1800 },
  ],
  waitsFor: null,
  keyEndsAt: instant,
  consumersMayFailUntil: instant,
};

describe('an answer for a person', () => {
  it.each<[string, readonly string[]]>([
    ['a rotation', linesFor('Rotation', rotation, 'table', 60, nowMs)],
    ['a plan', linesFor('Plan', plan, 'table', 60, nowMs)],
    ['what a leak breaks', linesFor('LeakPreviewed', { preview }, 'table', 60, nowMs)],
  ])('%s fits 60 columns, and says everything', (_, lines) => {
    expect(widest(lines)).toBeLessThanOrEqual(60);
    expect(plain(lines).join(' ').replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  it('of a rotation says what may be asked of it, and what only with a confirmation', () => {
    const text = plain(linesFor('Rotation', rotation, 'table', 100, nowMs)).join('\n');
    expect(text).toContain('possibleNow       resume, cancel');
    expect(text).toContain('withConfirmation  rollback --confirm leaked-key1');
    expect(text).toContain('heldBy            alex@contoso.com: release night');
  });
});

it.each([
  ['as the API answers it', { paused: false, by: null, reason: null, since: null }, ['The instance is not paused.'], 0],
  ['of another version, as it came', { paused: 'perhaps' }, ['{\n  "paused": "perhaps"\n}'], 1],
])('an answer %s', async (_, body, printed, noted) => {
  const [out, notes]: [string[], string[]] = [[], []];
  const terminal = { print: (line: string) => out.push(line), note: (line: string) => notes.push(line), width: 80 };
  await showAnswer('Pause', body, { output: 'table', nowMs }, terminal);
  expect({ out, noted: notes.length }).toEqual({ out: printed, noted });
});

describe('the live picture', () => {
  const scene = {
    title: 'Rotation 5ec81459-bf51-4b33-9b31-dcacbff871b9 of a-target-with-a-long-name: overlapping (overlap)',
    phases: phases.map(([phase], at) => ({
      phase,
      stands: at < 5 ? ('passed' as const) : at === 5 ? ('now' as const) : ('to come' as const),
      seconds: at > 5 ? null : 1_234.5,
    })),
    detail: 'Consumers that cached the old key may still use it, which takes as long as the target says that they do.',
    facts: ['overlap ends in 119 min', 'possible now: rollback, hold, expedite'],
  };

  it.each([60, 100])('fits %i columns and 20 lines', (width) => {
    const lines = pictureOf(scene, width).split('\n');
    expect(widest(lines)).toBeLessThanOrEqual(width);
    expect(lines.length).toBeLessThanOrEqual(20);
  });
});

it('whom a token is for is told by its best name', () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  expect(
    claimsOf(token({ oid: 'o', tid: 't', roles: ['Keyturn.Read'], preferred_username: 'alex@contoso.com' })),
  ).toEqual({
    name: 'alex@contoso.com',
    objectId: 'o',
    tenantId: 't',
    roles: ['Keyturn.Read'],
  });
  expect(claimsOf(token({ oid: 'o', azp: 'an-app' })).name).toBe('an-app');
});
