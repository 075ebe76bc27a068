import type { KeyProbe, TokenProbe } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import type { PostureWork, StepContext, Stepped } from '../posture/work-posture.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Clock } from '../shared/clock.ts';
import type { Failure } from '../shared/failure.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { KeylessChange, KeylessFailure, KeylessState } from './keyless-state.ts';
import type { LocalAuth } from './ports.ts';

/** So long the token may fail with keys off before they are turned on again: a gateway's hiccup is shorter, an outage longer. */
const tokenPatienceMs = 5 * 60_000;

/** How soon a doubt about the token is looked into again. */
const doubtPauseMs = 30_000;

/** How often the proof is tried again: the longer keys linger, the rarer, within these. */
const proofPauseMs = { least: 30_000, most: 10 * 60_000 } as const;

/** How long a step may fail for reasons that pass by themselves. Turning keys on again has no end: it is the way out. */
const retryPatienceMs = 60 * 60_000;

/** Refusals in a row, each on a connection of its own: gateway nodes learn one after the other. */
const refusals = { attempts: 8, spreadMs: 4_000 } as const;

/** Acceptances of the token in a row. */
const tokenCalls = 3;

export interface KeylessPorts {
  readonly localAuth: LocalAuth;
  readonly tokenProbe: TokenProbe;
  readonly keyProbe: KeyProbe;
  readonly clock: Clock;
  /** The active key as the vault holds it, or null: there is nothing to try then. @throws FailureError */
  readonly storedKey: () => Promise<SecretText | null>;
  /**
   * Writes into the account's row whether the target is keyless; refused while a rotation or another worker is at it.
   * @throws FailureError
   */
  readonly markKeyless: () => Promise<'marked' | 'busy'>;
  /** Stores the account's keys anew, lets them count as young, and takes the mark off. @throws FailureError */
  readonly adoptAgain: () => Promise<'adopted' | 'busy' | 'refused'>;
}

/**
 * Carries the turning off or on of keys through.
 *
 *     announcing ─▶ turning-off ─▶ proving ─▶ keys-off
 *                                     └─ reverting ─▶ re-adopting ─▶ reverted
 *     turning-on ─▶ re-adopting ─▶ keys-on
 */
