import type { EnginePorts } from '../../rotation/ports.ts';
import { type FleetFacts, type FleetLimits, noFleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import {
  type FleetNotes,
  factsOfNotes,
  type LookPromise,
  readFleetNotes,
  type WaitReason,
} from '../../rotation/schedule/fleet-notes.ts';
import { type Reset, readResetAt, readResets, resetAt, saveResets } from '../../rotation/schedule/resets.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { iso, isoOrNull } from '../../shared/time.ts';
import { notNow } from '../answers.ts';
import type { AcceptDocumentAnswer, AcceptDocumentRequest, Operator, ResetRequest } from '../contract.ts';
import type { DocumentTargets } from '../targets/document-targets.ts';
import { viewDocument } from '../targets/document-view.ts';
import type { FleetView } from './fleet-views.ts';
import { openFor } from './note-fleet.ts';

type FleetParts = Pick<EnginePorts, 'pauses' | 'instance'> & {
  readonly fleet?: FleetLimits;
  readonly document?: DocumentTargets | null;
  /** The version that answers; without it the source runs unbuilt, as in most tests. */
  readonly version?: string;
};

/** The fleet as the last sweep saw it, less what was reset since. @throws FailureError */
export async function readFleet(parts: FleetParts): Promise<{ readonly kind: 'found'; readonly fleet: FleetView }> {
  const limits = parts.fleet ?? noFleetLimits;
  const [notes, resets, document] = await Promise.all([
    readFleetNotes(parts),
    readResets(parts),
    parts.document?.report() ?? null,
  ]);
  const reset = resetAt(resets);
  const facts = factsOfNotes(notes, limits, reset);
  const stopped = openFor(facts.heldUpBy, limits);
  const blockers = notes === null ? [] : blockersOf(notes, facts, stopped);
  const notSweptInAll = notes === null ? 0 : notes.targets - sum(Object.values(notes.reasons));
  const fleet: FleetView = {
    version: parts.version ?? 'unbuilt',
    circuitBreaker: breakerStates[stopped],
    detail:
      blockers[0]?.detail ??
      (notes === null
        ? 'No sweep has looked at the targets yet.'
        : notSweptInAll > 0
          ? 'The schedule starts what is due; some targets could not be swept, and the next sweep tries again. The log says why: target-not-swept.'
          : 'The schedule starts what is due.'),
    blockers,
    failures: facts.failures,
    failed: facts.heldUpBy.discovered.failed,
    stopsAt: bound(limits.stopAfterFailures),
    reset: {
      failures: viewReset(resets.failures),
      canaries: viewReset(resets.canaries),
      running: viewReset(resets.running),
    },
    pendingCanaries: facts.heldUpBy.discovered.pendingCanaries,
    leaked: facts.leaked,
    overdue: notes?.overdue ?? [],
    running: facts.running,
    maxRunning: bound(limits.maxRunning),
    maxRunningPerSubscription: bound(limits.maxRunningPerSubscription),
    runningIn: facts.runningIn,
    reasons: notes?.reasons ?? {},
    targets: notes?.targets ?? 0,
    notSwept: notes?.notSwept ?? [],
    notSweptInAll,
    looks: notes?.looks == null ? null : viewLooks(notes.looks),
    asOf: notes === null ? null : iso(notes.sweptAtMs),
    targetsDocument: document && viewDocument(document),
  };
  return { kind: 'found', fleet };
}

/** Who holds whom up, and what to do about it; the gravest first. */
function blockersOf(
  { waiting, reasons, longestRunning }: FleetNotes,
  { failures, heldUpBy, limits }: FleetFacts,
  stopped: ReturnType<typeof openFor>,
): FleetView['blockers'] {
  const of = (reason: WaitReason) => ({
    waiting: waiting
      .filter((one) => one.reason === reason)
      .map(({ target, untilMs }) => ({ target, until: isoOrNull(untilMs) })),
    waitingInAll: reasons[reason] ?? 0,
  });
  const { pendingCanaries } = heldUpBy.discovered;
  const blockers: FleetView['blockers'][number][] = [];
  if (stopped !== 'nobody')
    blockers.push({
      kind: 'circuit-breaker',
      holders: failures,
      ...of('circuit-breaker-open'),
      detail: breakerSays[stopped],
    });
  if (pendingCanaries.length > 0)
    blockers.push({
      kind: 'canaries',
      holders: pendingCanaries,
      ...of('canaries-first'),
      detail:
        'Canaries are due or under way; the other targets wait for them, ten days at most. POST fleet/reset lets the others start.',
    });
  const isFull = (count: number, most: number) => most > 0 && count >= most;
  const { running, runningIn } = heldUpBy.discovered;
  if (isFull(running, limits.maxRunning) && (reasons['fleet-busy'] ?? 0) > 0)
    blockers.push({
      kind: 'running',
      holders: longestRunning,
      ...of('fleet-busy'),
      detail:
        'As many rotations are in flight as KEYTURN_MAX_RUNNING allows. Raise it, expedite those, or POST fleet/reset with {"what":["running"]} lets as many start beside them.',
    });
  const isAnyFull = Object.values(runningIn).some((count) => isFull(count, limits.maxRunningPerSubscription));
  if ((reasons['subscription-busy'] ?? 0) > 0)
    blockers.push({
      kind: 'running-in-subscription',
      holders: isAnyFull ? longestRunning : [],
      ...of('subscription-busy'),
      detail: isAnyFull
        ? 'As many rotations are in flight in a subscription as KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION allows. Raise it, expedite those, or POST fleet/reset with {"what":["running"]} lets as many start beside them.'
        : "A subscription's share of requests to Azure is planned up to the next sweep, which goes on.",
    });
  if ((reasons['vault-busy'] ?? 0) > 0)
    blockers.push({
      kind: 'vault',
      holders: [],
      ...of('vault-busy'),
      detail:
        'The secrets that Azure lets a vault store are planned up to the next sweep, which goes on. More vaults make it faster.',
    });
  return blockers;
}

const breakerStates = { nobody: 'closed', discovered: 'open-for-discovered', everybody: 'open' } as const;

const breakerSays = {
  everybody:
    'Too many scheduled rotations are suspended. Put them right and resume them, or reset the circuit breaker: POST fleet/reset.',
  discovered:
    'Too many scheduled rotations of discovered targets were suspended within ten minutes: no discovered target is started until that is over, or POST fleet/reset. Declared ones go on.',
} as const;

function viewLooks({ everyMs, setBy, oldestMs, late }: LookPromise): FleetView['looks'] {
  return {
    everySeconds: Math.round(everyMs / 1000),
    setBy,
    oldestAt: isoOrNull(oldestMs),
    late,
  };
}

function viewReset({ atMs, by, reason }: Reset): FleetView['reset']['failures'] {
  return atMs === 0 ? null : { at: iso(atMs), by, reason };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function bound(limit: number): number | null {
  return limit === 0 ? null : limit;
}

/**
 * Lifts what holds targets up: as it is now it counts no more, and the next sweep starts what is due.
 * @throws FailureError
 */
export async function resetCircuitBreaker(
  parts: FleetParts & Pick<EnginePorts, 'log'>,
  { reason, what }: ResetRequest,
  by: Operator,
): Promise<{ readonly kind: 'reset'; readonly fleet: FleetView }> {
  await saveResets(parts, what, { by: by.objectId, reason });
  parts.log({ event: 'circuit-breaker-reset', operator: by.objectId, what });
  const { fleet } = await readFleet(parts);
  return { kind: 'reset', fleet };
}

/**
 * Takes the targets document as it lies there, whatever it drops, if it is the one that the operator has seen.
 * @throws FailureError
 */
export async function acceptDocument(
  parts: FleetParts,
  { reason, ifMatch }: AcceptDocumentRequest,
  by: Operator,
): Promise<AcceptDocumentAnswer> {
  const { document } = parts;
  if (document == null) return notNow('no-targets-document');
  // `*` names no document: what is taken away by one that nobody has seen, nobody has confirmed.
  const etags = ifMatch?.filter((tag) => tag !== '*') ?? [];
  if (etags.length === 0) {
    const { accepted, refused } = await document.report();
    return { kind: 'unconditional', etag: (refused ?? accepted)?.etag ?? null };
  }
  const answer = await document.accept(etags, { operator: by.objectId, reason });
  switch (answer.kind) {
    case 'absent':
      return notNow('document-absent');
    case 'accepted': {
      const { fleet } = await readFleet(parts);
      return { kind: 'accepted', fleet, etag: answer.etag };
    }
    default:
      return answer;
  }
}

/** What the last sweep saw of all targets, less what was reset since; if that cannot be read, nothing. */
export async function fleetNow(
  ports: Pick<EnginePorts, 'pauses' | 'instance'>,
  limits: FleetLimits,
): Promise<FleetFacts> {
  const [notes, reset] = await Promise.all([readFleetNotes(ports).catch(asFailure), readResetAt(ports)]);
  return factsOfNotes(notes instanceof FailureError ? null : notes, limits, reset);
}
