import type { KeyProbe, TokenProbe } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import { type Cause, noCause } from '../posture/hardening-refusals.ts';
import type { Stepped } from '../posture/work-posture.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { KeylessChange, KeylessState } from './keyless-state.ts';
import { end, enter, pause, withoutCause } from './keyless-stepped.ts';
import type { KeylessPorts } from './ports.ts';

/** So long the token may fail with keys off before they are turned on again: a gateway's hiccup is shorter, an outage longer. */
const tokenPatienceMs = 5 * 60_000;

/** How soon a doubt about the token is looked into again. */
const doubtPauseMs = 30_000;

/** How often the proof is tried again: the longer keys linger, the rarer, within these. At some seven calls each they make about 250 in a day. */
const proofPauseMs = { least: 30_000, most: 60 * 60_000 } as const;

/** Refusals in a row, each on a connection of its own: gateway nodes learn one after the other. */
const refusals = { attempts: 8, spreadMs: 4_000 } as const;

/** Acceptances of the token in a row. */
const tokenCalls = 3;

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
  const refused = await tokenRefusal(tokenProbe, facts);
  if (refused !== null) {
    const doubtedSinceMs = at.tokenDoubtedSinceMs ?? nowMs;
    if (isOver || nowMs - doubtedSinceMs > tokenPatienceMs)
      return unproved(state, change, 'token-not-accepted', nowMs, refused);
    const doubted = { ...withoutCause(change), ...refused, at: { ...at, tokenDoubtedSinceMs: doubtedSinceMs } };
    return pause(state, doubted, 'token-doubted', doubtPauseMs, 'bounded');
  }
  const trusted = { ...change, at: { ...at, tokenDoubtedSinceMs: null } };
  const key = await storedKey();
  if (key === null) return end({ ...state, offSinceMs: nowMs }, trusted, 'keys-off', null, 'not-tried', nowMs);
  if (await isRefusedEverywhere(keyProbe, clock, facts, key))
    return end({ ...state, offSinceMs: nowMs }, trusted, 'keys-off', null, 'refused', nowMs);
  if (isOver) return unproved(state, trusted, 'key-still-accepted', nowMs, noCause);
  const { least, most } = proofPauseMs;
  const leftMs = Math.max(least, at.sinceMs + change.proveWithinMs - nowMs);
  return pause(
    state,
    trusted,
    'keys-lingering',
    Math.min(most, leftMs, Math.max(least, (nowMs - at.sinceMs) / 4)),
    'planned',
  );
}

/** Keys that were off before Keyturn came stay off: a revert restores what was. */
function unproved(
  state: KeylessState,
  change: KeylessChange,
  reason: 'token-not-accepted' | 'key-still-accepted',
  nowMs: number,
  cause: Cause,
): Stepped<KeylessState> {
  return change.hadKeys
    ? enter(state, change, { kind: 'reverting', reason, ...cause }, nowMs)
    : end(state, change, 'failed', reason, null, nowMs, cause);
}

/** Why the token was not accepted each time; null: it was. */
async function tokenRefusal(
  probe: TokenProbe,
  facts: { readonly kind: string; readonly endpoint: string },
): Promise<Cause | null> {
  for (let call = 0; call < tokenCalls; call += 1) {
    const answer = await probe.call(facts);
    if (answer.kind === 'accepted') continue;
    const action = answer.kind === 'denied' ? answer.action : undefined;
    return { code: 'code' in answer ? answer.code : answer.kind, ...(action === undefined ? {} : { action }) };
  }
  return null;
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
