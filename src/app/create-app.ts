import { LeaseLost } from '../durable/lease-fence.ts';
import type { WakeUp } from '../durable/ports.ts';
import { sendWakeUp } from '../durable/send-wake-up.ts';
import type { Target } from '../keys/target.ts';
import { advance } from '../rotation/advance.ts';
import type { Wish } from '../rotation/requests/request-action.ts';
import { readPause } from '../rotation/run/pause.ts';
import { restOfLateStarts } from '../rotation/schedule/late-starts.ts';
import { sharedRateLimit } from '../rotation/schedule/shared-rate-limit.ts';
import { asFailure, FailureError } from '../shared/failure.ts';
import { oneAtATime } from '../shared/one-at-a-time.ts';
import { type KnownTarget, targetsUnknown } from '../targets/target-source.ts';
import { notNow, unavailable } from './answers.ts';
import type { App, NotNow, Operator } from './contract.ts';
import { type AccessParts, changeAccess, readAccess } from './hardening/change-access.ts';
import { changeKeyless, showKeyless } from './hardening/change-keyless.ts';
import { type HardeningParts, hardeningWiring } from './hardening/hardening-wiring.ts';
import { readKeysPhase } from './hardening/keys-phase.ts';
import { verifyKeyless } from './hardening/verify-keyless.ts';
import { type InvocationPorts, inInvocation } from './in-invocation.ts';
import { notify } from './notifier.ts';
import { pauseBlocker } from './rotations/blockers.ts';
import { handleRegeneratedKey } from './rotations/handle-regenerated-key.ts';
import { handleSecretEvent } from './rotations/handle-secret-event.ts';
import { actOnRotation, reportLeak, startOnRequest } from './rotations/operator-requests.ts';
import { previewRotation } from './rotations/preview-rotation.ts';
import { readersOf } from './rotations/read-readers.ts';
import { listRotations, readAuditTrail, readRotation } from './rotations/read-rotations.ts';
import { noLooks } from './sweep/look-after-fleet.ts';
import { acceptDocument, readFleet, resetCircuitBreaker } from './sweep/read-fleet.ts';
import { setPauseSwitch, viewPause } from './sweep/set-pause.ts';
import { type SweepParts, sweepFleet } from './sweep/sweep-fleet.ts';
import { type AdoptionsMemory, adoptMany } from './targets/adopt-many.ts';
import { adoptTarget, repairTarget } from './targets/adopt-target.ts';
import { adoptionRow } from './targets/adoption-views.ts';
import { keyIdentifier } from './targets/identify-key.ts';
import { listTargets, readTarget } from './targets/list-targets.ts';
import { offboardTarget } from './targets/offboard-target.ts';
import { previewAdoptionOf } from './targets/preview-adoption-of.ts';

/** Adapters and settings that the app is made of. */
export interface AppParts extends HardeningParts, Omit<SweepParts, 'hardening'> {
  /** Which version of Keyturn this is. */
  readonly version?: string;
}

