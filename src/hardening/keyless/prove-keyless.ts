import { everyNode } from '../../keys/every-node.ts';
import type { KeyProbe, ProbedAccount, TokenProbe } from '../../keys/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { fingerprint } from '../../shared/fingerprint.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { dayMs, hourMs } from '../../shared/time.ts';
import { noCause } from '../hardening-refusals.ts';
import type { StepContext, Stepped } from '../run-hardening.ts';
import { type Doubt, doubtOfRefusal, doubtOfToken } from './doubt.ts';
import type { KeylessChange, KeylessState } from './keyless-state.ts';
import { end, enter, pause, withoutCause } from './keyless-stepped.ts';
import type { KeylessPorts } from './ports.ts';

/** So long the token may fail with keys off before they are turned on again: a gateway's hiccup is shorter, an outage longer. */
export const tokenPatienceMs = 5 * 60_000;

/** How soon a doubt about the token is looked into again. */
export const doubtPauseMs = 30_000;

/** How often the proof is tried again while keys linger: the longer they do, the rarer, within these. */
const proofPauseMs = { least: 30_000, most: 2 * hourMs } as const;

/** Calls with the token in a round; one of them comes before the calls with the key. Five rounds are over within the least time to prove, five minutes. */
const tokenCalls = 3;

/**
 * What a proof may cost, in calls to Azure. Keys that linger for the longest time to prove, and then are refused, cost about as many as
 * may be made at once. A gateway that flaps between refusing and accepting begins the count again and again: once these are spent
 * its rounds are spread over the time to prove. With the rounds that are ended after it, that is at most 300 in a day.
 */
const mostCalls = { atOnce: 180, inAll: 215, inARound: 14 } as const;

/** Keys are off: the token is accepted all along, and the key that was active is refused by every node that answers. */
export async function prove(
  { localAuth, tokenProbe, keyProbe, clock, storedKey }: KeylessPorts,
  account: AccountId,
  state: KeylessState,
  change: KeylessChange,
  at: Proving,
  { nowMs, keepLease }: StepContext,
): Promise<Stepped<KeylessState>> {
  const facts = await localAuth.read(account);
  const counted = counting(tokenProbe, keyProbe, keepLease);
  const endMs = at.sinceMs + change.proveWithinMs;
  const isOver = nowMs > endMs;
  const spent = (otherCalls: number) => ({ ...at, calls: at.calls + otherCalls + counted.calls() });
  /** Later if the calls do not last, but not later than `mostMs`. */
  const paced = (looked: Proving, askedMs: number, mostMs: number) =>
    Math.max(askedMs, Math.min(affordedAtMs(looked, change.proveWithinMs) - nowMs, mostMs));
  const doubted = (doubt: Doubt, otherCalls: number): Stepped<KeylessState> => {
    const doubtedSinceMs = at.tokenRejectedSinceMs ?? nowMs;
    const leftMs = doubtedSinceMs + tokenPatienceMs - nowMs;
    if (isOver || leftMs < 0) return unproved(state, change, doubt, nowMs);
    const looked = { ...spent(otherCalls), tokenRejectedSinceMs: doubtedSinceMs, rounds: 0 };
    // An outage for everybody who calls without a key is not waited for longer than was promised.
    return pause(
      state,
      noting(change, doubt, looked),
      waitingForToken(doubt),
      paced(looked, doubtPauseMs, leftMs + 1),
      'bounded',
    );
  };
  const ofFirst = await callWithToken(counted.tokenProbe, facts, 1);
  if (ofFirst !== null) return doubted(ofFirst, 1);
  await keepLease();
  const key = await storedKey();
  // Somebody has turned keys on again: that the stored one is refused, which may be an old one by now, proves nothing.
  const isOn = !facts.localAuthDisabled;
  const ofKey = isOn ? onAgain : key === null ? null : await callWithKey(counted.keyProbe, clock, facts, key);
  if (ofKey === null) {
    const ofToken = await callWithToken(counted.tokenProbe, facts, tokenCalls - 1);
    if (ofToken !== null) return doubted(ofToken, callsOfRead);
    const rounds = at.rounds + 1;
    const looked = { ...spent(callsOfRead), tokenRejectedSinceMs: null, rounds };
    const proving = noting(change, { cause: noCause }, looked);
    // Any account refuses a key that it has no more: only the one that it had when keys went off proves that they are.
    const isProof = key !== null && fingerprint(key, change.id) === change.storedKeySeen?.print;
    const seen = isProof ? 'refused' : 'not-tried';
    // Also past its time: what has been refused so far is looked at to the end, which is minutes.
    return rounds < everyNode.rounds
      ? pause(state, proving, 'proving', paced(looked, everyNode.roundEveryMs, endMs - nowMs), 'planned')
      : end({ ...state, offSinceMs: nowMs }, proving, 'keys-off', null, seen, nowMs);
  }
  if (isOver) return unproved(state, change, ofKey, nowMs);
  const { least, most } = proofPauseMs;
  const looked = { ...spent(callsOfRead), tokenRejectedSinceMs: null, rounds: 0 };
  const askedMs = Math.min(most, Math.max(least, endMs - nowMs), Math.max(least, (nowMs - at.sinceMs) / 3));
  return pause(
    state,
    noting(change, ofKey, looked),
    waitingFor(ofKey.reason),
    paced(looked, askedMs, endMs - nowMs),
    'planned',
  );
}

