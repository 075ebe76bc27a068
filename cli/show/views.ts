import type * as z from 'zod';
import type { ApiView, apiViews } from '../../src/app/api-views.ts';
import { wrapped } from '../screen/wrapped.ts';
import { colors } from './colors.ts';
import { recordLines } from './record.ts';
import { type Table, table } from './table.ts';
import { spanText, whenText } from './when.ts';

/** The bodies of the API's answers. */
export type Bodies = { readonly [View in ApiView]: z.infer<(typeof apiViews)[View]> };

interface At {
  /** Columns that a line may have. */
  readonly width: number;
  readonly nowMs: number;
}

/** What a person sees of an answer: lines, a table, lines. A program gets the table only. */
interface Shown {
  readonly before?: readonly string[];
  readonly table?: Table;
  readonly after?: readonly string[];
}

export type Show<Body> = (body: Body, at: At) => Shown;

/** What a terminal shows of an answer; what is not listed is shown member by member. */
export const shows: { readonly [View in ApiView]?: Show<Bodies[View]> } = {
  Targets: ({ pause, targets, total, discovery }, at) => ({
    before: pause.paused === true ? [colors.yellow(pausedText(pause, at))] : [],
    table: targetTable(targets, at),
    after: [
      `${targets.length} of ${total} targets`,
      ...(discovery?.failure == null ? [] : [`Discovery fails: ${discovery.failure}`]),
      ...(discovery?.refused ?? []).map(({ accountId, detail }) => `Refused: ${accountId}: ${detail}`),
    ].map((line) => colors.dim(wrapped(line, 2, at.width))),
  }),
  ListedTarget: (target, at) => ({ before: targetLines(target, at) }),
  Rotation: (rotation, at) => ({ before: rotationLines(rotation, at) }),
  Rotations: ({ rotations, next }, { nowMs }) => ({
    table: table(
      [
        { head: 'ROTATION', cell: ({ id }) => id },
        { head: 'STATE', cell: ({ state }) => state, color: ({ state }) => stateColor(state) },
        {
          head: 'STARTED',
          cell: ({ startedAt }) => whenText(startedAt, nowMs),
          exact: ({ startedAt }) => startedAt,
        },
        {
          head: 'ENDED',
          cell: (one) => ('endedAt' in one ? whenText(one.endedAt, nowMs) : '-'),
          exact: (one) => ('endedAt' in one ? (one.endedAt ?? '') : ''),
        },
        { head: 'CAUSE', cell: (one) => ('cause' in one ? one.cause : '-') },
        { head: 'NEW', cell: (one) => ('newSlot' in one ? one.newSlot : '-') },
      ],
      rotations,
    ),
    after: next === null ? [] : [`More: --after ${next}`],
  }),
  RotationPlan: (plan, at) => ({
    before: [
      ...plan.blockedBy.map(({ reason, detail }) => colors.red(wrapped(`Blocked (${reason}): ${detail}`, 2, at.width))),
      ...(plan.waitsFor === null
        ? []
        : [wrapped(`Waits first (${plan.waitsFor.reason}): ${plan.waitsFor.detail}`, 2, at.width)]),
      ...(plan.newSlot === null ? [] : [`${plan.newSlot} is regenerated and used; then ${plan.oldSlot} is replaced.`]),
    ],
    ...(plan.phases.length === 0
      ? {}
      : {
          table: table(
            [
              { head: 'PHASE', cell: ({ state }) => state },
              { head: 'ABOUT', cell: ({ from }) => whenText(from, at.nowMs), exact: ({ from }) => from },
              { head: 'DOES', cell: ({ does }) => does },
            ],
            plan.phases,
          ),
        }),
    after: [
      ...recordLines({ copies: plan.copies, inactiveKeyReaders: plan.inactiveKeyReaders }, at.width, at.nowMs),
      ...(plan.endsAt === null ? [] : [`It would end ${whenText(plan.endsAt, at.nowMs)}.`]),
    ],
  }),
  Diagnosis: ({ target, detail, findings }, { width }) => ({
    before: [
      colors.bold(wrapped(`${target}: ${detail}`, 2, width)),
      ...findings.flatMap(({ check, status, finding, detail: found, fix }) => [
        wrapped(`${markOf(status)} ${check} (${finding}): ${found}`, 4, width),
        ...(fix === null ? [] : fixLines(fix, width)),
      ]),
    ],
  }),
  Identified: ({ detail, matches, compared, gaps, gapsInAll }, { width, nowMs }) => ({
    before: [
      colors.bold(wrapped(detail, 0, width)),
      ...recordLines({ matches, compared, ...(gapsInAll > 0 ? { gapsInAll, gaps } : {}) }, width, nowMs),
    ],
  }),
  LeakPreviewed: ({ preview }, at) => ({ before: leakLines(preview, at) }),
  LeakTaken: ({ preview, rotation, ...noted }, at) => ({
    before:
      rotation === null
        ? [wrapped('detail' in noted ? String(noted.detail) : preview.effect, 0, at.width)]
        : rotationLines(rotation, at),
  }),
  Plan: (plan, at) => ({ before: planLines(plan, at.width) }),
  OffboardedOrPlan: (body, at) =>
    'offboarded' in body
      ? { before: [`${body.target} is offboarded.`, ...body.done.map(({ what }) => wrapped(`✔ ${what}`, 2, at.width))] }
      : { before: planLines(body, at.width) },
  NetworkOrPlan: planOrRecord,
  AccessOrPlan: planOrRecord,
  KeylessOrPlan: planOrRecord,
  Adoptions: ({ targets, remaining, counts }, { width }) => ({
    table: table(
      [
        { head: 'TARGET', cell: ({ target }) => target },
        {
          head: 'OUTCOME',
          cell: ({ outcome }) => outcome,
          color: ({ outcome }) => (outcome === 'blocked' ? colors.red : colors.green),
        },
        { head: 'BLOCKED BY', cell: ({ blockedBy }) => blockedBy.map(({ reason }) => reason).join(', ') || '-' },
      ],
      targets,
    ),
    after: [
      ...targets.flatMap(({ target, blockedBy }) =>
        blockedBy.map(({ detail, fix }) =>
          wrapped(`${target}: ${detail}${fix === null ? '' : ` Fix: ${fix}`}`, 2, width),
        ),
      ),
      `${counts.adopted} adopted, ${counts.alreadyAdopted} before, ${counts.blocked} blocked, ${remaining.length} not begun`,
    ],
  }),
  Pause: (pause, at) => ({
    before: [pause.paused === true ? colors.yellow(pausedText(pause, at)) : 'The instance is not paused.'],
  }),
};