/** Wires the features to what the edges may ask for. */
export function createApp(given: AppParts): App {
  const { askSharedLimit, asReader, accountsOfRotation, accountsOfAdoptions, ...shared } = sharedRateLimit(given);
  const parts: AppParts = { ...given, ...shared };
  const { log, targets } = parts;
  const hardening = hardeningWiring(parts);
  const identify = keyIdentifier(parts);
  const readReaders = readersOf(parts);
  const wholeLists = oneAtATime();
  const lastLooks = noLooks();
  const restOfStart = restOfLateStarts();
  const adoptionsMemory: AdoptionsMemory = { failedAtMs: new Map(), turnsOfVaults: new Map() };
  const hardeningRows = parts.hardening?.hardeningRows;
  /** Runs `ask` for the target of that name; failures of Azure become answers, and what `own` saves carries its audit trail. */
  const forKnown = async <T>(name: string, ask: (known: KnownTarget, own: InvocationPorts) => Promise<T>) => {
    const known = await targets.find(name).catch(unavailable);
    if (known === null) return { kind: 'unknown-target' } as const;
    if ('kind' in known) return known;
    return await inInvocation(parts, known.target, (own) => ask(known, own)).catch(unavailable);
  };
  const forTarget = <T>(name: string, ask: (target: Target, own: InvocationPorts) => Promise<T>) =>
    forKnown(name, ({ target }, own) => ask(target, own));
  /** What a person reads through Azure. */
  const reading = async <T>(name: string, ask: (target: Target, own: InvocationPorts) => Promise<T>) =>
    forTarget(name, (target, own) => asReader(target.account, () => ask(target, own)));
  const unlessPaused = async <T>(ask: () => Promise<T>) => (await pauseBlocker(parts)) ?? (await ask());
  const onHardening = <T>(name: string, ask: (ports: AccessParts, target: Target) => Promise<T>) =>
    forTarget(name, (target, own) => ask(hardening.withHardening(own, target), target).catch(lostRow));
  const actOn = (name: string, id: string, wish: Wish, by: Operator) =>
    forTarget(name, (target, own) => actOnRotation(own, target, id, wish, by));

  return {
    listTargets: (query) => listTargets(parts, query, wholeLists).catch(unavailable),
    readTarget: (name) => readTarget(parts, name).catch(unavailable),
    // While paused too: it reads only the journal.
    identify: async (key, by) => {
      const answer = await identify(key);
      const { matches = [] } = answer.kind === 'identified' ? answer.identified : {};
      log({ event: 'key-identified', operator: by.objectId, targets: matches.map(({ target }) => target) });
      return answer;
    },
    diagnose: (name) => reading(name, (target) => hardening.diagnose(target)),
    adopt: (name, request, by) =>
      forTarget(name, (target, own) => unlessPaused(() => adoptTarget({ ...own, hardeningRows }, target, request, by))),
    // What Azure refuses stands in the way of the adoption: it is part of the answer.
    previewAdoption: (name, request) =>
      forTarget(name, async (target, own) => ({
        kind: 'previewed',
        adoption: await previewAdoptionOf({ ...own, hardeningRows }, target, request).catch((error: unknown) =>
          adoptionRow(name, unavailable(error)),
        ),
      })),
    adoptMany: (request, by) => {
      const adopt = async () => {
        const adoptions = await adoptMany(
          { ...parts, accounts: accountsOfAdoptions, hardeningRows },
          request,
          by,
          adoptionsMemory,
        );
        return { kind: 'done', adoptions } as const;
      };
      return (request.dryRun ? adopt() : unlessPaused(adopt)).catch(unavailable);
    },
    repair: (name, by) => forTarget(name, (target, own) => unlessPaused(() => repairTarget(own, target, by))),
    // While paused too: anybody who leaves pauses first, so that nothing is begun meanwhile.
    offboard: (name, request, by) =>
      forKnown(name, (known, own) => offboardTarget({ ...own, hardeningRows: hardening.rows() }, known, request, by)),
    startRotation: (name, request, by) =>
      forTarget(name, (target, own) => unlessPaused(() => startOnRequest(own, target, request, by))),
    previewRotation: (name, request) =>
      forTarget(name, async (target, own) => ({
        kind: 'previewed',
        plan: await previewRotation({ ...own, auditLog: parts.auditLog ?? null }, target, request),
      })),
    // While paused too: it writes only the journal, and the key is replaced when the pause ends.
    leak: (name, request, by) =>
      forTarget(name, (target, own) =>
        reportLeak(own, target, request, by, () => readKeysPhase(hardeningRows, target)),
      ),
    readAccess: (name) => reading(name, (target, own) => readAccess(hardening.withHardening(own, target), target)),
    changeAccess: (name, request, by) => onHardening(name, (ports, target) => changeAccess(ports, target, request, by)),
    readKeyless: (name) => reading(name, (target, own) => showKeyless(hardening.withHardening(own, target), target)),
    verifyKeyless: (name) => onHardening(name, (ports, target) => verifyKeyless(ports, target)),
    changeKeyless: (name, request, by) =>
      onHardening(name, (ports, target) => changeKeyless(ports, target, request, by)),
    readPause: async () => {
      const pause = await readPause(parts).catch(asFailure);
      return pause instanceof FailureError ? { paused: null, by: null, reason: null, since: null } : viewPause(pause);
    },
    setPause: (request, by) =>
      setPauseSwitch(parts, request, by).then((pause) => ({ kind: 'set', pause }) as const, unavailable),
    readRotation: (name, id) =>
      forTarget(name, (target) => readRotation(parts.rows, target, id, undefined, readReaders)),
    listRotations: (name, page) => forTarget(name, (target) => listRotations(parts.rows, target, page)),
    readAuditTrail: (name, id, page) => forTarget(name, (target) => readAuditTrail(parts.rows, target, id, page)),
    rollBack: (name, id, by, confirm = []) => actOn(name, id, { action: 'roll-back', confirm }, by),
    resume: (name, id, by) => actOn(name, id, { action: 'resume' }, by),
    cancel: (name, id, by, confirm = []) => actOn(name, id, { action: 'cancel', confirm }, by),
    hold: (name, id, { reason, confirm = [] }, by) => actOn(name, id, { action: 'hold', reason, confirm }, by),
    releaseHold: (name, id, by) => actOn(name, id, { action: 'release-hold' }, by),
    expedite: (name, id, { reason, overlapSeconds, leaveBehind = [] }, by) => {
      const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
      return actOn(name, id, { action: 'expedite', reason, overlapMs, leaveBehind }, by);
    },
    readNetwork: (name) => reading(name, async (target) => (await hardening.network()).readNetwork(target)),
    readNetworkChange: (name, id) =>
      reading(name, async (target) => (await hardening.network()).readNetworkChange(target, id)),
    putNetwork: (name, request, asking, by) =>
      forTarget(name, async (target) =>
        (await hardening.network()).putNetwork(target, request, { ...asking, by: by.objectId }).catch(lostRow),
      ),
    async advance(wakeUp) {
      const known = await targets.find(wakeUp.target).catch(ifUnknown);
      if (known === null || known === targetsUnknown)
        log({ event: 'wake-up-dropped', target: wakeUp.target, reason: known ?? 'unknown-target' });
      else if (wakeUp.area !== undefined) await hardening.advance(known.target, { ...wakeUp, area: wakeUp.area });
      else {
        const { planned } = wakeUp;
        const nowMs = parts.clock.nowMs();
        const restMs = planned === undefined ? 0 : restOfStart(known.target.vaultUrl, planned, nowMs);
        if (restMs > 0) return await sendWakeUp(parts, wakeUp, restMs);
        await askSharedLimit(known.target.account);
        await advanceAndNotify({ ...parts, accounts: accountsOfRotation }, known.target, wakeUp);
      }
    },
    handleSecretEvent: (event) => handleSecretEvent(parts, targets, event),
    handleRegeneratedKey: (event) => handleRegeneratedKey(parts, targets, event),
    sweep: () => sweepFleet(parts, hardening.sweep, lastLooks),
    readFleet: () => readFleet(parts).catch(unavailable),
    acceptDocument: (request, by) => acceptDocument(parts, request, by).catch(unavailable),
    resetFleet: (request, by) => resetCircuitBreaker(parts, request, by).catch(unavailable),
  };
}

/** Before a first document was accepted a message is no poison: the sweep sends it again once the targets are known. */
function ifUnknown(error: unknown): typeof targetsUnknown {
  if (error instanceof FailureError && error.failure.code === targetsUnknown) return targetsUnknown;
  throw error;
}

/** For a request whose row somebody else has saved meanwhile, or whose save got no answer and was not made: it may be asked again. */
function lostRow(error: unknown): NotNow {
  if (error instanceof LeaseLost) return notNow('lost-race');
  throw error;
}

async function advanceAndNotify(parts: AppParts, target: Target, wakeUp: WakeUp): Promise<void> {
  const seen = await inInvocation(parts, target, async (own) => {
    await advance(own, target, wakeUp);
    return own.rows.latest();
  });
  await notify(parts, target, seen);
}
