import { hash } from 'node:crypto';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import type { Engine } from '../load-engine.ts';
import { nextEvent as nextOfRotation } from '../rotation/environment.ts';
import { movesAt, movesAtRest, type Others } from '../rotation/moves.ts';
import { namesOf, normalForm as normalFormOfKeys } from '../rotation/normal-form.ts';
import { opening } from '../rotation/opening.ts';
import { rowOf as accountRowOf, mayMatter as rotationMayMatter } from '../rotation/operators.ts';
import { changeKeysOrSecrets } from '../rotation/passage.ts';
import type { Event, Subject } from '../subject.ts';
import { type Message, newWorker } from '../worker.ts';
import { isKeyChange, nextId, type World } from '../world.ts';
import { set } from './apply-hardening.ts';
import { besideRotation, isOfRotations, rotationOf } from './beside-rotation.ts';
import { hardeningJudge, rowOf, stateOf } from './hardening-judge.ts';
import { actOnHardening, type HardeningAct, hardeningActsAt, hardeningActsAtRest } from './hardening-people.ts';
import { hardeningPorts, unwatched } from './hardening-ports.ts';
import { emptyMemory, untouched } from './hardening-world.ts';
import { askFor, explored, type HardeningScene, type Request, requests } from './requests.ts';

const sweepMs = 60_000;
/** A message is missed when it is this late. */
const graceMs = 2 * 60_000;
const longPauseMs = 20 * 60_000;

/** A change of an account's network, access or keyless, as the scene asks for it. */
export function hardeningSubject(scene: HardeningScene): Subject<Request, HardeningAct> {
  const { area, beside } = scene;
  const others = (world: World): Others<Request, HardeningAct> => ({
    fields: world.hardening.row?.fields ?? null,
    // What a row that was put back does is shown by a change that nothing else meets.
    former: beside === null ? world.formerRows : null,
    isFree: () => isFree(world),
    requests: () => requests.filter((request) => mayMatter(world, scene, request)),
    refusals: ({ service, operation, subject }) =>
      service === 'arm' && !(beside !== null && isOfRotations(operation, subject))
        ? ['account-access-denied', 'resource-lock']
        : [],
    takesTime: ({ operation }) => operation === 'patch',
    lateSaves: true,
    actsAt: (call, effect) => hardeningActsAt(world, area, call, effect),
    actsAtRest: () => hardeningActsAtRest(world, area),
  });
  return {
    explored,
    title: `${area}: ${scene.name}`,
    open: (engine) => open(engine, scene),
    watch: (world, breach, readsEveryRow) => {
      const judged = hardeningJudge(world, area, breach);
      const rotation = beside === null ? null : besideRotation(world, breach, readsEveryRow);
      return {
        ports: (worker, means) => hardeningPorts(world, worker, area, means, { ...rotation?.ofCalls, ...judged }),
        apply: (change) => {
          if (!isKeyChange(change)) judged.applied(change);
          else if (rotation === null) changeKeysOrSecrets(world, change);
          else rotation.apply(change);
        },
        actOutside: (act) => {
          const { hardening, facts, keys } = world;
          actOnHardening(world, act);
          judged.peopleActed(hardening.rules, facts.localAuthDisabled);
          rotation?.peopleActed(keys);
        },
        ask: async (app, request) => {
          await askFor(app, world, scene, request);
        },
        sentUnderLease: (worker, call) => {
          if (rotation !== null && isOfRotations(call.operation, call.subject)) rotation.sentUnderLease(worker, call);
          else judged.sentUnderLease(worker, call);
        },
        sent: (worker, call, change) => {
          judged.sent(worker, call, change);
          rotation?.sent(worker, call, change);
        },
        neverApplied: (change, voidAtMs) => {
          judged.neverApplied(change, voidAtMs);
          rotation?.neverApplied(change, voidAtMs);
        },
        slept: judged.slept,
        tampered: judged.tampered,
        atIdle: () => {
          judged.atIdle();
          rotation?.atIdle();
        },
      };
    },
    stateOf: (world) =>
      beside === null ? stateOf(world, area) : `${stateOf(world, area)}, ${rotationOf(world)?.kind ?? 'no rotation'}`,
    messageOf: (world, like) => messageOf(world, area, like),
    begun: ({ begun, hardening }) => Math.max(begun, hardening.memory.begun),
    rowOf: (world) => world.hardening.row?.fields ?? null,
    putRow: (world, fields) =>
      set(world, {
        row: fields === null ? null : { fields, etag: nextId(world, 'etag-'), savedAtMs: world.nowMs },
      }),
    isIdle: (world) => rowOf(world)?.state.change == null,
    nextEvent: (world, rounds) => nextEvent(world, scene, rounds),
    expected: (world, request) => {
      const { asked, starts } = world.hardening.memory;
      const isStart = request === 'start a rotation';
      if (request.startsWith('ask') || isStart)
        set(world, {
          memory: { ...world.hardening.memory, ...(isStart ? { starts: starts + 1 } : { asked: asked + 1 }) },
        });
      if (request === 'resume the rotation') world.resumed += 1;
    },
    afterActAtRest: () => {},
    movesAt: (world, place, cuts) => movesAt(place, others(world), cuts),
    movesAtRest: (world) => movesAtRest(world, others(world)),
    visible: ({ hardening, facts, secrets, keys, queue }) => [hardening, facts, secrets, keys, queue.length],
    sight: ({ hardening: { memory: _, ...one }, facts }) => JSON.stringify([one, facts.localAuthDisabled]),
    normalForm: (world) => normalForm(world, scene),
    endOf: (world) => endOf(world),
  };
}

