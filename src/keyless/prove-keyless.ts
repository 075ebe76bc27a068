import type { KeyProbe, ProbedAccount, TokenProbe } from '../keys/ports.ts';
import { noCause } from '../posture/hardening-refusals.ts';
import type { Stepped } from '../posture/work-posture.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { SecretText } from '../shared/secret-text.ts';
import { type Doubt, doubtOfRefusal, doubtOfToken } from './doubt.ts';
import type { KeylessChange, KeylessState } from './keyless-state.ts';
import { end, enter, pause, withoutCause } from './keyless-stepped.ts';
import type { KeylessPorts } from './ports.ts';

/** So long the token may fail with keys off before they are turned on again: a gateway's hiccup is shorter, an outage longer. */
const tokenPatienceMs = 5 * 60_000;

/** How soon a doubt about the token is looked into again. */
const doubtPauseMs = 30_000;

/** How often the proof is tried again: the longer keys linger, the rarer, within these. At some seven calls each they make about 250 in a day. */
const proofPauseMs = { least: 30_000, most: 60 * 60_000 } as const;

/**
 * How long every look must say the same. Gateways learn that keys are off within "typically a few minutes, up to several hours"
 * (https://learn.microsoft.com/azure/ai-services/disable-local-auth), node by node, and a node may serve no call of a whole
 * round. How many there are is not documented: that a gateway has at most eight is assumed. One of eight is met by forty calls,
 * each on a connection of its own, in 199 of 200 cases (1 - (7/8)^40). Five rounds a minute apart are over within the least time
 * to prove, five minutes.
 */
const proof = { rounds: 5, roundEveryMs: 60_000, keyCalls: 8, tokenCalls: 3, spreadMs: 4_000 } as const;

/** Keys are off: the token is accepted all along, and the key that was active is refused by every node that answers. */
export async function prove(
  { localAuth, tokenProbe, keyProbe, clock, storedKey }: KeylessPorts,
  account: AccountId,
  state: KeylessState,
  change: KeylessChange,
  at: Extract<KeylessChange['at'], { kind: 'proving' }>,
  nowMs: number,
): Promise<Stepped<KeylessState>> {
  const facts = await localAuth.read(account);
  const isOver = nowMs - at.sinceMs > change.proveWithinMs;
  const ofToken = await callWithToken(tokenProbe, facts);
  if (ofToken !== null) {
    const doubtedSinceMs = at.tokenDoubtedSinceMs ?? nowMs;
    if (isOver || nowMs - doubtedSinceMs > tokenPatienceMs) return unproved(state, change, ofToken, nowMs);
    const doubted = noting(change, ofToken, { ...at, tokenDoubtedSinceMs: doubtedSinceMs, rounds: 0 });
    const waiting = ofToken.reason === 'token-not-accepted' ? 'token-doubted' : waitingFor(ofToken.reason);
    return pause(state, doubted, waiting, doubtPauseMs, 'bounded');
  }
  const key = await storedKey();
  const ofKey = key === null ? null : await callWithKey(keyProbe, clock, facts, key);
  if (ofKey === null) {
    const rounds = at.rounds + 1;
    const proving = noting(change, { cause: noCause }, { ...at, tokenDoubtedSinceMs: null, rounds });
    const seen = key === null ? 'not-tried' : 'refused';
    // Also past its time: what has been refused so far is looked at to the end, which is minutes.
    return rounds < proof.rounds
      ? pause(state, proving, 'proving', proof.roundEveryMs, 'planned')
      : end({ ...state, offSinceMs: nowMs }, proving, 'keys-off', null, seen, nowMs);
  }
  if (isOver) return unproved(state, change, ofKey, nowMs);
  const { least, most } = proofPauseMs;
  const leftMs = Math.max(least, at.sinceMs + change.proveWithinMs - nowMs);
  const lingering = noting(change, ofKey, { ...at, tokenDoubtedSinceMs: null, rounds: 0 });
  const forMs = Math.min(most, leftMs, Math.max(least, (nowMs - at.sinceMs) / 4));
  return pause(state, lingering, waitingFor(ofKey.reason), forMs, 'planned');
}

function noting(change: KeylessChange, { cause }: Pick<Doubt, 'cause'>, at: KeylessChange['at']): KeylessChange {
  return { ...withoutCause(change), ...cause, at };
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
async function callWithToken(probe: TokenProbe, facts: ProbedAccount): Promise<Doubt | null> {
  for (let call = 0; call < proof.tokenCalls; call += 1) {
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
  for (let call = 0; call < proof.keyCalls; call += 1) {
    const doubt = doubtOfRefusal(await probe.call(facts, key));
    if (doubt !== null) return doubt;
    await clock.sleep(proof.spreadMs / proof.keyCalls);
  }
  return null;
}