function planOrRecord(body: object, { width, nowMs }: At): Shown {
  return { before: isPlan(body) ? planLines(body, width) : recordLines(body, width, nowMs) };
}

function isPlan(body: object): body is Bodies['Plan'] {
  return 'differences' in body && 'blockedBy' in body;
}

type TargetRow = Bodies['Targets']['targets'][number];

function targetTable(targets: readonly TargetRow[], { nowMs }: At): Table {
  return table(
    [
      { head: 'TARGET', cell: ({ name }) => name },
      { head: 'STATE', cell: stateOf, color: (target) => stateColor(target.state) },
      {
        head: 'NEEDS',
        cell: (target) => needsOf(target).join(', ') || '-',
        color: ({ needsPerson }) => (needsPerson ? colors.yellow : colors.dim),
      },
      {
        head: 'DUE',
        cell: ({ nextDueAt }) => whenText(nextDueAt, nowMs),
        exact: ({ nextDueAt }) => nextDueAt ?? '',
      },
      {
        head: 'ROTATED',
        cell: ({ lastCompletedAt }) => whenText(lastCompletedAt, nowMs),
        exact: ({ lastCompletedAt }) => lastCompletedAt ?? '',
      },
      { head: 'ACTIVE', cell: ({ activeSlot }) => activeSlot ?? '-' },
      { head: 'ACCOUNT', cell: ({ accountId }) => accountId },
    ],
    targets,
  );
}

function stateOf({ state, rotation }: TargetRow): string {
  return rotation === null || rotation.state === state ? state : `${state}: ${rotation.state}`;
}

/** Why a person has to look, in single words. */
function needsOf(target: TargetRow): string[] {
  const { needsPerson, overdue, drift, blocked } = target;
  const isLeaked = 'leaked' in target ? target.leaked : target.leakedKeys.length > 0;
  const words = [
    ...(isLeaked ? ['leaked'] : []),
    ...(overdue ? ['overdue'] : []),
    ...drift.map((one) => (typeof one === 'string' ? one : one.reason)),
    ...(blocked === null ? [] : [typeof blocked === 'string' ? blocked : blocked.reason]),
  ];
  return words.length === 0 && needsPerson ? ['a person'] : words;
}

function stateColor(state: string): (text: string) => string {
  if (['suspended', 'leaked', 'unreachable'].includes(state)) return colors.red;
  return ['idle', 'completed', 'keyless'].includes(state) ? colors.green : colors.yellow;
}