async function open(engine: Engine, scene: HardeningScene): Promise<World> {
  const world = await opening(engine, explored);
  // The first sweep looks for drift, once and for all.
  const ports = hardeningPorts(
    world,
    newWorker('worker00001'),
    scene.area,
    {
      carry: async (_call, _effect, _fence, _change, answer) => answer(),
      sleep: async (durationMs) => {
        world.nowMs += durationMs;
      },
      stale: () => false,
      pauseRead: () => {},
    },
    unwatched,
  );
  await engine.createApp({ ...ports, targets: fixedTargets([explored]) }).sweep();
  world.queue = [];
  world.hardening = untouched;
  scene.begin(world);
  const { hardening, facts } = world;
  set(world, {
    memory: {
      ...emptyMemory,
      ...{ foundRules: hardening.rules, foundAssignments: hardening.assignments },
      foundKeysOff: facts.localAuthDisabled,
    },
  });
  return world;
}

function nextEvent(world: World, scene: HardeningScene, rounds: number): Event<Request> | null {
  const { nowMs, pause, queue, flying } = world;
  const isPaused = pause?.paused ?? false;
  const events: Event<Request>[] = queue.map((message) => ({
    kind: 'message',
    atMs: Math.max(nowMs, message.dueAtMs),
    message,
  }));
  if (isPaused && pause !== null)
    events.push({ kind: 'operator', action: 'go on', atMs: Math.max(nowMs, pause.savedAtMs + longPauseMs) });
  const row = rowOf(world);
  const stored = world.hardening.row;
  if (row !== null && stored !== null) {
    const overdueMs =
      row.lease.kind === 'released' ? (row.wakeAtMs ?? 0) + graceMs + 1_000 : stored.savedAtMs + leaseMs + settleMs;
    if (row.lease.kind === 'held' || row.wakeAtMs !== null)
      events.push({ kind: 'sweep', atMs: Math.max(nowMs, overdueMs) + sweepMs });
  }
  const ofRotation = scene.beside === null ? null : nextOfRotation(world, 0);
  if (ofRotation?.kind === 'sweep') events.push(ofRotation);
  const first = events.sort((one, other) => one.atMs - other.atMs)[0];
  if (first !== undefined) return first;
  if (flying.length > 0) return { kind: 'late', atMs: Math.max(...flying.map(({ dueAtMs }) => dueAtMs)) };
  return wish(world, scene, rounds);
}

/** What an operator asks for when nothing is under way. What is refused, or there already, is not asked for again and again. */
function wish(world: World, { beside }: HardeningScene, rounds: number): Event<Request> | null {
  const { begun, asked, starts } = world.hardening.memory;
  const ask = (action: Request, inMs: number): Event<Request> => ({
    kind: 'operator',
    action,
    atMs: world.nowMs + inMs,
  });
  const { resumed } = world;
  const mayStart = beside !== null && rotationOf(world) === null;
  const mayResume = beside !== null && rotationOf(world)?.kind === 'suspended';
  if (mayStart && beside === 'a rotation first' && starts === 0) return ask('start a rotation', 5_000);
  if (mayResume && resumed === 0) return ask('resume the rotation', 600_000);
  if (begun === 0 && asked < 3) return ask('ask', 5_000);
  // What it stood still for, the change may have mended.
  if (mayResume && resumed < 3) return ask('resume the rotation', 600_000);
  if (mayStart && starts === 0) return ask('start a rotation', 600_000);
  if (begun > 0 && begun < rounds && asked < 4) return ask('ask for the opposite', 600_000);
  if (mayResume && !world.facts.localAuthDisabled && resumed < 4) return ask('resume the rotation', 600_000);
  return mayStart && starts < rounds ? ask('start a rotation', 600_000) : null;
}

