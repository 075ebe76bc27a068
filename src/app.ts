import { adoptTarget } from './app/adopt-target.ts';
import { advancePosture } from './app/advance-posture.ts';
import { asFailure, notNow, onlyIn, unavailable } from './app/answers.ts';
import { type AccessParts, changeAccess, readAccess } from './app/change-access.ts';
import { changeKeyless, showKeyless } from './app/change-keyless.ts';
import type { ActionAnswer, App, Operator, StartAnswer, StartRequest, TestedAddress } from './app/contract.ts';
import { heedSecretEvent } from './app/heed-secret-event.ts';
import { type InvocationPorts, inInvocation } from './app/in-invocation.ts';
import { listRotations } from './app/list-rotations.ts';
import { listTargets, readTarget } from './app/list-targets.ts';
import { lookAfterTarget } from './app/look-after-target.ts';
import { measureFleet, measureTarget, type Seen } from './app/measure.ts';
import type { NetworkPorts } from './app/network-posture.ts';
import { overdueNotice } from './app/notices-of-sweep.ts';
import type { PosturePorts } from './app/posture-ports.ts';
import { readEvidence } from './app/read-evidence.ts';
import { readRotation } from './app/read-rotation.ts';
import { repairTarget } from './app/repair-target.ts';
import { reportCompromise } from './app/report-compromise.ts';
import { sweepPostures } from './app/sweep-postures.ts';
import { note, tell } from './app/telling.ts';
import { throwPauseSwitch, viewPause } from './app/throw-pause-switch.ts';
import { verifyKeyless } from './app/verify-keyless.ts';
import type { Target } from './keys/target.ts';
import { parseAccountRow } from './rotation/account-row.ts';
import { advance } from './rotation/advance.ts';
import { readPause } from './rotation/pause.ts';
import type { WakeUp } from './rotation/ports.ts';
import { requestAction, type Wish } from './rotation/request-action.ts';
import { viewRotation } from './rotation/rotation-view.ts';
import { isKeyless, startRotation } from './rotation/start-rotation.ts';
import { sweepAccount } from './rotation/sweep-account.ts';
import { FailureError } from './shared/failure.ts';
import type { KnownTarget, TargetSource } from './targets/target-source.ts';

/** Adapters and settings that the app is made of. */
export interface AppParts extends InvocationPorts {
  /** What the network's posture needs besides; without it nothing of it is offered. */
  readonly network?: NetworkPorts;
  readonly targets: TargetSource;
  /** What changes of posture need; left out where only keys are looked after. */
  readonly posture?: PosturePorts;
}