function targetLines(target: Bodies['ListedTarget'], at: At): string[] {
  const { name, state, detail, whatToDo, needsPerson, rotation, schedule, hardeningStages, ...more } = target;
  const { events, eventsDetail, lastEvent, validity, drift, leakedKeys, ...facts } = more;
  return [
    `${colors.bold(name)}: ${(needsPerson ? colors.yellow : colors.green)(state)}`,
    wrapped(`  ${detail}`, 2, at.width),
    ...(whatToDo === null ? [] : [colors.yellow(wrapped(`  What to do: ${whatToDo}`, 2, at.width))]),
    ...recordLines({ ...facts, events }, at.width, at.nowMs, '  '),
    ...recordLines({ leakedKeys, drift, validity }, at.width, at.nowMs, '  '),
    ...(schedule === null ? [] : [wrapped(`  schedule: ${schedule.detail}`, 4, at.width)]),
    ...(rotation === null ? [] : rotationLines(rotation, at).map((line) => `  ${line}`)),
    ...(hardeningStages?.next == null
      ? []
      : [
          wrapped(
            `  next step of hardening (${hardeningStages.next.stage}): ${hardeningStages.next.detail}`,
            4,
            at.width,
          ),
        ]),
  ];
}

/** A rotation as `show`, `rotation` and every action on one show it. */
function rotationLines(rotation: Bodies['Rotation'], { width, nowMs }: At): string[] {
  const { id, target, state, reason, detail, actions, actionsToConfirm, lastFailure, held } = rotation;
  const { suspendedIn, stateSince, newSlot, overlapUntil, rollbackUntil, wakesAt, endedAt, leakedSlot, readers, fix } =
    rotation;
  const facts = {
    since: endedAt === null ? stateSince : null,
    suspendedIn,
    newSlot,
    leakedSlot,
    overlapUntil,
    rollbackUntil,
    wakesAt,
    endedAt,
    heldBy: held && `${held.by}: ${held.reason}`,
    heldUntil: held?.until,
    possibleNow: actions,
    withConfirmation: actionsToConfirm.map(({ action, confirm }) => `${action} --confirm ${confirm.join(',')}`),
    lastFailure: lastFailure && `${lastFailure.code}: ${lastFailure.detail}`,
    fix,
    readers,
  };
  return [
    stateColor(state)(
      wrapped(`Rotation ${id} of ${target}: ${state}${reason === null ? '' : ` (${reason})`}`, 2, width),
    ),
    ...(detail === null ? [] : [wrapped(`  ${detail}`, 2, width)]),
    ...recordLines(facts, width, nowMs, '  '),
  ];
}

/** What a plan would do, and what is in its way. */
function planLines({ differences, blockedBy, toConfirm, waitsFor }: Bodies['Plan'], width: number): string[] {
  return [
    ...(differences.length === 0 ? ['Nothing differs: there is nothing to do.'] : []),
    ...differences.flatMap(({ what, why, risks }) => [
      wrapped(`• ${what}`, 2, width),
      colors.dim(wrapped(`  ${why}`, 2, width)),
      ...risks.map(({ name, level, text }) => colors.yellow(wrapped(`  ${level}: ${text} (${name})`, 4, width))),
    ]),
    ...blockedBy.map(({ name, text }) => colors.red(wrapped(`Blocked (${name}): ${text}`, 2, width))),
    ...(waitsFor === null ? [] : [wrapped(`Waits for (${waitsFor.reason}): ${waitsFor.detail}`, 2, width)]),
    ...(toConfirm.length === 0 ? [] : [wrapped(`To confirm: ${toConfirm.join(', ')}`, 2, width)]),
  ];
}

/** What reporting a key as leaked does to consumers. */
function leakLines(preview: Bodies['LeakPreviewed']['preview'], { width, nowMs }: At): string[] {
  const { slot, role, effect, overlapSeconds, heldBy, inFlight, keyEndsAt, consumersMayFailUntil } = preview;
  return [
    wrapped(`${slot} is ${role}. ${effect}`, 0, width),
    ...recordLines(
      {
        overlap: overlapSeconds === null ? null : spanText(overlapSeconds * 1000),
        heldBy: heldBy.map(({ cache, upToSeconds }) => `${cache} up to ${spanText(upToSeconds * 1000)}`),
        interrupts: inFlight,
        keyEndsAt,
        consumersMayFailUntil,
      },
      width,
      nowMs,
      '  ',
    ),
  ];
}

type Fix = NonNullable<Bodies['Diagnosis']['findings'][number]['fix']>;

function fixLines({ text, call, command }: Fix, width: number): string[] {
  return [
    wrapped(`    ${text}`, 4, width),
    ...(call === null
      ? []
      : [`    ${call.method} ${call.path}${call.body == null ? '' : ` ${JSON.stringify(call.body)}`}`]),
    // In one piece, so that it can be copied.
    ...(command === null ? [] : command.split('\n').map((line) => `    ${line}`)),
  ];
}

function markOf(status: 'ok' | 'problem' | 'unknown'): string {
  return { ok: colors.green('✔'), problem: colors.red('✘'), unknown: colors.yellow('?') }[status];
}

function pausedText({ by, reason, since }: Bodies['Pause'], { nowMs }: At): string {
  return `The whole instance is paused (${by ?? 'by nobody known'}, ${whenText(since, nowMs)}): ${reason ?? 'no reason given'}`;
}
