import { shortWaitMs } from '../../durable/numbers.ts';
import type { Idle } from '../../durable/run-until-idle.ts';
import { type Failure, FailureError } from '../../shared/failure.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import type { AccountRow } from '../account-row.ts';
import type { Rested, Suspend, Wait } from '../decision.ts';
import { endedRow } from '../history-places.ts';
import { nextLeakLookAtMs } from '../leak/leaked-keys.ts';
import { lookAfterLeaks } from '../leak/look-after-leaks.ts';
import { startLeakRotation } from '../leak/start-leak-rotation.ts';
import { lifecycle } from '../lifecycle.ts';
import { lastLookMs, longestStayMs, pausedWaitMs } from '../numbers.ts';
import type { RowChange } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import type { SuspendReason, WaitReason } from '../reasons.ts';
import { applyOperatorRequest } from '../requests/apply-operator-request.ts';
import type { ActiveState, StateKind, States } from '../state.ts';
import { pages } from '../states/pages.ts';
import { afterFailure } from './after-failure.ts';
import { deadlineOf, leakedKeyLives, paceRetry } from './pace-retry.ts';
import { readPause } from './pause.ts';
import { recheck } from './recheck.ts';
import { decide, decisionContext, perform } from './round.ts';
import type { Session } from './session.ts';

const done: Idle<AccountRow> = { untilMs: null, row: {} };

/**
 * Gather, decide, act, save, again and again, until there is something to wait for. Every decision is saved before the
 * next one; a crash at any point leaves a row from which another invocation goes on by looking.
 * @param resumedAtMs when a pause of the instance last ended, by the storage service's clock; 0 for never
 * @throws LeaseLost, FailureError when the row cannot be saved
 */
export async function workUntilIdle(
  ports: EnginePorts,
  session: Session,
  resumedAtMs: number,
): Promise<Idle<AccountRow>> {
  const { owned } = session;
  const beganMs = owned.nowMs();
  /** Calls that were made before the last wait, or before the last progress. */
  let callsBefore = 0;
  for (;;) {
    const nowMs = owned.nowMs();
    const { row } = owned;
    const requested = applyOperatorRequest(row, nowMs);
    if (requested !== null) {
      await owned.saveIntent(requested);
      continue;
    }
    const begun = startLeakRotation(row, session.target, ports.newId, nowMs);
    if (begun !== null) {
      // Told of the leak again, an operator may have begun its rotation meanwhile: no other takes that one's place.
      await owned.saveIntent(begun.row, begun.history);
      continue;
    }
    if (await lookAfterLeaks(ports, session)) continue;
    const state = row.rotation;
    if (state === null || state.kind === 'suspended') {
      // Nobody comes for a look at leaked keys sooner than the next sweep.
      const lookAtMs = nextLeakLookAtMs(row, nowMs);
      if (lookAtMs === null) return done;
      await session.clock.sleep(Math.max(0, lookAtMs - nowMs));
      continue;
    }
    if (row.inDoubt?.kind === 'takeover') {
      if (nowMs < row.settleUntilMs)
        return { untilMs: row.settleUntilMs, row: { rotation: { ...state, waiting: 'settling' } } };
      await owned.saveIntent({ inDoubt: null });
      continue;
    }
    const deadlineMs = deadlineOf(state, resumedAtMs);
    const isOverdue = nowMs >= deadlineMs;
    const decided = await decideAndAct(ports, session, state, isOverdue);
    const calls = session.calls().count;
    const decision =
      decided?.kind === 'wait' ? boundedWait(session, decided, calls - callsBefore, deadlineMs, isOverdue) : decided;
    const isRetrying = decision !== null && 'state' in decision && decision.state.retrying !== null;
    if (decision?.kind === 'wait' || !isRetrying) callsBefore = calls;
    const longestSleepMs = owned.nowMs() - beganMs > longestStayMs ? 0 : shortWaitMs;
    const rest = decision === null ? null : await persistDecision(ports, session, state, decision, longestSleepMs);
    if (rest !== null) return rest;
  }
}

/** One round: the facts, the decision, and its step if it has one. Null: an operator's request came in, decide again. */
async function decideAndAct<K extends StateKind>(
  ports: EnginePorts,
  session: Session,
  state: States[K],
  isLastLook: boolean,
): Promise<Rested<K> | null> {
  const { owned } = session;
  const page = pages[state.kind];
  session.beginRound(isLastLook);
  try {
    const context = decisionContext(session, ports.random());
    const { leak, leaks } = owned.row;
    const way = leak === null || state.revalidation !== null ? null : page.preemptForLeak(state, leak, leaks, context);
    if (way !== null) return way;
    const mayWrite = async () => !mayStillArrive(session) && !(await readPause(ports)).paused;
    const still = isLastLook ? null : await recheck(session, state, context, mayWrite);
    if (still !== null) return still;
    // What the retry itself rested on is none of what comes now.
    session.beginRound(isLastLook);
    const decision = await decide(session, state, () => context);
    if (decision.kind !== 'step') return decision;
    const { step } = decision;
    if (state.kind !== 'probing' && mayStillArrive(session))
      return { kind: 'wait', state, reason: 'settling', forMs: owned.row.settleUntilMs - owned.nowMs() };
    if ((await readPause(ports)).paused) return { kind: 'wait', state, reason: 'paused', forMs: pausedWaitMs };
    const instead = leak === null ? null : (page.insteadOf?.(step, leak, context) ?? null);
    if (instead !== null) return instead;
    const outcome = await perform(session, state, step, ports.random);
    switch (outcome.kind) {
      case 'done':
        return { kind: outcome.state.kind === state.kind ? 'note' : 'enter', state: outcome.state };
      case 'probed':
        return outcome.rest === null
          ? { kind: 'note', state: outcome.state }
          : { kind: 'wait', state: outcome.state, ...outcome.rest };
      case 'failed':
        return failed(ports, session, outcome.state, outcome.failure);
      case 'somebody-else':
        return { kind: 'suspend', reason: 'out-of-band-regenerated' };
      case 'instead':
        return outcome.decision;
      case 'decide-again':
        return null;
    }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return failed(ports, session, state, error.failure);
  }
}

