import { askedPauseMs } from '../../keys/account-probe.ts';
import type { CopyFact } from '../../keys/copies/copy.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { type SecretFact, secretFact, takenOver } from '../../keys/vault-snapshot.ts';
import { fingerprint } from '../../shared/fingerprint.ts';
import type { Slot } from '../../shared/slot.ts';
import { hourMs } from '../../shared/time.ts';
import { probedAccount } from '../account-row.ts';
import type { DecisionContext, End, Steps } from '../decision.ts';
import { confirmingMs, copyLooksAfterMs } from '../numbers.ts';
import type { Session } from '../run/session.ts';
import { oldSlotOf, type States, type Superseded } from '../state.ts';
import { afterSwitch, askCopies, gatherCopies, suspendFor } from './copies.ts';
import { followedAfter, resumed } from './resumed.ts';
import { restockFrom } from './revalidation.ts';
import type { StatePage, StepAid, StepOutcome } from './state-page.ts';
import { settling } from './waits.ts';

/** What it asks, one after another. */
type ConfirmingFacts =
  | { readonly kind: 'agreement'; readonly keys: KeyFingerprints; readonly stored: Readonly<Record<Slot, SecretFact>> }
  /** What the endpoint says of the retired key; `not-tried`: its value is not known, or the target's endpoint is never called. */
  | { readonly kind: 'refusal'; readonly answer: ProbeAnswer | { readonly kind: 'not-tried' } }
  | { readonly kind: 'copies'; readonly copies: readonly CopyFact[] }
  | { readonly kind: 'copies-later' }
  | {
      readonly kind: 'clean-up';
      readonly takenOver: boolean;
      readonly disable: Superseded;
      readonly leave: Superseded;
    };

/** The first pause between two questions whether the retired key is refused; each pause grows with the time passed. */
const firstPauseMs = 3_000;
const longestPauseMs = hourMs;

