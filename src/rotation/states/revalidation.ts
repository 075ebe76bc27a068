import { type LastSeen, versionsIn } from '../../keys/gate.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import { namedSlot, readPointer, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Slot } from '../../shared/slot.ts';
import type { DecisionContext, Enter, Note, Suspend, Wait } from '../decision.ts';
import { positionOf } from '../lifecycle.ts';
import { staleBoundMs, vaultRoundingMs } from '../numbers.ts';
import type { RowChange } from '../owned-account.ts';
import type { SuspendReason } from '../reasons.ts';
import type { Session } from '../run/session.ts';
import { type ActiveState, oldSlotOf, type StateKind, type States, type Superseded, type Versions } from '../state.ts';
import { type Arm, readArm } from './arm.ts';
import { beginOverlap, enterCommon, publishingWith } from './enter.ts';
import { proveStored } from './prove-stored.ts';
import type { Found } from './state-page.ts';
import { ofDirect, withMore } from './superseded-by.ts';
import { endpointWait, settling } from './waits.ts';

/** Reasons that say: an account's or a secret's key may be another than the one that was written down. */
const keysChanged: ReadonlySet<SuspendReason> = new Set([
  'account-moved',
  'out-of-band-regenerated',
  'vault-stale',
  'secret-changed',
  'direct-stale',
]);

/** The revalidation with which a rotation goes on that was suspended for `reason`; null if none is needed. */
export function revalidationAfter(reason: SuspendReason | null): ActiveState['revalidation'] {
  return reason !== null && keysChanged.has(reason) ? { first: null } : null;
}

/** After people changed keys: what stands now. `proof` is of the slot that the pointer names. */
export interface RevalidationFacts extends Arm {
  readonly vault: VaultSnapshot;
  readonly proof: ProbeAnswer;
}

/** Whatever people changed, the key that consumers are given now is tried, and the account asked for both. */
export async function gatherRevalidation(session: Session, salt: string): Promise<RevalidationFacts> {
  const vault = await session.readVault(salt);
  const pointed = namedSlot(vault);
  const proof: ProbeAnswer =
    pointed === null ? { kind: 'unknown', code: 'pointer-names-no-slot' } : await proveStored(session, pointed);
  return { vault, proof, ...(await readArm(session, salt)) };
}

/**
 * A rotation that is resumed after people changed keys takes nothing for granted that it wrote down before. Once nothing
 * of ours can still arrive, two looks agree, the vault holds the account's key where consumers are pointed, and the
 * account takes it, that is what the rotation goes on from. Nothing is written here; if vault and account disagree, a
 * person repairs first.
 */
export function decideRevalidation<K extends StateKind>(
  state: States[K],
  facts: RevalidationFacts,
  context: DecisionContext,
): { readonly kind: 'found'; readonly found: Found } | Wait<States[K]> | Suspend {
  const { nowMs } = context;
  const { vault, keys, account, proof } = facts;
  if (nowMs < context.settleUntilMs) return settling(state, context);
  if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  if (account.localAuthDisabled) return { kind: 'suspend', reason: 'local-auth-disabled' };
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  const { direct } = vault;
  const pointed = pointer.slot;
  const { consumers } = positionOf(state);
  const expected = consumers === 'new-slot' ? state.newSlot : oldSlotOf(state);
  if (consumers !== 'either' && pointed !== expected) return { kind: 'suspend', reason: 'pointer-moved' };

  const first = state.revalidation?.first ?? null;
  const isSeenAgain = first !== null && first.fingerprints.key1 === keys.key1 && first.fingerprints.key2 === keys.key2;
  const seen = isSeenAgain ? first : { fingerprints: { ...keys }, atMs: nowMs };
  const looking: States[K] = { ...state, revalidation: { first: seen } };
  const restMs = seen.atMs + staleBoundMs - nowMs;
  if (restMs > 0) return { kind: 'wait', state: looking, reason: 'recheck', forMs: restMs };

  const secret = vault[pointed];
  if (secret.kind === 'absent') return { kind: 'suspend', reason: 'secret-missing' };
  if (secret.kind === 'disabled') return { kind: 'suspend', reason: 'secret-disabled' };
  if (secret.fingerprint !== keys[pointed]) return { kind: 'suspend', reason: 'vault-stale' };
  // Before the pointer the direct value may be a step ahead of it; the switch, or the undoing, sees to that.
  const directFollows = pointed === state.newSlot || state.kind === 'rolling-back';
  if (directFollows && direct !== null && (direct.kind !== 'stored' || direct.fingerprint !== secret.fingerprint))
    return { kind: 'suspend', reason: 'direct-stale' };
  if (proof.kind !== 'accepted') return endpointWait(looking, proof, context);
  return { kind: 'found', found: { pointed, vault, keys } };
}

/** What stands in the vault, its age counted from now on: Keyturn itself has just written there. Null if something is missing. */
export function seenIn(vault: VaultSnapshot, pointed: Slot): LastSeen | null {
  const { pointer, key1, key2, direct } = vault;
  const isMissing = [pointer, key1, key2, direct].some((secret) => secret !== null && secret.kind !== 'stored');
  return isMissing ? null : { pointer: pointed, versions: versionsIn(vault), sinceMs: vault.seenByMs };
}