function failed<S extends ActiveState>(
  ports: EnginePorts,
  session: Session,
  state: S,
  failure: Failure,
): Wait<S> | Suspend {
  const { owned, target } = session;
  const { rotationId, kind } = state;
  ports.log({
    event: 'call-failed',
    target: target.name,
    rotationId,
    state: kind,
    kind: failure.kind,
    code: failure.code,
    action: failure.kind === 'refused' ? (failure.action ?? null) : null,
  });
  const { failed: call, copy = null } = session.calls();
  return afterFailure(state, failure, owned.row.settleUntilMs, owned.nowMs(), ports.random(), call, copy);
}

/** Saves what was decided, or hands over what the releasing save must hold. Null: go on. */
async function persistDecision(
  ports: EnginePorts,
  session: Session,
  before: ActiveState,
  decision: Rested,
  longestSleepMs: number,
): Promise<Idle<AccountRow> | null> {
  const { owned, target } = session;
  const { log } = ports;
  const nowMs = owned.nowMs();
  const { rotationId } = before;
  const moved = (to: string, reason: SuspendReason | null) =>
    log({ event: 'rotation-moved', target: target.name, rotationId, to, reason });

  switch (decision.kind) {
    case 'enter':
    case 'note': {
      const { state } = decision;
      const isNew = state.kind !== before.kind;
      const resolved: RowChange = decision.kind === 'enter' ? { inDoubt: null } : {};
      const change: RowChange = { ...decision.row, ...resolved, rotation: { ...state, waiting: null } };
      // What takes a report from the row rests on no other having come: another one is met first.
      if (decision.row?.leak === undefined) await owned.saveResult(change);
      else if ((await owned.saveIntent(change)) === 'request-came-in') return null;
      if (isNew) moved(state.kind, null);
      return null;
    }
    case 'wait': {
      const { reason, forMs } = decision;
      const row: RowChange = { ...decision.row, rotation: { ...decision.state, waiting: reason } };
      log({ event: 'rotation-waits', target: target.name, rotationId, state: decision.state.kind, reason, forMs });
      const lookAtMs = nextLeakLookAtMs({ ...owned.row, rotation: decision.state }, nowMs);
      const againMs = Math.min(nowMs + forMs, lookAtMs ?? Number.POSITIVE_INFINITY);
      if (againMs - nowMs > longestSleepMs || decision.state.kind === 'confirming') return { untilMs: againMs, row };
      await owned.saveResult(row);
      // Never less than that by this worker's own clock: the storage service tells its time in whole seconds, and a look that is
      // to be a second one must not be answered by what the first one has read.
      await session.clock.sleep(Math.max(0, againMs - nowMs));
      return null;
    }
    case 'suspend': {
      const from = owned.row.rotation;
      const stopped = from === null || from.kind === 'suspended' ? before : from;
      const state = { ...stopped, lastFailure: decision.lastFailure ?? stopped.lastFailure };
      const rotation = { kind: 'suspended', reason: decision.reason, sinceMs: nowMs, from: state } as const;
      moved('suspended', decision.reason);
      const { leak, leaks } = owned.row;
      if ((leak === null || state.kind === 'cancelling') && leaks.length === 0)
        return { untilMs: null, row: { rotation } };
      // The leaked key's rotation takes its place, or the account is looked at for the key's sake.
      await owned.saveResult({ rotation });
      return null;
    }
    case 'end': {
      const { end } = decision;
      moved(end.outcome, null);
      const row: RowChange = { ...decision.row, rotation: null, lastEnd: end, inDoubt: null };
      const history = [endedRow(end)];
      if (owned.row.leak === null && owned.row.leaks.length === 0) return { untilMs: null, row, history };
      await owned.saveResult(row, history);
      return null;
    }
    default:
      return assertNever(decision);
  }
}

/** Waits for a write that may still arrive, or for a second look: a last look may rest on them. */
const waitsOfLastLook: ReadonlySet<WaitReason> = new Set(['settling', 'recheck', 'keys-stale']);

/** When a rotation that waits comes again; past its deadline it has been looked at once more, and waits for a person. */
function boundedWait(
  session: Session,
  wait: Wait<ActiveState>,
  calls: number,
  deadlineMs: number,
  isOverdue: boolean,
): Rested {
  const { owned } = session;
  const nowMs = owned.nowMs();
  const { state, reason } = wait;
  if (isOverdue && !(waitsOfLastLook.has(reason) && nowMs <= deadlineMs + lastLookMs))
    return {
      kind: 'suspend',
      reason: overdueReason(state, reason),
      ...(state.lastFailure && { lastFailure: state.lastFailure }),
    };
  return paceRetry(wait, calls, nowMs, deadlineMs, leakedKeyLives(owned.row));
}

/** What keeps a state from going on may say more than that its time is over. */
function overdueReason({ kind }: ActiveState, waiting: WaitReason): SuspendReason {
  return waiting === 'quota-used-up' || waiting === 'account-provisioning-failed' ? waiting : lifecycle[kind].overdue;
}

/** A write without an outcome may still be applied: until it has settled, another write could be undone by it. */
function mayStillArrive(session: Session): boolean {
  const { row } = session.owned;
  return row.inDoubt !== null && session.owned.nowMs() < row.settleUntilMs;
}