export function keylessWork(ports: KeylessPorts, account: AccountId, random: () => number): PostureWork<KeylessState> {
  return {
    async step(state, context) {
      const { change } = state;
      return change === null ? { kind: 'done', state } : await perform(ports, account, state, change, context, random);
    },

    failed(state, failure, nowMs) {
      if (state.change === null) return { kind: 'done', state };
      const change = withAction(state.change, failure);
      const isOff = change.at.kind === 'proving' || change.at.kind === 'reverting';
      if (isOff || change.at.kind === 're-adopting' || change.at.kind === 'turning-on') {
        const isRefused = failure.kind === 'refused';
        if (change.at.kind === 'turning-on' && isRefused)
          return end(state, change, 'failed', denial(failure), null, nowMs);
        return pause(state, change, 'retry-later', waitMs(change, failure, random));
      }
      if (failure.kind === 'refused') return undo(state, change, denial(failure), nowMs);
      if (nowMs - change.stepSinceMs > retryPatienceMs) return undo(state, change, 'keyless-change-overdue', nowMs);
      return pause(state, change, 'retry-later', waitMs(change, failure, random));
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
    case 'announcing':
      if ((await ports.markKeyless()) === 'marked') return enter(state, change, { kind: 'turning-off' }, nowMs);
      return nowMs - change.stepSinceMs > retryPatienceMs
        ? end(state, change, 'failed', 'keyless-change-overdue', null, nowMs)
        : pause(state, change, 'rotation-at-work', waitMs(change, null, random));
    case 'turning-off': {
      if ((await ports.localAuth.read(account)).localAuthDisabled)
        return enter(state, change, { kind: 'proving', sinceMs: nowMs, tokenDoubtedSinceMs: null }, nowMs);
      if (change.tries === 0) await ports.localAuth.setDisabled(account, true, fence);
      return askedOnce(state, change, random);
    }
    case 'proving':
      return await prove(ports, account, state, change, at, nowMs);
    case 'reverting':
    case 'turning-on': {
      const reason = at.kind === 'reverting' ? at.reason : null;
      if (!(await ports.localAuth.read(account)).localAuthDisabled)
        return enter(state, change, { kind: 're-adopting', reason }, nowMs);
      if (change.tries === 0) await ports.localAuth.setDisabled(account, false, fence);
      return askedOnce(state, change, random);
    }
    case 're-adopting':
      switch (await ports.adoptAgain()) {
        case 'adopted':
          return end(state, change, at.reason === null ? 'keys-on' : 'reverted', at.reason, null, nowMs);
        case 'busy':
          return pause(state, change, 'rotation-at-work', waitMs(change, null, random));
        case 'refused':
          return end(
            state,
            change,
            at.reason === null ? 'keys-on' : 'reverted',
            at.reason ?? 'keys-not-adopted',
            null,
            nowMs,
          );
      }
      break;
    default:
      return assertNever(at);
  }
}

/** The change was sent; Azure shows it in a moment. After some looks in vain it is sent once more: it may have been lost. */
function askedOnce(state: KeylessState, change: KeylessChange, random: () => number): Stepped<KeylessState> {
  const looks = 6;
  const next = change.tries >= looks ? { ...change, tries: -1 } : change;
  return pause(state, next, 'account-changing', change.tries === 0 ? 1_000 : waitMs(change, null, random));
}

async function prove(
  { localAuth, tokenProbe, keyProbe, clock, storedKey }: KeylessPorts,
  account: AccountId,
  state: KeylessState,
  change: KeylessChange,
  at: Extract<KeylessChange['at'], { kind: 'proving' }>,
  nowMs: number,
): Promise<Stepped<KeylessState>> {
  const facts = await localAuth.read(account);
  const isOver = nowMs - at.sinceMs > change.proveWithinMs;
  if (!(await tokenAccepted(tokenProbe, facts))) {
    const doubtedSinceMs = at.tokenDoubtedSinceMs ?? nowMs;
    if (isOver || nowMs - doubtedSinceMs > tokenPatienceMs) return unproved(state, change, 'token-not-accepted', nowMs);
    const doubted = { ...change, at: { ...at, tokenDoubtedSinceMs: doubtedSinceMs } };
    return pause(state, doubted, 'token-doubted', doubtPauseMs);
  }
  const trusted = { ...change, at: { ...at, tokenDoubtedSinceMs: null } };
  const key = await storedKey();
  if (key === null) return end({ ...state, offSinceMs: nowMs }, trusted, 'keys-off', null, 'not-tried', nowMs);
  if (await isRefusedEverywhere(keyProbe, clock, facts, key))
    return end({ ...state, offSinceMs: nowMs }, trusted, 'keys-off', null, 'refused', nowMs);
  if (isOver) return unproved(state, trusted, 'key-still-accepted', nowMs);
  const { least, most } = proofPauseMs;
  const leftMs = Math.max(least, at.sinceMs + change.proveWithinMs - nowMs);
  return pause(state, trusted, 'keys-lingering', Math.min(most, leftMs, Math.max(least, (nowMs - at.sinceMs) / 10)));
}

/** Keys that were off before Keyturn came stay off: a revert restores what was. */
function unproved(
  state: KeylessState,
  change: KeylessChange,
  reason: 'token-not-accepted' | 'key-still-accepted',
  nowMs: number,
): Stepped<KeylessState> {
  return change.hadKeys
    ? enter(state, change, { kind: 'reverting', reason }, nowMs)
    : end(state, change, 'failed', reason, null, nowMs);
}

async function tokenAccepted(
  probe: TokenProbe,
  facts: { readonly kind: string; readonly endpoint: string },
): Promise<boolean> {
  for (let call = 0; call < tokenCalls; call += 1) if ((await probe.call(facts)).kind !== 'accepted') return false;
  return true;
}

/** The bad-key 401, or a 401 or 403 of another text: Azure OpenAI says 403 where keys are off. No answer is no refusal. */
async function isRefusedEverywhere(
  probe: KeyProbe,
  clock: Clock,
  facts: { readonly kind: string; readonly endpoint: string },
  key: SecretText,
): Promise<boolean> {
  for (let attempt = 0; attempt < refusals.attempts; attempt += 1) {
    const { answer } = await proveKey(probe, clock, facts, key, { acceptances: 1, spreadMs: 0 });
    const isRefused = answer.kind === 'refused' || (answer.kind === 'unknown' && /^http-40[13]$/.test(answer.code));
    if (!isRefused) return false;
    await clock.sleep(refusals.spreadMs / refusals.attempts);
  }
  return true;
}

/** Before Azure was asked for anything there is only the mark to take off; afterwards keys are turned on again. */
function undo(
  state: KeylessState,
  change: KeylessChange,
  reason: KeylessFailure,
  nowMs: number,
): Stepped<KeylessState> {
  return change.at.kind === 'announcing'
    ? end(state, change, 'failed', reason, null, nowMs)
    : enter(state, change, { kind: 'reverting', reason }, nowMs);
}

function enter(
  state: KeylessState,
  change: KeylessChange,
  at: KeylessChange['at'],
  nowMs: number,
): Stepped<KeylessState> {
  return { kind: 'go-on', state: { ...state, change: { ...change, at, stepSinceMs: nowMs, tries: 0, waiting: null } } };
}

function pause(
  state: KeylessState,
  change: KeylessChange,
  waiting: NonNullable<KeylessChange['waiting']>,
  forMs: number,
): Stepped<KeylessState> {
  return { kind: 'rest', state: { ...state, change: { ...change, waiting, tries: change.tries + 1 } }, forMs };
}

type Outcome = NonNullable<KeylessState['last']>['outcome'];

function end(
  state: KeylessState,
  { id, by, action }: KeylessChange,
  outcome: Outcome,
  reason: KeylessFailure | null,
  keyProof: 'refused' | 'not-tried' | null,
  nowMs: number,
): Stepped<KeylessState> {
  const offSinceMs = outcome === 'keys-on' || outcome === 'reverted' ? null : state.offSinceMs;
  const last = {
    id,
    by,
    endedAtMs: nowMs,
    outcome,
    reason,
    keyProof,
    ...(reason === null || action === undefined ? {} : { action }),
  };
  return { kind: 'done', state: { ...state, offSinceMs, change: null, last } };
}

/** A state that is entered, or a call that is answered, has what it once lacked. */
function withAction({ action: _, ...change }: KeylessChange, failure: Failure): KeylessChange {
  return failure.kind === 'refused' && failure.action !== undefined ? { ...change, action: failure.action } : change;
}

function denial(failure: Failure): KeylessFailure {
  return failure.kind === 'refused' && failure.reason === 'account-access-denied'
    ? 'keyless-change-denied'
    : 'keyless-change-refused';
}

/** 2 s, 4 s, … 60 s, spread; what a service asked for is obeyed. */
function waitMs({ tries }: KeylessChange, failure: Failure | null, random: () => number): number {
  const fullMs = Math.min(60_000, 2_000 * 2 ** Math.max(0, Math.min(tries, 10)));
  const askedMs = failure?.kind === 'not-applied' ? (failure.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, fullMs / 2 + (random() * fullMs) / 2);
}
