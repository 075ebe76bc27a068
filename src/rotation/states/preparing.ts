import { type CopyFact, placeOf } from '../../keys/copies/copy.ts';
import { type ClosedGate, gate, type OpenGate } from '../../keys/gate.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { endpointSecret } from '../../keys/key-secret.ts';
import type { AccountFacts } from '../../keys/ports.ts';
import { secretNames } from '../../keys/target.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { sameEndpoint } from '../../keys/whose-secret.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext, Enter, Steps } from '../decision.ts';
import { overlapOfLeak } from '../leak/leaked-keys.ts';
import { lifecycle } from '../lifecycle.ts';
import type { RowChange } from '../owned-account.ts';
import type { Session } from '../run/session.ts';
import type { States } from '../state.ts';
import { type Arm, readArm } from './arm.ts';
import { cancel } from './cancelling-from.ts';
import { closedGate, gateRules } from './closed-gate.ts';
import { askCopies, gatherCopies, leavesCopies, suspendFor, writtenOver } from './copies.ts';
import { enterCommon } from './enter.ts';
import { undoOrReplaceFirst } from './leak.ts';
import { resumed } from './resumed.ts';
import { goesOn } from './revalidation.ts';
import type { GatherMode, StatePage, StepAid, StepOutcome } from './state-page.ts';
import { nextFrom } from './steps/next-from.ts';
import { verifyCopyWritable, writeCopy } from './steps/write-copy.ts';
import { settling } from './waits.ts';

/** `held-by-vault`: the vault already says to wait, and most visits to a young gate cost ARM nothing. */
type PreparingFacts =
  | { readonly kind: 'held-by-vault'; readonly answer: ClosedGate }
  | ({ readonly kind: 'asked' } & GateLook);

/** What the whole gate goes by. */
export interface GateLook {
  readonly vault: VaultSnapshot;
  readonly arm: Arm;
  readonly copies: readonly CopyFact[];
}

/** The gate opens → the vault is proved writable → the copies hold the active key, and are proved writable → both fingerprints and versions are written down. */
export const preparing: StatePage<'preparing', PreparingFacts> = {
  async gather(session, state, mode) {
    const { salt } = state;
    if (mode === 'fresh') return { kind: 'asked', ...(await askAtOnce(session, state)) };
    const { armId, internalId, lastSeen } = session.owned.row;
    const { instance, target } = session;
    const vault = await session.vault(salt);
    const rules = gateRules(state, { armId, internalId, instance, policy: target.policy });
    const answer = gate({ vault, arm: null, lastSeen }, rules);
    if (answer.kind !== 'ask-arm') return { kind: 'held-by-vault', answer };
    const copies = await copiesBeforeFirst(session, state, mode);
    return { kind: 'asked', vault, arm: await readArm(session, salt), copies };
  },

  decide(state, facts, context) {
    if (context.nowMs < context.settleUntilMs) return settling(state, context);
    if (facts.kind === 'held-by-vault') return closedGate(state, facts.answer, context);
    const { vault, arm } = facts;
    const open = gate({ vault, arm, lastSeen: context.lastSeen }, gateRules(state, context));
    if (open.kind !== 'open') return closedGate(state, open, context);
    if (state.vaultVerifiedAtMs === null) return { kind: 'step', step: { kind: 'verify-vault-writable', state } };
    if (state.leaked !== null && state.leaked.slot !== open.inactiveSlot)
      return leadAway(state, open, arm, state.leaked, context);
    const copies = copiesAtGate(state, facts.copies, open, arm.keys, context);
    if (copies.kind !== 'ready') return copies;
    return {
      kind: 'enter',
      row: { ...calledAs(arm.account), ...copies.row },
      state: {
        kind: 'regenerating',
        ...enterCommon(state, 'regenerating', context.nowMs),
        // Back and forth between these two states is no progress.
        retrying: state.retrying,
        newSlot: open.inactiveSlot,
        fingerprintsBefore: { ...arm.keys },
        versionsBefore: open.versions,
        vaultVerifiedAtMs: state.vaultVerifiedAtMs,
        sent: null,
        firstLook: null,
      },
    };
  },

  perform(session, step, aid) {
    if (step.kind === 'verify-vault-writable') return verifyVaultWritable(session, step, aid);
    return step.kind === 'write-copy'
      ? writeCopy(session, step, aid, otherSlot(step.slot))
      : verifyCopyWritable(session, step, aid);
  },
  asked: { cancel },
  preemptForLeak: undoOrReplaceFirst,
  // It begins with the whole gate: nothing of what was written down is relied on.
  resumed: (state, _reason, nowMs) => resumed(state, null, nowMs, state.overlap.ms),
  revalidated: (state) => goesOn(state),
};

/**
 * The key that consumers use has leaked: they are led to the other one as it is, proved like a new one. Nothing is
 * regenerated before: nobody reported that the other key leaked, and a new one would take its time to spread.
 */
