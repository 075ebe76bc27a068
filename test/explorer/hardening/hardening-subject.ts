import { hash } from 'node:crypto';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { Posture } from '../../../src/posture/ports.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import type { Engine } from '../load-engine.ts';
import { movesAt, movesAtRest, type Others } from '../moves.ts';
import { namesOf, normalForm as normalFormOfKeys } from '../normal-form.ts';
import { opening } from '../opening.ts';
import { changeKeysOrSecrets } from '../passage.ts';
import type { Event, Subject } from '../subject.ts';
import { newWorker } from '../worker.ts';
import { isKeyChange, nextId, type World } from '../world.ts';
import { set } from './apply-hardening.ts';
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
  const { posture } = scene;
  const others = (world: World): Others<Request, HardeningAct> => ({
    fields: world.hardening.row?.fields ?? null,
    former: world.formerRows,
    isFree: () => isFree(world),
    requests: () => requests.filter((request) => mayMatter(world, request)),
    refusals: ({ service }) => (service === 'arm' ? ['account-access-denied', 'resource-lock'] : []),
    takesTime: ({ operation }) => operation === 'patch',
    lateSaves: true,
    actsAt: (call, effect) => hardeningActsAt(world, posture, call, effect),
    actsAtRest: () => hardeningActsAtRest(world, posture),
  });
  return {
    explored,
    title: `${posture}: ${scene.name}`,
    open: (engine) => open(engine, scene),
    watch: (world, breach) => {
      const judged = hardeningJudge(world, posture, breach);
      return {
        ports: (worker, means) => hardeningPorts(world, worker, posture, means, judged),
        apply: (change) => {
          if (isKeyChange(change)) changeKeysOrSecrets(world, change);
          else judged.applied(change);
        },
        actOutside: (act) => {
          const { hardening, facts } = world;
          actOnHardening(world, act);
          judged.peopleActed(hardening.rules, facts.localAuthDisabled);
        },
        ask: async (app, request) => {
          await askFor(app, scene, request);
        },
        sentUnderLease: judged.sentUnderLease,
        sent: judged.sent,
        neverApplied: judged.neverApplied,
        slept: judged.slept,
        tampered: judged.tampered,
        atRest: judged.atRest,
      };
    },
    stateOf: (world) => stateOf(world, posture),
    messageOf: (world) => ({ wakeSeq: rowOf(world)?.wakeSeq ?? 0, posture }),
    rowOf: (world) => world.hardening.row?.fields ?? null,
    putRow: (world, fields) =>
      set(world, {
        row: fields === null ? null : { fields, etag: nextId(world, 'etag-'), savedAtMs: world.nowMs },
      }),
    isIdle: (world) => rowOf(world)?.state.change == null,
    nextEvent,
    expected: (world, request) => {
      if (request.startsWith('ask')) world.resumed += 1;
    },
    afterActAtRest: () => {},
    movesAt: (world, place, cuts) => movesAt(place, others(world), cuts),
    movesAtRest: (world) => movesAtRest(world, others(world)),
    visible: ({ hardening, facts, secrets, keys, queue }) => [hardening, facts, secrets, keys, queue.length],
    sight: ({ hardening: { memory: _, ...one }, facts }) => JSON.stringify([one, facts.localAuthDisabled]),
    normalForm: (world) => normalForm(world, posture),
    endOf: (world) => endOf(world),
  };
}

async function open(engine: Engine, scene: HardeningScene): Promise<World> {
  const world = await opening(engine, explored);
  // The first sweep looks for drift, once and for all.
  const ports = hardeningPorts(
    world,
    newWorker('worker00001'),
    scene.posture,
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

function nextEvent(world: World, rounds: number): Event<Request> | null {
  const { nowMs, pause, queue, flying, begun, resumed: asked } = world;
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
  const first = events.sort((one, other) => one.atMs - other.atMs)[0];
  if (first !== undefined) return first;
  if (flying.length > 0) return { kind: 'late', atMs: Math.max(...flying.map(({ dueAtMs }) => dueAtMs)) };
  // What is refused, or there already, is not asked for again and again.
  if (begun === 0 && asked < 3) return { kind: 'operator', action: 'ask', atMs: nowMs + 5_000 };
  if (begun > 0 && begun < rounds && asked < 4)
    return { kind: 'operator', action: 'ask for the opposite', atMs: nowMs + 600_000 };
  return null;
}

/** Whether asking can change anything now. */
function mayMatter(world: World, request: Request): boolean {
  const isPaused = world.pause?.paused ?? false;
  switch (request) {
    case 'ask':
    case 'ask for the opposite':
      return !isPaused && isFree(world);
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
  ...['schemaVersion', 'wakeAtMs', 'wakeSeq', 'askedAtMs', 'startedAtMs', 'endedAtMs', 'atMs', 'done', 'what', 'why'],
  ...['closedSinceMs', 'by', 'askedBy', 'waitingFor', 'waiting', 'code', 'foundRules', 'createdAtMs'],
]);

/** Proofs of minutes rest for seconds. */
function finely(ms: number): string {
  const size = Math.abs(ms);
  const step = size < 60_000 ? 5_000 : size < 600_000 ? 20_000 : size < 3_600_000 ? 120_000 : 1_800_000;
  return `${Math.round(ms / step)}x${step}`;
}

function normalForm(world: World, posture: Posture): string {
  const { nowMs, hardening, facts, queue, flying, pause, begun, resumed: asked } = world;
  const { text } = namesOf(nowMs, leftOut, () => undefined, finely);
  const { row, memory, ...account } = hardening;
  const fields = rowOf(world);
  const { calls, inFlight, lastActMs, ...remembered } = memory;
  const lately = (atMs: number) => (nowMs - atMs > 600_000 ? 0 : atMs);
  return hash(
    'sha1',
    (posture === 'keyless' ? normalFormOfKeys(world) : '') +
      text([
        fields && { ...fields, lease: fields.lease.kind === 'held' ? fields.lease : null },
        fields?.lease.kind === 'held' ? (row?.savedAtMs ?? null) : null,
        account,
        [facts.localAuthDisabled, facts.provisioningState, begun, asked],
        queue.map(({ wakeSeq, dueAtMs }) => [wakeSeq !== fields?.wakeSeq, dueAtMs]),
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
