import { settleMs } from '../../durable/numbers.ts';
import { keyFingerprints } from '../../keys/key-fingerprints.ts';
import { type Failure, FailureError } from '../../shared/failure.ts';
import { type Fingerprint, fingerprint } from '../../shared/fingerprint.ts';
import { isSettled } from '../../shared/public-access.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import { hourMs } from '../../shared/time.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import { type Cause, causeIn, causeOf, noCause, wayOutPatienceMs } from '../hardening-refusals.ts';
import { goOn, type HardeningWork, type StepContext, type Stepped } from '../run-hardening.ts';
import { type Doubt, doubtOfToken } from './doubt.ts';
import type { KeylessChange, KeylessEnd, KeylessState } from './keyless-state.ts';
import { end, enter, pause, withoutCause } from './keyless-stepped.ts';
import type { AuthFacts, KeylessPorts } from './ports.ts';
import { doubtPauseMs, prove, tokenPatienceMs, waitingForToken } from './prove-keyless.ts';

/** What Azure took so often and never showed is undone by something else; each time it has about two minutes. */
const mostSends = 3;

/** Azure's answers to a write while another one is under way; none of them was taken. */
const busyCodes: ReadonlySet<string> = new Set([
  'RequestConflict',
  'AnotherOperationInProgress',
  'RetryableErrorDueToAnotherOperation',
  'Conflict',
  'AccountProvisioningStateInvalid',
]);
/** How long a change rests at a time while the instance is paused. */
const pausedWaitMs = 60_000;

/** How long a step may fail for reasons that pass by themselves. Turning keys on again is the way out, and has a week. */
const retryPatienceMs = hourMs;

/**
 * Carries the turning off or on of keys through.
 *
 *     announcing ─▶ turning-off ─▶ proving ─▶ keys-off
 *                                     └─ reverting ─▶ re-adopting ─▶ reverted
 *     turning-on ─▶ re-adopting ─▶ keys-on
 *
 * While the instance is paused nothing is begun: keys that are off are proved, or turned on again, all the same.
 *
 * @param resumedAtMs when a pause of the instance last ended, by the storage service's clock: it counts for no one's patience
 */
export function keylessWork(
  ports: KeylessPorts,
  account: AccountId,
  random: () => number,
  resumedAtMs: number,
): HardeningWork<KeylessState> {
  return {
    async step(state, context) {
      if (state.change === null) return { kind: 'done', state };
      const change = withoutPause(state.change, resumedAtMs);
      return await perform(ports, account, state, change, context, random);
    },

    failed(state, failure, nowMs) {
      if (state.change === null) return { kind: 'done', state };
      const change = noted(withoutPause(state.change, resumedAtMs), failure);
      const waiting = busyCodes.has(failure.code) ? 'account-busy' : 'retry-later';
      const isOff = change.at.kind === 'proving' || change.at.kind === 'reverting';
      if (isOff || change.at.kind === 're-adopting' || change.at.kind === 'turning-on') {
        // Somebody has turned keys off again: there are none to store, until somebody asks for them.
        const isOffAgain = failure.kind === 'refused' && failure.reason === 'local-auth-disabled';
        if (change.at.kind === 're-adopting' && isOffAgain)
          return end(state, change, 'failed', failure.reason, null, nowMs, causeOf(failure));
        // What Azure has taken may still come into force.
        const mayArrive = change.sent && nowMs - change.stepSinceMs <= retryPatienceMs;
        if (change.at.kind === 'turning-on' && failure.kind === 'refused' && !mayArrive)
          return end(state, change, 'failed', failure.reason, null, nowMs, causeOf(failure));
        // What stands in the way out for so long is meant to: a lock, a policy, a right that was taken away.
        const isMeant = failure.kind === 'refused' && nowMs - change.stepSinceMs > wayOutPatienceMs;
        if (change.at.kind === 'reverting' && isMeant)
          return end(state, change, 'failed', failure.reason, null, nowMs, causeOf(failure));
        return pause(state, change, waiting, waitMs(change, failure, random));
      }
      if (failure.kind === 'refused') return undo(state, change, failure.reason, nowMs, causeOf(failure));
      if (nowMs - change.stepSinceMs > retryPatienceMs)
        return undo(state, change, 'keyless-change-overdue', nowMs, causeOf(failure));
      return pause(state, change, waiting, waitMs(change, failure, random));
    },
  };
}