const onAgain: Doubt = { reason: 'key-still-accepted', cause: noCause };

/** The account, and the pointer and the key in the vault. */
const callsOfRead = 3;

type Proving = Extract<KeylessChange['at'], { kind: 'proving' }>;

/** When the calls of one more round are within what a proof may cost. */
function affordedAtMs({ sinceMs, calls }: Proving, proveWithinMs: number): number {
  const { atOnce, inAll, inARound } = mostCalls;
  return sinceMs + (Math.min(dayMs, proveWithinMs) * Math.max(0, calls + inARound - atOnce)) / (inAll - atOnce);
}

/** The probes, and how often they were called; `before` each call. */
function counting(tokenProbe: TokenProbe, keyProbe: KeyProbe, before: () => Promise<void>) {
  let calls = 0;
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    await before();
    return await call();
  };
  return {
    calls: () => calls,
    tokenProbe: { call: (account: ProbedAccount) => counted(() => tokenProbe.call(account)) },
    keyProbe: {
      call: (account: ProbedAccount, key: SecretText) => counted(() => keyProbe.call(account, key)),
    },
  };
}

function noting(change: KeylessChange, { cause }: Pick<Doubt, 'cause'>, at: KeylessChange['at']): KeylessChange {
  return { ...withoutCause(change), ...cause, at };
}

/** Why a change rests whose token is in doubt. */
export function waitingForToken({ reason }: Doubt): NonNullable<KeylessChange['waiting']> {
  return reason === 'token-not-accepted' ? 'token-rejected' : waitingFor(reason);
}

function waitingFor(reason: Doubt['reason']): NonNullable<KeylessChange['waiting']> {
  return reason === 'quota-used-up' || reason === 'endpoint-unclear' ? reason : 'keys-lingering';
}

/** Keys that were off before Keyturn came stay off: a revert restores what was. */
function unproved(
  state: KeylessState,
  change: KeylessChange,
  { reason, cause }: Doubt,
  nowMs: number,
): Stepped<KeylessState> {
  return change.hadKeys
    ? enter(state, change, { kind: 'reverting', reason, ...cause }, nowMs)
    : end(state, change, 'failed', reason, null, nowMs, cause);
}

/** Why the token was not accepted each time; null: it was. */
async function callWithToken(probe: TokenProbe, facts: ProbedAccount, times: number): Promise<Doubt | null> {
  for (let call = 0; call < times; call += 1) {
    const doubt = doubtOfToken(await probe.call(facts));
    if (doubt !== null) return doubt;
  }
  return null;
}

/** Why the key was not refused each time; null: it was. */
async function callWithKey(
  probe: KeyProbe,
  clock: Clock,
  facts: ProbedAccount,
  key: SecretText,
): Promise<Doubt | null> {
  for (let call = 0; call < everyNode.calls; call += 1) {
    const doubt = doubtOfRefusal(await probe.call(facts, key));
    if (doubt !== null) return doubt;
    await clock.sleep(everyNode.spreadMs / everyNode.calls);
  }
  return null;
}
