import { actOnRotation } from './app/act-on-rotation.ts';
import { adoptMany } from './app/adopt-many.ts';
import { adoptTarget } from './app/adopt-target.ts';
import { asFailure, notNow, unavailable } from './app/answers.ts';
import { type AccessParts, changeAccess, readAccess } from './app/change-access.ts';
import { changeKeyless, showKeyless } from './app/change-keyless.ts';
import type { App, NotNow, Operator } from './app/contract.ts';
import { handleRegeneratedKey } from './app/handle-regenerated-key.ts';
import { heedSecretEvent } from './app/heed-secret-event.ts';
import { keyIdentifier } from './app/identify-key.ts';
import { type InvocationPorts, inInvocation } from './app/in-invocation.ts';
import { readKeysPhase } from './app/keys-phase.ts';
import { liftFleetLine } from './app/lift-fleet-line.ts';
import { listRotations } from './app/list-rotations.ts';
import { listTargets, readTarget } from './app/list-targets.ts';
import type { EventsLook } from './app/look-at-events.ts';
import { offboardTarget } from './app/offboard-target.ts';
import { type PostureParts, postureWiring } from './app/posture-wiring.ts';
import { previewAdoptionOf } from './app/preview-adoption-of.ts';
import { previewRotation } from './app/preview-rotation.ts';
import { readEvidence } from './app/read-evidence.ts';
import { readFleet } from './app/read-fleet.ts';
import { readRotation } from './app/read-rotation.ts';
import { repairTarget } from './app/repair-target.ts';
import { reportCompromise } from './app/report-compromise.ts';
import { startOnRequest } from './app/start-on-request.ts';
import { sweepFleet } from './app/sweep-fleet.ts';
import { tell } from './app/telling.ts';
import { throwPauseSwitch, viewPause } from './app/throw-pause-switch.ts';
import { verifyKeyless } from './app/verify-keyless.ts';
import { adoptionRow } from './app/view-adoption.ts';
import { LeaseLost } from './durable/lease-lost.ts';
import type { WakeUp } from './durable/ports.ts';
import type { Target } from './keys/target.ts';
import { advance } from './rotation/advance.ts';
import type { Wish } from './rotation/requests/request-action.ts';
import { readPause } from './rotation/run/pause.ts';
import { shareThrottling } from './rotation/schedule/share-throttling.ts';
import { FailureError } from './shared/failure.ts';

/** Adapters and settings that the app is made of. */
export interface AppParts extends PostureParts {
  /** How it is found out by which road events come; without it that stays unknown. */
  readonly events?: EventsLook;
}