async function perform(
  ports: KeylessPorts,
  account: AccountId,
  state: KeylessState,
  change: KeylessChange,
  context: StepContext,
  random: () => number,
): Promise<Stepped<KeylessState>> {
  const { at } = change;
  const { nowMs, fence } = context;
  switch (at.kind) {
    case 'announcing': {
      if (change.calledOff !== null) return undo(state, change, 'called-off', nowMs, noCause);
      if (await ports.isPaused()) return paused(state, change);
      const answer = await ports.markKeyless(fence);
      if (answer === 'marked') return enter(state, change, { kind: 'turning-off' }, nowMs);
      if (nowMs - change.stepSinceMs <= retryPatienceMs) return waitForRow(state, change, answer, random);
      // Nothing was marked: there is no mark to take off.
      return answer === 'newer-schema'
        ? end(state, change, 'failed', 'newer-schema', null, nowMs)
        : undo(state, change, 'keyless-change-overdue', nowMs, noCause);
    }
    case 'turning-off': {
      const found = await ports.localAuth.read(account);
      if (found.localAuthDisabled)
        return enter(
          state,
          // Somebody else turned keys off, long after the look: the key may have been replaced in between.
          change.sent || wasJustSeen(change, nowMs) ? change : { ...change, storedKeySeen: null },
          { kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 },
          nowMs,
        );
      if (change.calledOff !== null)
        return change.sent && nowMs < change.calledOff.atMs + settleMs
          ? pause(state, withoutCause(change), 'called-off', recheckMs, 'bounded')
          : undo(state, change, 'called-off', nowMs, noCause);
      if (change.sent) return lookedInVain(state, change, found, random);
      if (change.sends >= mostSends) return undo(state, change, 'not-taking', nowMs, noCause);
      if (!isSettled(found.provisioningState))
        return nowMs - change.stepSinceMs > retryPatienceMs
          ? undo(state, change, 'keyless-change-overdue', nowMs, { code: found.provisioningState })
          : busy(state, change, found, random);
      if (await ports.isPaused()) return paused(state, change);
      const doubt = doubtOfToken(await ports.tokenProbe.call(found));
      if (doubt !== null) return doubted(state, change, doubt, nowMs);
      // Saved before keys go off: afterwards nothing tells whether the account ever had the key that it refuses.
      if (!wasJustSeen(change, nowMs))
        return goOn(state, {
          ...change,
          storedKeySeen: { print: await printOfStoredKey(ports, change.id), atMs: nowMs },
        });
      await ports.localAuth.setDisabled(account, true, fence);
      return sent(state, change);
    }
    case 'proving':
      if (change.calledOff !== null) return enter(state, change, calledOff, nowMs);
      return await prove(ports, account, state, change, at, context);
    case 'reverting':
    case 'turning-on': {
      const why =
        at.kind === 'reverting'
          ? { ...at, kind: 're-adopting' as const }
          : { kind: 're-adopting' as const, reason: null, ...noCause };
      const found = await ports.localAuth.read(account);
      if (!found.localAuthDisabled) return enter(state, change, why, nowMs);
      if (change.sent) return lookedInVain(state, change, found, random);
      if (change.sends >= mostSends) return end(state, change, 'failed', 'not-taking', null, nowMs);
      if (!isSettled(found.provisioningState)) return busy(state, change, found, random);
      // Turned on by a revert, keys give back what was; what an operator asked for waits.
      if (at.kind === 'turning-on' && (await ports.isPaused())) return paused(state, change);
      await ports.localAuth.setDisabled(account, false, fence);
      return sent(state, change);
    }
    case 're-adopting': {
      if (await ports.isPaused()) return paused(state, change);
      const isLast = nowMs - change.stepSinceMs > retryPatienceMs;
      const answer = await ports.adoptAgain(at.reason !== null, isLast);
      if (answer === 'newer-schema' && isLast) return end(state, change, 'failed', answer, null, nowMs);
      if (answer === 'busy' || answer === 'newer-schema') return waitForRow(state, change, answer, random);
      const isRefused = at.reason === null && answer !== 'adopted';
      const reason = isRefused ? 'keys-not-adopted' : at.reason;
      const cause = isRefused ? answer.refused : causeIn(at);
      return end(state, change, at.reason === null ? 'keys-on' : 'reverted', reason, null, nowMs, cause);
    }
    default:
      return assertNever(at);
  }
}

/** The account's row cannot be written now. */
function waitForRow(
  state: KeylessState,
  change: KeylessChange,
  answer: 'busy' | 'newer-schema',
  random: () => number,
): Stepped<KeylessState> {
  const waiting = answer === 'busy' ? 'rotation-at-work' : answer;
  return pause(state, withoutCause(change), waiting, waitMs(change, null, random));
}

/** The answer that the plan rests on may be hours old: without one from now nothing is sent. */
function doubted(state: KeylessState, change: KeylessChange, doubt: Doubt, nowMs: number): Stepped<KeylessState> {
  const { reason, cause } = doubt;
  return nowMs - change.stepSinceMs > tokenPatienceMs
    ? undo(state, change, reason, nowMs, cause)
    : pause(state, { ...withoutCause(change), ...cause }, waitingForToken(doubt), doubtPauseMs, 'bounded');
}