function leadAway(
  state: States['preparing'],
  { inactiveSlot: newSlot, versions }: OpenGate,
  { account, keys }: Arm,
  leak: NonNullable<States['preparing']['leaked']>,
  { nowMs }: DecisionContext,
): Enter<States['probing']> {
  return {
    kind: 'enter',
    row: calledAs(account),
    state: {
      kind: 'probing',
      ...enterCommon(state, 'probing', nowMs),
      overlap: overlapOfLeak(state.overlap, leak),
      newSlot,
      fingerprintsBefore: { ...keys },
      versionsBefore: versions,
      newFingerprint: keys[newSlot],
      newSecretVersion: versions[newSlot],
      accepted: 0,
      acceptedSinceMs: null,
    },
  };
}

/**
 * What the copies ask before the inactive key is regenerated. One that holds it is led to the active key first (the usual find:
 * one app on each key), and each is proved writable before a key is made that it must be given.
 */
export function copiesAtGate(
  state: States['preparing'],
  facts: readonly CopyFact[],
  { inactiveSlot, versions }: OpenGate,
  keys: KeyFingerprints,
  context: DecisionContext,
): { readonly kind: 'ready'; readonly row: RowChange } | Decision<'preparing'> {
  const { nowMs } = context;
  const activeSlot = otherSlot(inactiveSlot);
  const leaves = leavesCopies(state, inactiveSlot);
  const wanted = keys[activeSlot];
  const most = leaves ? { mostMs: gateRules(state, context).standsForMs(inactiveSlot, versions) } : {};
  const answer = askCopies(facts, { wanted, other: keys[inactiveSlot], creates: true, leaves, ...most }, context);
  const row = { copies: answer.seen };
  if (answer.kind === 'behind') {
    const { name: copy } = answer;
    if (state.writtenCopy === copy) return writtenOver(state, copy, inactiveSlot, context);
    return { kind: 'step', step: { kind: 'write-copy', state, copy, slot: activeSlot, fingerprint: wanted } };
  }
  if (answer.kind === 'blocked') return suspendFor(answer.name, answer.reason, nowMs);
  const isProved = (name: string) =>
    context.copies.some((copy) => copy.name === name && state.verifiedCopies.includes(placeOf(copy)));
  const unproved = facts.find(({ name, kind }) => kind === 'stored' && !isProved(name));
  if (unproved !== undefined && !leaves)
    return { kind: 'step', step: { kind: 'verify-copy-writable', state, copy: unproved.name } };
  if (answer.kind === 'ready') return { kind: 'ready', row };
  const { forMs } = answer;
  const deadlineMs = Math.max(state.deadlineMs, nowMs + forMs + lifecycle.preparing.deadlineMs);
  const waiting = { ...state, deadlineMs, gateUntilMs: nowMs + forMs, newSlot: inactiveSlot };
  return { kind: 'wait', state: waiting, reason: 'copies-not-expired', forMs, row };
}

/** All that the gate goes by, read at once: for slow paths. @throws FailureError */
export async function askAtOnce(session: Session, state: States['preparing' | 'regenerating']): Promise<GateLook> {
  const [vault, account, keys, copies] = await Promise.all([
    session.readVault(state.salt),
    session.account(),
    session.look(state.salt),
    copiesBeforeFirst(session, state, 'fresh'),
  ]);
  return { vault, arm: { account, keys }, copies };
}

/** The copies as the gate finds them; of a leaked key's rotation, one that cannot be read is no failure. @throws FailureError */
export async function copiesBeforeFirst(
  session: Session,
  state: States['preparing' | 'regenerating'],
  mode: GatherMode,
): Promise<readonly CopyFact[]> {
  return await gatherCopies(session, state, mode, state.leaked !== null);
}

/** Where this rotation's proofs call: an account may have got a custom subdomain since the last one. */
function calledAs({ kind, endpoint, location }: AccountFacts): RowChange {
  return { accountKind: kind, endpoint, accountLocation: location };
}

/**
 * Stores the endpoint once more. A vault that is read-only, locked by a policy or closed to us shows it here, while both
 * keys still work, and not after a key was made that cannot be stored. The endpoint is the one secret of which a copy
 * that arrives late does no harm. It is the rotation's first write: the gate has asked of every other secret whether it may be written.
 */
async function verifyVaultWritable(
  session: Session,
  { state }: Extract<Steps['preparing'], { kind: 'verify-vault-writable' }>,
  { intend }: StepAid<'preparing'>,
): Promise<StepOutcome<'preparing'>> {
  const { secrets, target, owned } = session;
  const name = secretNames(target).endpoint;
  // The endpoint of now: a custom subdomain may have changed it since the adoption.
  const { endpoint } = await session.account();
  const [{ secret, vaultNowMs }, ready] = await Promise.all([secrets.read(name), intend(null)]);
  if (ready.kind !== 'as-before') return ready;
  const isKnown =
    secret.kind === 'stored' && [endpoint, owned.row.endpoint].some((one) => sameEndpoint(secret.value.reveal(), one));
  const next = await nextFrom(session, 'endpoint', secret, isKnown);
  if (next.kind !== 'free') return next;
  if (secret.kind === 'absent' && (await secrets.deletedTags(name)) !== null)
    return { kind: 'instead', decision: { kind: 'suspend', reason: 'endpoint-deleted' } };
  await secrets.store(endpointSecret(target, endpoint, next.carried, vaultNowMs));
  return { kind: 'done', state: { ...state, vaultVerifiedAtMs: owned.nowMs() } };
}