/** Vault and account agree → the retired key is refused, cannot be tried, or a day has passed → superseded versions are disabled → done. */
export const confirming: StatePage<'confirming', ConfirmingFacts> = {
  async gather(session, state, mode) {
    const { salt } = state;
    if (!state.agreed) {
      const names = secretNames(session.target);
      const [key1, key2] = await Promise.all([session.secret(names.key1), session.secret(names.key2)]);
      const stored = { key1: secretFact(key1, salt), key2: secretFact(key2, salt) };
      return { kind: 'agreement', stored, keys: await session.currentKeys(salt) };
    }
    const nowMs = session.owned.nowMs();
    const copiesForMs = copiesDueInMs(state, session.target.copies, nowMs);
    // Nothing depends on it: a copy that cannot be read now is left to the next look, and to the drift check.
    if (copiesForMs !== null && copiesForMs <= 0)
      return { kind: 'copies', copies: await gatherCopies(session, state, mode, true) };
    if (state.refusal === null) return await gatherRefusal(session, state);
    return copiesForMs !== null && nowMs < state.giveUpAtMs
      ? { kind: 'copies-later' }
      : await gatherCleanUp(session, state);
  },

  decide(state, facts, context) {
    const { nowMs } = context;
    switch (facts.kind) {
      case 'agreement': {
        const { stored, keys } = facts;
        const agreed = (['key1', 'key2'] as const).every((slot) => {
          const secret = stored[slot];
          return secret.kind === 'stored' && secret.fingerprint === keys[slot];
        });
        if (!agreed) return { kind: 'suspend', reason: 'vault-stale' };
        return { kind: 'note', state: { ...state, agreed: true } };
      }
      case 'refusal': {
        const { answer } = facts;
        if (answer.kind === 'refused') return { kind: 'note', state: { ...state, refusal: 'seen' } };
        if (nowMs >= state.giveUpAtMs || answer.kind === 'not-tried')
          return { kind: 'note', state: { ...state, refusal: 'not-seen' } };
        const growingMs = Math.max(firstPauseMs, (nowMs - state.stateSinceMs) / 2, askedPauseMs(answer) ?? 0);
        const copiesForMs = copiesDueInMs(state, context.copies, nowMs) ?? Number.POSITIVE_INFINITY;
        const pauseMs = Math.min(longestPauseMs, growingMs, Math.max(1_000, copiesForMs));
        return { kind: 'wait', state, reason: 'old-key-lingers', forMs: Math.min(pauseMs, state.giveUpAtMs - nowMs) };
      }
      case 'copies': {
        const oldFingerprint = state.fingerprintsBefore[oldSlotOf(state)];
        const reverted = facts.copies.find((fact) => fact.kind === 'stored' && fact.fingerprint === oldFingerprint);
        if (reverted !== undefined) return suspendFor(reverted.name, 'copy-reverted', nowMs);
        // What one has held meanwhile counts at the next gate, even if it is put back.
        const { seen } = askCopies(facts.copies, { ...afterSwitch(state), creates: false }, context);
        return { kind: 'note', state: { ...state, copyLooks: state.copyLooks + 1 }, row: { copies: seen } };
      }
      case 'copies-later': {
        const forMs = Math.max(1_000, copiesDueInMs(state, context.copies, nowMs) ?? 0);
        return { kind: 'wait', state, reason: 'copies-watched', forMs };
      }
      case 'clean-up':
        if (facts.takenOver) return { kind: 'suspend', reason: 'taken-over' };
        if (nowMs < context.settleUntilMs) return settling(state, context);
        return facts.disable.length > 0
          ? { kind: 'step', step: { kind: 'disable-versions', state, versions: facts.disable, leave: facts.leave } }
          : completed(state, facts.leave, context);
    }
  },

  perform: disableVersions,
  asked: {},

  preemptForLeak(state, _leak, _leaks, context) {
    if (!state.agreed) return null;
    if (context.nowMs < context.settleUntilMs) return settling(state, context);
    return completed({ ...state, refusal: state.refusal ?? 'not-seen' }, state.superseded, context);
  },

  resumed(state, reason, nowMs) {
    const followed = followedAfter(state.followed, reason);
    return resumed({ ...state, followed, giveUpAtMs: nowMs + confirmingMs }, reason, nowMs);
  },

  revalidated: restockFrom,
};

/** When copies are read again, from now; null: they have been, or there are none. */
function copiesDueInMs(
  { copyLooks, leftBehind, stateSinceMs }: States['confirming'],
  copies: Target['copies'],
  nowMs: number,
): number | null {
  const afterMs = copyLooksAfterMs[copyLooks];
  if (afterMs === undefined || copies.every(({ name }) => leftBehind.includes(name))) return null;
  return stateSinceMs + afterMs - nowMs;
}

/** The rotation is over; the next one disables what is `superseded`. */
function completed(state: States['confirming'], superseded: Superseded, { nowMs }: DecisionContext): End<'confirming'> {
  const retiredSlot = oldSlotOf(state);
  const newKeys = { [state.newSlot]: state.newFingerprint, [retiredSlot]: state.newInactiveFingerprint };
  const { followed } = state;
  return {
    kind: 'end',
    end: { outcome: 'completed', endedAtMs: nowMs, refusal: state.refusal, last: state },
    row: {
      lastDone: {
        rotationId: state.rotationId,
        salt: state.salt,
        fingerprints: { ...state.fingerprintsBefore, ...newKeys },
        atMs: nowMs,
      },
      lastSeen: {
        pointer: state.newSlot,
        versions: {
          ...{ key1: state.newInactiveSecretVersion, key2: state.newInactiveSecretVersion },
          [state.newSlot]: followed.key,
          pointer: followed.pointer,
          direct: followed.direct,
        },
        sinceMs: state.switchedAtVaultMs,
      },
      superseded,
    },
  };
}

/**
 * Tries the retired key: its value stands in its secret's superseded version, unless somebody disabled or removed that, or
 * regenerated the old slot themselves during the overlap: nobody can try a key that Keyturn never knew.
 */
