import { readPointer } from '../../keys/read-pointer.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, publishedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { vaultRoundingMs } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { keyToStore } from './key-to-store.ts';
import { keysStale } from './keys-stale.ts';

/** Direct-value secret first, pointer last, each only while the proved key is still the account's current one. */
export function decideSwitching(
  state: StateOf<'switching'>,
  facts: FactsOf<'switching'>,
  context: DecisionContext,
): Decision {
  const { vault, keys } = facts;
  const { nowMs } = context;
  const newSlot = state.newSlot;
  const oldSlot = otherSlot(newSlot);
  const pointer = readPointer(vault, context.instance);
  if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
  const { direct } = vault;

  if (keys[oldSlot] !== state.fingerprintsBefore[oldSlot])
    return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const current = keyToStore(
    newSlot,
    state.newFingerprint,
    state.fingerprintsBefore[newSlot],
    keys,
    state.firstLook,
    nowMs,
  );
  if (current.kind === 'look-again')
    return {
      kind: 'wait',
      state: { ...state, firstLook: current.firstLook },
      reason: 'look-again',
      forMs: current.forMs,
    };
  if (current.kind === 'stale') return keysStale(state, 1_000, context);
  if (current.kind === 'is-now') {
    // A write of ours that may still arrive would give consumers the dead key while its successor is being proved.
    if (nowMs < context.settleUntilMs)
      return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };
    // The proved key is dead before anybody was pointed at it: the slot's key of now is stored and proved instead.
    if (pointer.slot === newSlot) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    return {
      kind: 'enter',
      state: {
        kind: 'publishing',
        ...enterCommon(state, 'publishing', nowMs),
        ...publishedFields(state),
        newFingerprint: current.print,
        firstLook: null,
        storedAtMs: null,
      },
    };
  }
  const secret = vault[newSlot];
  if (secret.kind !== 'stored' || secret.print !== state.newFingerprint)
    return { kind: 'suspend', reason: 'secret-changed' };

  if (direct !== null) {
    if (direct.kind !== 'stored') return { kind: 'suspend', reason: 'direct-stale' };
    if (direct.print !== state.newFingerprint) {
      if (direct.print !== state.fingerprintsBefore[oldSlot]) return { kind: 'suspend', reason: 'direct-stale' };
      return { kind: 'step', step: { kind: 'store-direct', state, slot: newSlot } };
    }
  }
  if (pointer.slot === oldSlot) return { kind: 'step', step: { kind: 'store-pointer', state, slot: newSlot } };

  // From now, not from the versions' own dates: a restored one would bring an old date along. The latest of the reads is
  // never before the earliest, so that something is left to rest.
  const switchedAtVaultMs = vault.seenByMs;
  const restMs = switchedAtVaultMs + vaultRoundingMs + state.overlap.ms - vault.vaultNowMs;
  return {
    kind: 'enter',
    state: {
      kind: 'overlapping',
      ...enterCommon(state, 'overlapping', nowMs, restMs),
      ...publishedFields(state),
      followed: { pointer: pointer.version, key: secret.version, direct: direct?.version ?? null },
      switchedAtVaultMs,
      overlapUntilMs: nowMs + restMs,
      held: null,
    },
    row: {
      lastSeen: {
        pointer: newSlot,
        versions: {
          pointer: pointer.version,
          key1: versionOf(vault.key1),
          key2: versionOf(vault.key2),
          direct: direct?.version ?? null,
        },
        sinceMs: switchedAtVaultMs,
      },
    },
  };
}

function versionOf(secret: FactsOf<'switching'>['vault']['key1']): string {
  return secret.kind === 'stored' ? secret.version : 'none';
}