/** Wires the features to what the edges may ask for. */
export function createApp(given: AppParts): App {
  const { askOthers, asReader, accountsOfRotation, ...shared } = shareThrottling(given);
  const parts: AppParts = { ...given, ...shared };
  const { log, targets } = parts;
  const postures = postureWiring(parts);
  const identify = keyIdentifier(parts);
  const failedLooksAtMs = new Map<string, number>();
  const failedAdoptionsAtMs = new Map<string, number>();
  /** Runs `ask` for the target of that name; failures of Azure become answers, and what `own` saves carries its evidence. */
  const forTarget = async <T>(name: string, ask: (target: Target, own: InvocationPorts) => Promise<T>) => {
    const known = await targets.find(name).catch(unavailable);
    if (known === null) return { kind: 'unknown-target' } as const;
    if ('kind' in known) return known;
    return await inInvocation(parts, known.target, (own) => ask(known.target, own)).catch(unavailable);
  };

  /** What a person reads through Azure. */
  const reading = async <T>(name: string, ask: (target: Target, own: InvocationPorts) => Promise<T>) =>
    forTarget(name, (target, own) => asReader(target.account, () => ask(target, own)));
  const unlessPaused = async <T>(ask: () => Promise<T>) =>
    (await readPause(parts)).paused ? notNow('paused') : await ask();
  const onPosture = <T>(name: string, ask: (ports: AccessParts, target: Target) => Promise<T>) =>
    forTarget(name, (target, own) => ask(postures.withPosture(own, target), target).catch(lostRow));
  const actOn = (name: string, id: string, wish: Wish, by: Operator) =>
    forTarget(name, (target, own) => actOnRotation(own, target, id, wish, by));

  return {
    listTargets: () => listTargets(parts).catch(unavailable),
    readTarget: (name) => readTarget(parts, name).catch(unavailable),
    // While paused too: it reads the journal alone.
    identify: async (key, by) => {
      const answer = await identify(key);
      const { matches = [] } = answer.kind === 'identified' ? answer.identified : {};
      log({ event: 'key-identified', operator: by.objectId, targets: matches.map(({ target }) => target) });
      return answer;
    },
    diagnose: (name) => reading(name, (target) => postures.diagnose(target)),
    adopt: (name, request, by) =>
      forTarget(name, (target, own) =>
        unlessPaused(() => adoptTarget({ ...own, postures: parts.posture?.postures }, target, request, by)),
      ),
    // What Azure refuses stands in the way of the adoption: it is part of the answer.
    previewAdoption: (name, request) =>
      forTarget(name, async (target, own) => ({
        kind: 'previewed',
        adoption: await previewAdoptionOf({ ...own, postures: parts.posture?.postures }, target, request).catch(
          (error: unknown) => adoptionRow(name, unavailable(error)),
        ),
      })),
    adoptMany: (request, by) => {
      const each = { ...parts, postures: parts.posture?.postures };
      const adopt = async () => {
        const adoptions = await adoptMany(each, request, by, failedAdoptionsAtMs);
        return { kind: 'done', adoptions } as const;
      };
      return (request.dryRun ? adopt() : unlessPaused(adopt)).catch(unavailable);
    },
    repair: (name, by) => forTarget(name, (target, own) => unlessPaused(() => repairTarget(own, target, by))),
    // While paused too: whoever leaves pauses first, so that nothing is begun meanwhile.
    offboard: async (name, request, by) => {
      const known = await targets.find(name).catch(unavailable);
      if (known === null) return { kind: 'unknown-target' };
      if ('kind' in known) return known;
      return await inInvocation(parts, known.target, (own) =>
        offboardTarget({ ...own, postures: postures.rows() }, known, request, by),
      ).catch(unavailable);
    },
    startRotation: (name, request, by) =>
      forTarget(name, (target, own) => unlessPaused(() => startOnRequest(own, target, request, by))),
    previewRotation: (name, request) =>
      forTarget(name, async (target, own) => ({
        kind: 'previewed',
        plan: await previewRotation(own, target, request),
      })),
    // While paused too: it writes the journal alone, and the key is replaced when the pause ends.
    compromise: (name, request, by) =>
      forTarget(name, (target, own) =>
        reportCompromise(own, target, request, by, () => readKeysPhase(parts.posture?.postures, target)),
      ),
    readAccess: (name) => reading(name, (target, own) => readAccess(postures.withPosture(own, target), target)),
    changeAccess: (name, request, by) => onPosture(name, (ports, target) => changeAccess(ports, target, request, by)),
    readKeyless: (name) => reading(name, (target, own) => showKeyless(postures.withPosture(own, target), target)),
    verifyKeyless: (name) => onPosture(name, (ports, target) => verifyKeyless(ports, target)),
    changeKeyless: (name, request, by) => onPosture(name, (ports, target) => changeKeyless(ports, target, request, by)),
    readPause: async () => {
      const pause = await readPause(parts).catch(asFailure);
      return pause instanceof FailureError ? { paused: null, by: null, reason: null, since: null } : viewPause(pause);
    },
    setPause: (request, by) =>
      throwPauseSwitch(parts, request, by).then((pause) => ({ kind: 'set', pause }) as const, unavailable),
    readRotation: (name, id) => forTarget(name, (target) => readRotation(parts.rows, target, id)),
    listRotations: (name, page) => forTarget(name, (target) => listRotations(parts.rows, target, page)),
    readEvidence: (name, id, page) => forTarget(name, (target) => readEvidence(parts.rows, target, id, page)),
    rollBack: (name, id, by, confirm = []) => actOn(name, id, { action: 'roll-back', confirm }, by),
    resume: (name, id, by) => actOn(name, id, { action: 'resume' }, by),
    cancel: (name, id, by, confirm = []) => actOn(name, id, { action: 'cancel', confirm }, by),
    hold: (name, id, { reason, confirm = [] }, by) => actOn(name, id, { action: 'hold', why: reason, confirm }, by),
    releaseHold: (name, id, by) => actOn(name, id, { action: 'release-hold' }, by),
    expedite: (name, id, { reason, overlapSeconds }, by) => {
      const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
      return actOn(name, id, { action: 'expedite', why: reason, overlapMs }, by);
    },
    readNetwork: (name) => reading(name, async (target) => (await postures.network()).readNetwork(target)),
    readNetworkChange: (name, id) =>
      reading(name, async (target) => (await postures.network()).readNetworkChange(target, id)),
    putNetwork: (name, request, asking, by) =>
      forTarget(name, async (target) =>
        (await postures.network()).putNetwork(target, request, { ...asking, by: by.objectId }).catch(lostRow),
      ),
    async advance(wakeUp) {
      const known = await targets.find(wakeUp.target);
      if (known === null) log({ event: 'wake-up-dropped', target: wakeUp.target, why: 'unknown-target' });
      else if (wakeUp.posture !== undefined)
        await postures.advance(known.target, { ...wakeUp, posture: wakeUp.posture });
      else {
        await askOthers(known.target.account);
        await advanceAndTell({ ...parts, accounts: accountsOfRotation }, known.target, wakeUp);
      }
    },
    heedSecretEvent: (event) => heedSecretEvent(parts, targets, event),
    handleRegeneratedKey: (event) => handleRegeneratedKey(parts, targets, event),
    sweep: () => sweepFleet(parts, postures.sweep, failedLooksAtMs),
    readFleet: () => readFleet(parts).catch(unavailable),
    liftLine: (request, by) => liftFleetLine(parts, request, by).catch(unavailable),
  };
}

/** For a request whose row somebody else has saved meanwhile, or whose save got no answer and was not made: it may be asked again. */
function lostRow(error: unknown): NotNow {
  if (error instanceof LeaseLost) return notNow('lost-race');
  throw error;
}

async function advanceAndTell(parts: AppParts, target: Target, wakeUp: WakeUp): Promise<void> {
  const seen = await inInvocation(parts, target, async (own) => {
    await advance(own, target, wakeUp);
    return own.rows.latest();
  });
  await tell(parts, target, seen);
}
