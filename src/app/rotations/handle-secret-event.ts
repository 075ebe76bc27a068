import { secretNames, type Target } from '../../keys/target.ts';
import { parseAccountRow } from '../../rotation/account-row.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { startRotation } from '../../rotation/requests/start-rotation.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { type FleetLimits, noFleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { factsOfNotes } from '../../rotation/schedule/fleet-notes.ts';
import type { EventOutcome, LastEvent } from '../../rotation/schedule/last-event.ts';
import { type EventFacts, nearExpiryAnswer } from '../../rotation/schedule/near-expiry.ts';
import { neverReset } from '../../rotation/schedule/resets.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import type { SecretEvent } from '../../shared/azure-events.ts';
import { asFailure, FailureError, notApplied } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { targetOfSecret } from '../../targets/target-of-secret.ts';
import type { KnownTarget, TargetSource } from '../../targets/target-source.ts';
import { type InvocationPorts, inInvocation } from '../in-invocation.ts';
import { fleetNow } from '../sweep/read-fleet.ts';

interface SecretEventPorts extends InvocationPorts {
  /** Without them no start is bounded. */
  readonly fleet?: FleetLimits;
}

/** What became of an event; `reason` null: it started a rotation. */
type Handled = Pick<LastEvent, 'reason' | 'rotationId' | 'atMs'>;

/**
 * Takes an event as a reason to look: looks at the journal and at the secret itself, and starts a rotation only if
 * both are for it. Whatever comes of it is logged, and noted with the target.
 * @throws FailureError only if the journal could not be asked now: an event that comes again is worth something then
 */
export async function handleSecretEvent(
  ports: SecretEventPorts,
  targets: TargetSource,
  event: SecretEvent,
): Promise<void> {
  const place = targetOfSecret(await targets.list(), event.vault, event.secret);
  if (place.kind !== 'found') return notify(ports, event, null, place.kind);
  const { role } = place;
  const { target } = place.known;
  const handled = await handleOrAgain(ports, place.known, role, event).catch(onlyPassing);
  if (handled instanceof FailureError)
    return ports.log({ event: 'storage-failed', target: target.name, code: handled.failure.code });
  notify(ports, event, target, handled.reason);
  const { kind, secret, version, deliveryPath } = event;
  const came = deliveryPath === undefined ? {} : { deliveryPath };
  const note: LastEvent = { schemaVersion: 1, ...handled, kind, secret, version, ...came };
  const unsaved = await ports.rows.saveLastEvent(target.account, note).catch(asFailure);
  // The event is handled all the same.
  if (unsaved instanceof FailureError)
    ports.log({ event: 'storage-failed', target: target.name, code: unsaved.failure.code });
}

/** Two events of one moment race for the row: the slower one looks again. */
async function handleOrAgain(
  ports: SecretEventPorts,
  known: KnownTarget,
  role: EventFacts['role'],
  event: SecretEvent,
): Promise<Handled> {
  const once = () => inInvocation(ports, known.target, (own) => handle(own, known, role, event));
  return await once().catch((error: unknown) => {
    if (error instanceof FailureError && error.failure.code === 'lost-race') return once();
    throw error;
  });
}

async function handle(
  ports: SecretEventPorts,
  { target, origin, blocked }: KnownTarget,
  role: EventFacts['role'],
  event: SecretEvent,
): Promise<Handled> {
  const stored = await ports.rows.load(target.account);
  if (stored === null) return { reason: 'not-adopted', rotationId: null, atMs: ports.clock.nowMs() };
  const atMs = stored.storageNowMs;
  const leave = (reason: EventOutcome, rotationId: string | null = null) => ({ reason, rotationId, atMs });
  if (blocked !== null) return leave(blocked);
  const row = parseAccountRow(stored.fields);
  if (row === 'newer-schema') return leave(row);
  const { paused } = await readPause(ports);
  const limits = ports.fleet ?? noFleetLimits;
  const fleet = factsOfNotes(null, limits, neverReset);
  const facts: EventFacts = { role, version: event.version, paused, row, nowMs: atMs, found: null, origin, fleet };

  let answer = nearExpiryAnswer(facts, target);
  if (answer.kind === 'ask-vault') {
    // By the target's own names: an event says where to look, never whom to ask.
    const name = secretNames(target)[role] ?? event.secret;
    const found = await ports.secrets(target.vaultUrl, readOnlyFence).read(name).catch(asFailure);
    if (found instanceof FailureError) {
      ports.log({ event: 'secret-not-read', target: target.name, code: found.failure.code });
      return leave('vault-unreadable');
    }
    answer = nearExpiryAnswer({ ...facts, found, fleet: await fleetNow(ports, limits) }, target);
  }
  if (answer.kind !== 'start')
    return leave(
      answer.kind === 'leave' ? answer.reason : 'vault-unreadable',
      row.rotation && rotationIdOf(row.rotation),
    );
  const start = await startRotation(ports, target, {
    cause: event.kind,
    startedBy: event.kind,
    inactiveKeyUnused: false,
  });
  if (start.kind === 'started') return { reason: null, rotationId: start.rotation.rotationId, atMs };
  // What a request with a name of its own may meet; an event has none.
  if (start.kind !== 'refused') return leave('in-flight');
  // Somebody saved the row since it was read: nothing is known of it any more.
  if (start.reason === 'lost-race') throw notApplied('lost-race');
  const isFirst = start.reason === 'inactive-key-confirmation-required';
  return leave(isFirst ? 'awaiting-first-rotation' : start.reason, start.rotationId);
}

function notify({ log }: EnginePorts, event: SecretEvent, target: Target | null, reason: EventOutcome | null): void {
  const { kind, vault, secret } = event;
  log({
    event: kind === 'expired' ? 'secret-expired' : 'secret-near-expiry',
    vault,
    secret,
    target: target?.name ?? null,
    answer: reason === null ? 'started' : 'left',
    reason,
  });
}

/** What storage refuses for good would be refused again: an event that comes back changes nothing. */
function onlyPassing(error: unknown): FailureError {
  const failure = asFailure(error);
  if (failure.failure.kind !== 'refused') throw failure;
  return failure;
}