type WithBefore = Extract<ActiveState, { readonly versionsBefore: Versions }>;

/** The state goes on as it stands, but for what was found. */
export function goesOn<S extends ActiveState>(state: S, row: RowChange = {}): Note<S> {
  return { kind: 'note', state: { ...state, revalidation: null }, row };
}

/** A whole overlap begins at what stands: nobody knows what consumers were given meanwhile. */
export function overlapFrom(
  state: States['switching' | 'updating-copies' | 'overlapping' | 'retiring' | 'rolling-back'],
  found: Found,
  context: DecisionContext,
  row: RowChange = {},
): Enter<States['updating-copies' | 'overlapping']> {
  const { nowMs } = context;
  const { vault, keys } = found;
  const restMs = state.overlap.ms + vaultRoundingMs;
  const switched = {
    ...beforeAsFound(state, found),
    newFingerprint: keys[state.newSlot],
    followed: followedNow(state.newSlot, found),
    switchedAtVaultMs: vault.seenByMs,
    readers: null,
    overlapUntilMs: nowMs + restMs,
  };
  const held = state.kind === 'overlapping' ? state.held : null;
  return {
    kind: 'enter',
    row: { ...leftBehind(state, found, context), lastSeen: seenIn(vault, state.newSlot), ...row },
    state: beginOverlap(state, switched, context, restMs, held),
  };
}

/** Whatever key stands in the new slot is stored and proved again. */
export function publishFrom(
  state: States['probing' | 'switching'],
  found: Found,
  context: DecisionContext,
): Enter<States['publishing']> {
  const known = { ...beforeAsFound(state, found), newFingerprint: found.keys[state.newSlot] };
  return {
    kind: 'enter',
    row: leftBehind(state, found, context),
    state: publishingWith(state, known, context.nowMs),
  };
}

/** Both keys are new, no matter who made them: the inactive one is stored, and the retired one stays the one from before. */
export function restockFrom(
  state: States['retiring' | 'restocking' | 'confirming'],
  found: Found,
  context: DecisionContext,
): Enter<States['restocking']> {
  const { keys, vault } = found;
  const { fingerprintsBefore, versionsBefore, newSlot } = state;
  return {
    kind: 'enter',
    row: leftBehind(state, found, context),
    state: {
      kind: 'restocking',
      ...enterCommon(state, 'restocking', context.nowMs),
      fingerprintsBefore,
      versionsBefore,
      newFingerprint: keys[newSlot],
      followed: followedNow(newSlot, found),
      switchedAtVaultMs: vault.seenByMs,
      readers: state.readers,
      newInactiveFingerprint: keys[oldSlotOf(state)],
      firstLook: null,
      storedAtMs: null,
    },
  };
}

/** The old slot's key as it is now, with its version if the vault holds that key. */
export function beforeAsFound(
  state: WithBefore,
  found: Found,
): { fingerprintsBefore: KeyFingerprints; versionsBefore: Versions } {
  const before = { fingerprints: state.fingerprintsBefore, versions: state.versionsBefore };
  const { fingerprints, versions } = asFound(before, oldSlotOf(state), found);
  return { fingerprintsBefore: fingerprints, versionsBefore: versions };
}

export function asFound(
  { fingerprints, versions }: { readonly fingerprints: KeyFingerprints; readonly versions: Versions },
  oldSlot: Slot,
  { vault, keys }: Found,
) {
  const secret = vault[oldSlot];
  const version = secret.kind === 'stored' && secret.fingerprint === keys[oldSlot] ? secret.version : versions[oldSlot];
  return { fingerprints: { ...fingerprints, [oldSlot]: keys[oldSlot] }, versions: { ...versions, [oldSlot]: version } };
}

function followedNow(slot: Slot, { vault }: Found) {
  const { pointer, direct } = vault;
  const key = vault[slot];
  const versionOf = (secret: { kind: 'stored'; version: string } | { kind: 'absent' | 'disabled' }) =>
    secret.kind === 'stored' ? secret.version : 'none';
  return { pointer: versionOf(pointer), key: versionOf(key), direct: direct === null ? null : versionOf(direct) };
}

/** Versions that this rotation would have disabled, and that are no longer written down anywhere else. */
export function leftBehind(
  state: WithBefore,
  { vault }: Found,
  { superseded, secretNames }: DecisionContext,
): RowChange {
  const { newSlot, versionsBefore } = state;
  const oldSlot = oldSlotOf(state);
  const known: Superseded = [
    { name: secretNames[oldSlot], version: versionsBefore[oldSlot] },
    ...('followed' in state ? [{ name: secretNames[newSlot], version: state.followed.key }] : []),
    ...('followed' in state ? ofDirect(secretNames, state.followed.direct) : []),
    ...('newSecretVersion' in state ? [{ name: secretNames[newSlot], version: state.newSecretVersion }] : []),
  ];
  const latest = new Set(
    [vault.key1, vault.key2, vault.direct].map((secret) => (secret?.kind === 'stored' ? secret.version : '')),
  );
  const left = known.filter(({ version }) => !latest.has(version));
  return { superseded: withMore(superseded, left) };
}