/** Of the row that `like` is about, or of the one whose message comes next. */
function messageOf(world: World, area: HardeningArea, like: Message | null): Message {
  const next = like ?? [...world.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0] ?? { area };
  return next.area === undefined
    ? { wakeSeq: accountRowOf(world)?.wakeSeq ?? 0 }
    : { wakeSeq: rowOf(world)?.wakeSeq ?? 0, area };
}

/** Whether asking can change anything now. */
function mayMatter(world: World, { beside }: HardeningScene, request: Request): boolean {
  const isPaused = world.pause?.paused ?? false;
  switch (request) {
    case 'ask':
    case 'ask for the opposite':
      return !isPaused && isFree(world);
    case 'start a rotation':
      return beside !== null && rotationMayMatter(world, 'start');
    case 'resume the rotation':
      return beside !== null && rotationMayMatter(world, 'resume');
    case 'pause':
      return !isPaused;
    case 'go on':
      return isPaused;
  }
}

function isFree(world: World): boolean {
  const row = rowOf(world);
  const stored = world.hardening.row;
  if (row === null || stored === null || row.lease.kind === 'released') return true;
  return world.nowMs - stored.savedAtMs >= leaseMs + settleMs - 2_000;
}

/** What never changes here, or only tells people what happened. */
const leftOut = new Set([
  ...[
    'schemaVersion',
    'wakeAtMs',
    'wakeSeq',
    'askedAtMs',
    'startedAtMs',
    'endedAtMs',
    'atMs',
    'done',
    'what',
    'reason',
  ],
  ...['closedSinceMs', 'by', 'askedBy', 'waitingFor', 'waiting', 'code', 'foundRules', 'createdAtMs'],
]);

/** Proofs of minutes rest for seconds. */
function finely(ms: number): string {
  const size = Math.abs(ms);
  const step = size < 60_000 ? 5_000 : size < 600_000 ? 20_000 : size < 3_600_000 ? 120_000 : 1_800_000;
  return `${Math.round(ms / step)}x${step}`;
}

function normalForm(world: World, { area, beside }: HardeningScene): string {
  const { nowMs, hardening, facts, queue, flying, pause } = world;
  const { text } = namesOf(nowMs, leftOut, () => undefined, finely);
  const { row, memory, ...account } = hardening;
  const fields = rowOf(world);
  const { calls, inFlight, lastActMs, ...remembered } = memory;
  const lately = (atMs: number) => (nowMs - atMs > 600_000 ? 0 : atMs);
  return hash(
    'sha1',
    (area === 'keyless' || beside !== null ? normalFormOfKeys(world) : '') +
      text([
        fields && { ...fields, lease: fields.lease.kind === 'held' ? fields.lease : null },
        fields?.lease.kind === 'held' ? (row?.savedAtMs ?? null) : null,
        account,
        [facts.localAuthDisabled, facts.provisioningState],
        queue.map((one) => [one.area ?? null, one.wakeSeq !== messageOf(world, area, one).wakeSeq, one.dueAtMs]),
        flying,
        { ...remembered, foundRules: undefined },
        memory.foundRules.publicNetworkAccess + memory.foundRules.defaultAction + memory.foundRules.ipRules.join(),
        Math.floor(calls.count / 30),
        inFlight
          .filter(({ voidAtMs }) => voidAtMs === null || voidAtMs > nowMs)
          .map(({ what, voidAtMs }) => [what, voidAtMs]),
        lastActMs && lately(lastActMs),
        pause && [pause.paused, pause.savedAtMs],
      ]),
    'base64',
  );
}

function endOf(world: World): string {
  const row = rowOf(world);
  if (row === null) return 'the row is gone';
  const { change, last } = row.state;
  if (change !== null) return stateOf(world, 'network');
  if (last === null) return 'nothing begun';
  return 'end' in last ? last.end : `${last.outcome}${last.reason === null ? '' : `: ${last.reason}`}`;
}
