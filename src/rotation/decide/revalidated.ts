import type { KeyPrints } from '../../keys/key-prints.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { vaultRoundingMs } from '../numbers.ts';
import type { RowChange } from '../ownership/owned-account.ts';
import type { ActiveState, StateOf, Superseded, Versions } from '../state.ts';
import { ofDirect, withMore } from '../superseded-by.ts';
import { seenIn } from './seen-in.ts';

type WithBefore = Extract<ActiveState, { readonly versionsBefore: Versions }>;
type Seen = Pick<FactsOf<'revalidation'>, 'vault' | 'keys'>;

/**
 * Where a rotation goes on from what a revalidation found: before the pointer with the old key as it is now, after it with a
 * whole overlap, since nobody knows what consumers were given meanwhile. A new key is stored and proved again.
 */
export function revalidated(state: ActiveState, pointed: Slot, seen: Seen, context: DecisionContext): Decision {
  const { nowMs } = context;
  const { keys } = seen;
  const { newSlot } = state;
  const oldSlot = otherSlot(newSlot);
  const note = (found: ActiveState, row: RowChange = {}): Decision => ({
    kind: 'note',
    state: { ...found, revalidation: null },
    row,
  });
  switch (state.kind) {
    case 'preparing':
      return note(state);
    case 'cancelling': {
      if (state.before === null) return note(state);
      const { prints, versions } = state.before;
      return note({ ...state, firstLook: null, before: asFound(prints, versions, oldSlot, seen) });
    }
    case 'regenerating':
      return note({ ...state, ...beforeAsFound(state, seen), firstLook: null }, leftBehind(state, seen, context));
    case 'publishing':
      return note({ ...state, ...beforeAsFound(state, seen), firstLook: null }, leftBehind(state, seen, context));
    case 'probing':
    case 'switching':
      if (pointed === newSlot) return overlapFrom(state, seen, context);
      return {
        kind: 'enter',
        row: leftBehind(state, seen, context),
        state: {
          kind: 'publishing',
          ...enterCommon(state, 'publishing', nowMs),
          ...beforeAsFound(state, seen),
          newFingerprint: keys[newSlot],
          firstLook: null,
          storedAtMs: null,
        },
      };
    case 'rolling-back': {
      if (pointed === oldSlot)
        return note(
          { ...state, ...beforeAsFound(state, seen), newFingerprint: keys[newSlot] },
          leftBehind(state, seen, context),
        );
      const requestRefused = { action: 'roll-back', reason: 'old-key-dead', atMs: nowMs } as const;
      return overlapFrom(state, seen, context, { requestRefused });
    }
    case 'overlapping':
      return overlapFrom(state, seen, context);
    case 'retiring':
      // Settled and seen twice: where the old key still stands, nothing of ours has reached it.
      if (state.sent === null || keys[oldSlot] === state.fingerprintsBefore[oldSlot])
        return overlapFrom(state, seen, context);
      return restockFrom(state, seen, context);
    case 'restocking':
    case 'confirming':
      return restockFrom(state, seen, context);
  }
}

function overlapFrom(
  state: StateOf<'probing' | 'switching' | 'overlapping' | 'retiring' | 'rolling-back'>,
  seen: Seen,
  context: DecisionContext,
  row: RowChange = {},
): Decision {
  const { nowMs } = context;
  const { vault, keys } = seen;
  const restMs = state.overlap.ms + vaultRoundingMs;
  return {
    kind: 'enter',
    row: { ...leftBehind(state, seen, context), lastSeen: seenIn(vault, state.newSlot), ...row },
    state: {
      kind: 'overlapping',
      ...enterCommon(state, 'overlapping', nowMs, restMs),
      ...beforeAsFound(state, seen),
      newFingerprint: keys[state.newSlot],
      followed: followedNow(state.newSlot, seen),
      switchedAtVaultMs: vault.seenByMs,
      overlapUntilMs: nowMs + restMs,
      held: state.kind === 'overlapping' ? state.held : null,
    },
  };
}

/** Both keys are new, whoever made them: the idle one is stored, and the retired one stays the one from before. */
function restockFrom(
  state: StateOf<'retiring' | 'restocking' | 'confirming'>,
  seen: Seen,
  context: DecisionContext,
): Decision {
  const { keys, vault } = seen;
  const { fingerprintsBefore, versionsBefore, newSlot } = state;
  return {
    kind: 'enter',
    row: leftBehind(state, seen, context),
    state: {
      kind: 'restocking',
      ...enterCommon(state, 'restocking', context.nowMs),
      fingerprintsBefore,
      versionsBefore,
      newFingerprint: keys[newSlot],
      followed: followedNow(newSlot, seen),
      switchedAtVaultMs: vault.seenByMs,
      newInactiveFingerprint: keys[otherSlot(newSlot)],
      firstLook: null,
      storedAtMs: null,
    },
  };
}

function beforeAsFound(state: WithBefore, seen: Seen): { fingerprintsBefore: KeyPrints; versionsBefore: Versions } {
  const found = asFound(state.fingerprintsBefore, state.versionsBefore, otherSlot(state.newSlot), seen);
  return { fingerprintsBefore: found.prints, versionsBefore: found.versions };
}

/** The old slot's key, and its version where the vault holds that key. */
function asFound(prints: KeyPrints, versions: Versions, oldSlot: Slot, { vault, keys }: Seen) {
  const secret = vault[oldSlot];
  const version = secret.kind === 'stored' && secret.print === keys[oldSlot] ? secret.version : versions[oldSlot];
  return { prints: { ...prints, [oldSlot]: keys[oldSlot] }, versions: { ...versions, [oldSlot]: version } };
}

function followedNow(slot: Slot, { vault }: Seen) {
  const { pointer, direct } = vault;
  const key = vault[slot];
  const versionOf = (secret: { kind: 'stored'; version: string } | { kind: 'absent' | 'disabled' }) =>
    secret.kind === 'stored' ? secret.version : 'none';
  return { pointer: versionOf(pointer), key: versionOf(key), direct: direct === null ? null : versionOf(direct) };
}

/** Versions that this rotation would have disabled, and that are no longer written down anywhere else. */
function leftBehind(state: WithBefore, { vault }: Seen, { leftovers, secretNames }: DecisionContext): RowChange {
  const { newSlot, versionsBefore } = state;
  const oldSlot = otherSlot(newSlot);
  const known: Superseded = [
    { name: secretNames[oldSlot], version: versionsBefore[oldSlot] },
    ...('followed' in state ? [{ name: secretNames[newSlot], version: state.followed.key }] : []),
    ...('followed' in state ? ofDirect(secretNames, state.followed.direct) : []),
    ...('newSecretVersion' in state ? [{ name: secretNames[newSlot], version: state.newSecretVersion }] : []),
  ];
  const latest = new Set(
    [vault.key1, vault.key2, vault.direct].map((secret) => (secret?.kind === 'stored' ? secret.version : '')),
  );
  return {
    leftovers: withMore(
      leftovers,
      known.filter(({ version }) => !latest.has(version)),
    ),
  };
}