async function gatherRefusal(session: Session, state: States['confirming']): Promise<ConfirmingFacts> {
  const notTried = { kind: 'refusal', answer: { kind: 'not-tried' } } as const;
  if (session.target.policy.probe === 'control-plane-only') return notTried;
  const retiredSlot = oldSlotOf(state);
  const name = secretNames(session.target)[retiredSlot];
  const { secret } = await session.version(name, state.versionsBefore[retiredSlot]);
  if (secret.kind !== 'stored' || fingerprint(secret.value, state.salt) !== state.fingerprintsBefore[retiredSlot])
    return notTried;
  return { kind: 'refusal', answer: await session.probe.call(probedAccount(session.owned.row), secret.value) };
}

/**
 * Sorts superseded versions: never the latest of its secret, never one younger than the overlap, never one that holds a
 * key which the account has now. What is too young, or holds such a key, is left to the next rotation.
 */
async function gatherCleanUp(session: Session, state: States['confirming']): Promise<ConfirmingFacts> {
  const { newSlot, salt, overlap } = state;
  const names = secretNames(session.target);
  // At once: what is disabled rests on the pointer that is read here.
  const [vault, ...versions] = await Promise.all([
    session.vault(salt),
    ...state.superseded.map(async (one) => {
      if (isKnown(state, one, names[newSlot]))
        return { one, fingerprint: state.fingerprintsBefore[newSlot], isYoung: false };
      const { secret, vaultNowMs } = await session.version(one.name, one.version);
      if (secret.kind !== 'stored') return { one, fingerprint: null, isYoung: false };
      const isYoung = vaultNowMs - secret.createdAtMs < overlap.ms;
      return { one, fingerprint: fingerprint(secret.value, salt), isYoung };
    }),
  ]);
  const latest = new Map<string | null, SecretFact | null>([
    [names.key1, vault.key1],
    [names.key2, vault.key2],
    [names.direct, vault.direct],
  ]);
  const current = new Set([state.newFingerprint, state.newInactiveFingerprint]);
  const disable: Superseded = [];
  const leave: Superseded = [];
  for (const { one, fingerprint: print, isYoung } of versions) {
    const now = latest.get(one.name);
    if (now?.kind === 'stored' && now.version === one.version) continue;
    if (print === null) continue;
    (isYoung || current.has(print) ? leave : disable).push(one);
  }
  // A vault that refuses to disable must not keep a finished rotation open for longer than the day it has; and whose the
  // target is now stands at its pointer.
  const leavesAll = session.owned.nowMs() >= state.giveUpAtMs || vault.pointer.kind !== 'stored';
  return {
    kind: 'clean-up',
    takenOver: takenOver(vault, session.instance),
    disable: leavesAll ? [] : disable,
    leave: leavesAll ? [...leave, ...disable] : leave,
  };
}

/**
 * The gate saw which key the new slot's secret held, and the overlap has passed since: that version is read only once it could
 * not be disabled, since it may be gone.
 */
function isKnown(
  { versionsBefore, newSlot, attempts }: States['confirming'],
  one: Superseded[number],
  newName: string,
) {
  return attempts === 0 && one.name === newName && one.version === versionsBefore[newSlot];
}

/**
 * Disables superseded versions, each by its own id: Azure's "latest" is never touched. What would rest on too old a look
 * is left to the next round.
 */
async function disableVersions(
  session: Session,
  _step: Steps['confirming'],
  { intend }: StepAid<'confirming'>,
): Promise<StepOutcome<'confirming'>> {
  const ready = await intend(null);
  if (ready.kind !== 'as-before') return ready;
  const { state, versions, leave } = ready.step;
  let done = 0;
  for (const { name, version } of versions) {
    if (done > 0 && session.isAging()) break;
    await session.secrets.disableVersion(name, version);
    done += 1;
  }
  return { kind: 'done', state: { ...state, superseded: [...leave, ...versions.slice(done)] } };
}