/** Wires the features to what the edges may ask for. */
export function createApp(parts: AppParts): App {
  const { log, targets } = parts;
  /** Runs `ask` for the target of that name; failures of Azure become answers, and what `own` saves carries its evidence. */
  const forTarget = async <T>(name: string, ask: (target: Target, own: InvocationPorts) => Promise<T>) => {
    const known = await targets.find(name).catch(unavailable);
    if (known === null) return { kind: 'unknown-target' } as const;
    if ('kind' in known) return known;
    return await inInvocation(parts, known.target, (own) => ask(known.target, own)).catch(unavailable);
  };

  const unlessPaused = async <T>(ask: () => Promise<T>) =>
    (await readPause(parts)).paused ? notNow('paused') : await ask();
  const unlessPausedOrDry = async <T>({ dryRun }: { readonly dryRun: boolean }, ask: () => Promise<T>) =>
    dryRun ? await ask() : await unlessPaused(ask);
  const { posture } = parts;
  const onPosture = <T>(name: string, ask: (ports: AccessParts, target: Target) => Promise<T>) =>
    forTarget(name, (target, own) => {
      if (posture === undefined) throw new TypeError('this app was wired without the ports of postures');
      return ask({ ...own, posture, targets }, target);
    });
  const actOn = (name: string, id: string, wish: Wish, by: Operator) =>
    forTarget(name, (target, own) => act(own, target, id, wish, by));

  return {
    listTargets: () => listTargets(parts).catch(unavailable),
    readTarget: (name) => readTarget(parts, name).catch(unavailable),
    diagnose: (name, address) => forTarget(name, (target) => diagnose(parts, target, address)),
    adopt: (name, request, by) =>
      forTarget(name, (target, own) => unlessPaused(() => adoptTarget(own, target, request, by))),
    repair: (name, by) => forTarget(name, (target, own) => unlessPaused(() => repairTarget(own, target, by))),
    startRotation: (name, request, by) =>
      forTarget(name, (target, own) => unlessPaused(() => start(own, target, request, by))),
    compromise: (name, request, by) =>
      forTarget(name, async (target, own) =>
        (await isKeylessNow(own, target))
          ? notNow('keyless')
          : request.dryRun
            ? reportCompromise(own, target, request, by)
            : unlessPaused(() => reportCompromise(own, target, request, by)),
      ),
    readAccess: (name) => onPosture(name, (ports, target) => readAccess(ports, target)),
    changeAccess: (name, request, by) =>
      onPosture(name, (ports, target) => unlessPausedOrDry(request, () => changeAccess(ports, target, request, by))),
    readKeyless: (name) => onPosture(name, (ports, target) => showKeyless(ports, target)),
    verifyKeyless: (name) => onPosture(name, (ports, target) => verifyKeyless(ports, target)),
    changeKeyless: (name, request, by) =>
      onPosture(name, (ports, target) => unlessPausedOrDry(request, () => changeKeyless(ports, target, request, by))),
    readPause: async () => {
      const pause = await readPause(parts).catch(asFailure);
      return pause instanceof FailureError ? { paused: null, by: null, reason: null, since: null } : viewPause(pause);
    },
    setPause: (request, by) =>
      throwPauseSwitch(parts, request, by).then((pause) => ({ kind: 'set', pause }) as const, unavailable),
    readRotation: (name, id) => forTarget(name, (target) => readRotation(parts.rows, target, id)),
    listRotations: (name, page) => forTarget(name, (target) => listRotations(parts.rows, target, page)),
    readEvidence: (name, id, page) => forTarget(name, (target) => readEvidence(parts.rows, target, id, page)),
    rollBack: (name, id, by) => actOn(name, id, { action: 'roll-back' }, by),
    resume: (name, id, by) => actOn(name, id, { action: 'resume' }, by),
    cancel: (name, id, by) => actOn(name, id, { action: 'cancel' }, by),
    hold: (name, id, { reason }, by) => actOn(name, id, { action: 'hold', why: reason }, by),
    releaseHold: (name, id, by) => actOn(name, id, { action: 'release-hold' }, by),
    expedite: (name, id, { reason, overlapSeconds }, by) => {
      const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
      return actOn(name, id, { action: 'expedite', why: reason, overlapMs }, by);
    },
    readNetwork: (name) => forTarget(name, async (target) => (await network(parts)).readNetwork(target)),
    readNetworkChange: (name, id) =>
      forTarget(name, async (target) => (await network(parts)).readNetworkChange(target, id)),
    putNetwork: (name, request, asking, by) =>
      forTarget(name, async (target) =>
        (await network(parts)).putNetwork(target, request, { ...asking, by: by.objectId }),
      ),
    async advance(wakeUp) {
      const known = await targets.find(wakeUp.target);
      if (known === null) log({ event: 'wake-up-dropped', target: wakeUp.target, why: 'unknown-target' });
      else if (wakeUp.posture === 'network') await (await network(parts)).advanceNetwork(known.target, wakeUp);
      else if (wakeUp.posture === undefined) await advanceAndTell(parts, known.target, wakeUp);
      else if (posture !== undefined) {
        const { posture: which, wakeSeq } = wakeUp;
        await inInvocation(parts, known.target, (own) =>
          advancePosture({ ...own, posture, targets }, known.target, which, wakeSeq),
        );
      }
    },
    heedSecretEvent: (event) => heedSecretEvent(parts, targets, event),
    sweep: () => sweep(parts),
  };
}

async function advanceAndTell(parts: AppParts, target: Target, wakeUp: WakeUp): Promise<void> {
  const seen = await inInvocation(parts, target, async (own) => {
    await advance(own, target, wakeUp);
    return own.rows.latest();
  });
  await tell(parts, target, seen);
}

/** Loaded when it is first asked for, as the postures are. */
async function diagnose(parts: AppParts, target: Target, address: TestedAddress) {
  const { network, posture } = parts;
  if (network === undefined || posture === undefined)
    throw new TypeError('this app was made without the ports of a diagnosis');
  const { diagnoseTarget } = await import('./app/diagnose-target.ts');
  const { networkLook, names: nameLookup } = network;
  const doors = networkLook.account;
  return await diagnoseTarget({ ...parts, ...posture, doors, nameLookup }, target, address);
}

