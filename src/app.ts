import { adoptTarget } from './app/adopt-target.ts';
import { asFailure, notNow, onlyIn, unavailable } from './app/answers.ts';
import type { ActionAnswer, App, Operator, RotationAnswer, StartAnswer } from './app/contract.ts';
import { liftFleetLine } from './app/lift-fleet-line.ts';
import { readFleet } from './app/read-fleet.ts';
import { repairTarget } from './app/repair-target.ts';
import { reportCompromise } from './app/report-compromise.ts';
import { sweepFleet } from './app/sweep-fleet.ts';
import { throwPauseSwitch, viewPause } from './app/throw-pause-switch.ts';
import { fleetNow, viewTarget } from './app/view-target.ts';
import type { Target } from './keys/target.ts';
import { parseAccountRow } from './rotation/account-row.ts';
import { advance } from './rotation/advance.ts';
import type { EnginePorts } from './rotation/engine-ports.ts';
import { type FleetLimits, noFleetLimits } from './rotation/fleet/fleet-limits.ts';
import { shareThrottling } from './rotation/fleet/share-throttling.ts';
import { endKey } from './rotation/history.ts';
import { rotationIdOf } from './rotation/operator-request.ts';
import { readPause } from './rotation/pause.ts';
import { requestAction, type Wish } from './rotation/request-action.ts';
import { viewEnded, viewRotation } from './rotation/rotation-view.ts';
import { startRotation } from './rotation/start-rotation.ts';
import { rotationEnd } from './rotation/state.ts';
import { FailureError } from './shared/failure.ts';
import { mapBounded } from './shared/map-bounded.ts';

/** Adapters and settings that the app is made of. */
export interface AppParts extends EnginePorts {
  readonly targets: readonly Target[];
  /** Without them the schedule is bounded by nothing. */
  readonly fleet?: FleetLimits;
}

/** Wires the features to what the edges may ask for. */
export function createApp(given: AppParts): App {
  const parts: AppParts = { ...given, ...shareThrottling(given) };
  const { log, targets } = parts;
  /** Runs `ask` for a declared target; failures of Azure become answers. */
  const forTarget = async <T>(name: string, ask: (target: Target) => Promise<T>) => {
    const target = targets.find((one) => one.name === name);
    return target === undefined ? ({ kind: 'unknown-target' } as const) : await ask(target).catch(unavailable);
  };

  const unlessPaused = async <T>(ask: () => Promise<T>) =>
    (await readPause(parts)).paused ? notNow('paused') : await ask();
  const actOn = (name: string, id: string, wish: Wish, by: Operator) =>
    forTarget(name, (target) => act(parts, target, id, wish, by));

  return {
    listTargets: async () => {
      const fleet = await fleetNow(parts, parts.fleet ?? noFleetLimits);
      return await mapBounded(targets, 32, (target) => viewTarget(parts, target, fleet));
    },
    readTarget: async (name) => {
      const target = targets.find((one) => one.name === name);
      return target === undefined
        ? { kind: 'unknown-target' }
        : { kind: 'found', target: await viewTarget(parts, target) };
    },
    adopt: (name, request, by) =>
      forTarget(name, (target) => unlessPaused(() => adoptTarget(parts, target, request, by))),
    repair: (name, by) => forTarget(name, (target) => unlessPaused(() => repairTarget(parts, target, by))),
    startRotation: (name, { idleKeyUnused }, by) =>
      forTarget(name, (target) => unlessPaused(() => start(parts, target, idleKeyUnused, by))),
    compromise: (name, request, by) =>
      forTarget(name, (target) =>
        request.dryRun
          ? reportCompromise(parts, target, request, by)
          : unlessPaused(() => reportCompromise(parts, target, request, by)),
      ),
    readPause: async () => {
      const pause = await readPause(parts).catch(asFailure);
      return pause instanceof FailureError ? { paused: null, by: null, reason: null, since: null } : viewPause(pause);
    },
    setPause: (request, by) =>
      throwPauseSwitch(parts, request, by).then((pause) => ({ kind: 'set', pause }) as const, unavailable),
    readRotation: (name, id) => forTarget(name, (target) => readRotation(parts, target, id)),
    rollBack: (name, id, by) => actOn(name, id, { action: 'roll-back' }, by),
    resume: (name, id, by) => actOn(name, id, { action: 'resume' }, by),
    cancel: (name, id, by) => actOn(name, id, { action: 'cancel' }, by),
    hold: (name, id, { reason }, by) => actOn(name, id, { action: 'hold', why: reason }, by),
    releaseHold: (name, id, by) => actOn(name, id, { action: 'release-hold' }, by),
    expedite: (name, id, { reason, overlapSeconds }, by) => {
      const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
      return actOn(name, id, { action: 'expedite', why: reason, overlapMs }, by);
    },
    async advance(wakeUp) {
      const target = targets.find((one) => one.name === wakeUp.target);
      if (target === undefined) log({ event: 'wake-up-dropped', target: wakeUp.target, why: 'unknown-target' });
      else await advance(parts, target, wakeUp);
    },
    sweep: () => sweepFleet(parts),
    readFleet: () => readFleet(parts).catch(unavailable),
    liftLine: (request, by) => liftFleetLine(parts, request, by).catch(unavailable),
  };
}

async function start(parts: AppParts, target: Target, idleKeyUnused: boolean, by: Operator): Promise<StartAnswer> {
  const started = await startRotation(parts, target, { cause: 'operator', startedBy: by.objectId, idleKeyUnused });
  if (started.kind === 'refused') return notNow(started.reason, started.rotationId);
  const { rotation, wakeAtMs } = started;
  return { kind: 'started', rotation: viewRotation(rotation, target.name, wakeAtMs, target.policy.probe) };
}

async function readRotation(parts: AppParts, target: Target, id: string): Promise<RotationAnswer> {
  const { probe } = target.policy;
  const stored = await parts.rows.load(target.account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (parsed?.kind === 'row' && parsed.row.rotation !== null && rotationIdOf(parsed.row.rotation) === id)
    return { kind: 'found', rotation: viewRotation(parsed.row.rotation, target.name, parsed.row.wakeAtMs, probe) };
  const ended = rotationEnd.safeParse(await parts.rows.readHistory(target.account, endKey(id)));
  return ended.success
    ? { kind: 'found', rotation: viewEnded(ended.data, target.name, probe) }
    : { kind: 'unknown-rotation' };
}

async function act(parts: AppParts, target: Target, id: string, wish: Wish, by: Operator): Promise<ActionAnswer> {
  const requested = await requestAction(parts, target, id, wish, by.objectId);
  switch (requested.kind) {
    case 'noted': {
      const { rotation, wakeAtMs } = requested;
      return { kind: 'noted', rotation: viewRotation(rotation, target.name, wakeAtMs, target.policy.probe) };
    }
    case 'illegal':
      return onlyIn(requested.legalIn, id);
    case 'unknown-rotation':
      return requested;
    case 'newer-schema':
    case 'lost-race':
    case 'request-pending':
    case 'not-shorter':
      return notNow(requested.kind, id);
  }
}