/** How often it is looked whether a change that was called off arrives all the same. */
const recheckMs = 15_000;

/** How long it counts that the account had the stored key: from there to turning keys off is one save. */
const seenForMs = 30_000;

function wasJustSeen({ storedKeySeen }: KeylessChange, nowMs: number): boolean {
  return storedKeySeen !== null && nowMs - storedKeySeen.atMs <= seenForMs;
}

/** The stored active key's fingerprint if the account has that key now, else null. @throws FailureError */
async function printOfStoredKey({ storedKey, listKeys }: KeylessPorts, salt: string): Promise<Fingerprint | null> {
  const key = await storedKey();
  if (key === null) return null;
  const stored = fingerprint(key, salt);
  try {
    const { key1, key2 } = keyFingerprints(await listKeys(), salt);
    return stored === key1 || stored === key2 ? stored : null;
  } catch (error) {
    // Without the right to list keys, or with keys off just now, there is no proof with a key; the one by token stays.
    if (error instanceof FailureError && error.failure.kind === 'refused') return null;
    throw error;
  }
}

const calledOff = { kind: 'reverting', reason: 'called-off', ...noCause } as const;

/** Comes again while the pause lasts, and within a minute of its end. */
function paused(state: KeylessState, change: KeylessChange): Stepped<KeylessState> {
  return pause(state, withoutCause(change), 'paused', pausedWaitMs, 'planned');
}

/** Azure took the change, and shows it in a moment. */
function sent(state: KeylessState, change: KeylessChange): Stepped<KeylessState> {
  const taken = { ...withoutCause(change), sends: change.sends + 1, sent: true, tries: 0 };
  return pause(state, taken, 'account-changing', 1_000, 'bounded');
}

/** After some looks in vain the change is sent once more: it may have been lost, unless Azure is still at it. */
function lookedInVain(
  state: KeylessState,
  change: KeylessChange,
  { provisioningState }: AuthFacts,
  random: () => number,
): Stepped<KeylessState> {
  const looks = 6;
  const isLost = change.tries >= looks && isSettled(provisioningState);
  const next = isLost ? { ...change, sent: false, tries: -1 } : change;
  const as = change.tries > looks ? 'retry' : 'bounded';
  return pause(state, next, 'account-changing', waitMs(change, null, random), as);
}

/** Azure would refuse the change now: it is sent once the account is settled. */
function busy(
  state: KeylessState,
  change: KeylessChange,
  { provisioningState }: AuthFacts,
  random: () => number,
): Stepped<KeylessState> {
  const refused = { ...withoutCause(change), code: provisioningState };
  return pause(state, refused, 'account-busy', waitMs(change, null, random));
}

/** Nothing was tried while the instance was paused. What was promised as `revertsAt` stays: one more proof is made first. */
function withoutPause(change: KeylessChange, resumedAtMs: number): KeylessChange {
  const stepSinceMs = Math.max(change.stepSinceMs, resumedAtMs);
  const { at } = change;
  if (at.kind !== 'proving' || at.tokenRejectedSinceMs === null) return { ...change, stepSinceMs };
  return {
    ...change,
    stepSinceMs,
    at: { ...at, tokenRejectedSinceMs: Math.max(at.tokenRejectedSinceMs, resumedAtMs) },
  };
}

/** A change that may have been taken is looked for before it is sent again. */
function noted(change: KeylessChange, failure: Failure): KeylessChange {
  const failed = { ...withoutCause(change), ...causeOf(failure) };
  return failure.kind === 'outcome-unknown' ? { ...failed, sent: true, tries: 0 } : failed;
}

/** Before Azure was asked for anything there is only the mark to take off, if it was made; afterwards keys are turned on again. */
function undo(
  state: KeylessState,
  change: KeylessChange,
  reason: KeylessEnd,
  nowMs: number,
  cause: Cause,
): Stepped<KeylessState> {
  if (change.at.kind === 'announcing') return enter(state, change, { kind: 're-adopting', reason, ...cause }, nowMs);
  // Keys that were off before Keyturn came stay off, unless somebody has asked for them since.
  if (!change.hadKeys && change.calledOff === null) return end(state, change, 'failed', reason, null, nowMs, cause);
  return enter(state, change, { kind: 'reverting', reason, ...cause }, nowMs);
}

function waitMs({ tries }: KeylessChange, failure: Failure | null, random: () => number): number {
  const askedMs = failure?.kind === 'not-applied' ? failure.retryAfterMs : null;
  return backoffMs('keyless', tries + 1, random(), askedMs);
}