/** Loaded when it is first asked for: a rotation's cold start does not wait for it. */
async function network(parts: AppParts) {
  if (parts.network === undefined) throw new TypeError('this app was made without the ports of the network');
  const { networkPosture } = await import('./app/network-posture.ts');
  return networkPosture({ ...parts, ...parts.network });
}

async function sweepNetwork(parts: AppParts, target: Target): Promise<void> {
  const stored = await parts.network?.postures.load(target.account, 'network');
  if (stored != null) await (await network(parts)).sweepNetwork(target);
}

async function start(parts: InvocationPorts, target: Target, asked: StartRequest, by: Operator): Promise<StartAnswer> {
  const { idleKeyUnused, idempotencyKey: key = null } = asked;
  const request = key === null ? null : { by: by.objectId, key, asks: JSON.stringify({ idleKeyUnused }) };
  const options = { cause: 'operator', startedBy: by.objectId, idleKeyUnused, request } as const;
  const started = await startRotation(parts, target, options);
  switch (started.kind) {
    case 'started': {
      const { rotation, wakeAtMs } = started;
      return { kind: 'started', rotation: viewRotation(rotation, target.name, wakeAtMs, target.policy.probe) };
    }
    case 'started-before': {
      const before = await readRotation(parts.rows, target, started.rotationId);
      return before.kind === 'found' ? { kind: 'started', rotation: before.rotation } : notNow('lost-race');
    }
    case 'key-reused':
      return started;
    case 'refused':
      return notNow(started.reason, started.rotationId);
  }
}

/** What has no keys can leak none. */
async function isKeylessNow({ rows }: InvocationPorts, target: Target): Promise<boolean> {
  const stored = await rows.load(target.account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  return isKeyless(parsed?.kind === 'row' ? parsed.row : null, target);
}

async function act(
  parts: InvocationPorts,
  target: Target,
  id: string,
  wish: Wish,
  by: Operator,
): Promise<ActionAnswer> {
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

/** So that a sweep of many targets ends before the next one begins; the rest is looked at then. */
const mostLooksASweep = 20;

async function sweep(parts: AppParts): Promise<void> {
  const pause = await readPause(parts).catch(asFailure);
  const paused = !(pause instanceof FailureError) && pause.paused;
  const counts = { paused, woken: 0, started: 0, suspended: 0, failed: 0 };
  let looks = 0;
  const seen: { readonly target: Target; readonly seen: Seen }[] = [];
  const broken: Parameters<typeof tell>[3] = new Set();
  const sweepOne = async ({ target, heldBack }: KnownTarget) => {
    const { answer, latest } = await inInvocation(parts, target, async (own) => ({
      answer: await sweepAccount(own, target, heldBack === null),
      latest: own.rows.latest(),
    }));
    seen.push({ target, seen: latest });
    parts.log(measureTarget(target, latest));
    if (parts.posture !== undefined) await sweepPostures({ ...parts, posture: parts.posture }, target);
    if (answer.kind === 'leave' && looks < mostLooksASweep && (await lookAfterTarget(parts, target))) looks += 1;
    const overdue = latest && overdueNotice(latest.row, target, parts.instance, latest.storageNowMs);
    if (overdue !== null) await note(parts, target, [overdue]);
    await tell(parts, target, latest, broken);
    return answer;
  };
  // What discovery cannot save now, the next sweep finds again.
  const discovered = await parts.targets.refresh().catch(asFailure);
  if (discovered instanceof FailureError) parts.log({ event: 'discovery-failed', code: discovered.failure.code });
  const all = await parts.targets.list();
  // Also while paused: a door that has moved is proved or put back whatever the switch says.
  for (const { target } of all) await sweepNetwork(parts, target).catch(asFailure);
  for (const known of paused ? [] : all) {
    // A switch that cannot be read is no leave to begin anything.
    const swept = pause instanceof FailureError ? pause : await sweepOne(known).catch(asFailure);
    if (swept instanceof FailureError) {
      counts.failed += 1;
      parts.log({ event: 'target-not-swept', target: known.target.name, code: swept.failure.code });
    } else if (swept.kind === 'wake') counts.woken += 1;
    else if (swept.kind === 'start') counts.started += 1;
    else if (swept.reason === 'suspended') counts.suspended += 1;
  }
  if (!paused) parts.log(measureFleet(seen));
  parts.log({ event: 'swept', targets: all.length, ...counts });
}
