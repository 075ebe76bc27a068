import { endpointSecret } from '../../keys/key-secret.ts';
import { namesAnotherInstance } from '../../keys/ownership-tags.ts';
import { secretNames } from '../../keys/target.ts';
import { sameEndpoint } from '../../keys/whose-secret.ts';
import { isRateRefusal } from '../../shared/failure.ts';
import type { Slot } from '../../shared/slot.ts';
import type { DecisionContext, Wait } from '../decision.ts';
import { oneCall } from '../numbers.ts';
import { type ActiveState, type AzureCallName, oldSlotOf } from '../state.ts';
import { busyWait } from '../states/closed-gate.ts';
import { proveStored } from '../states/prove-stored.ts';
import { nextFrom } from '../states/steps/next-from.ts';
import { endpointWait } from '../states/waits.ts';
import type { Session } from './session.ts';

/** What kept a rotation from going on when it was last tried; null: nothing that one call could tell. */
export function recheckOf({ waiting, lastFailure, kind }: ActiveState): AzureCallName | 'endpoint' | null {
  switch (waiting) {
    case 'account-busy':
    case 'account-provisioning-failed':
      return 'account';
    case 'endpoint-unclear':
    case 'new-key-spreading':
    case 'quota-used-up':
      // `probing` asks little else anyway.
      return kind === 'probing' ? null : 'endpoint';
    case 'retry-later':
    case 'role-spreading':
    case 'token-invalid':
    case 'unknown-refusal':
    case 'vault-read-only':
      // A vault that takes no more stores for now takes fewer if one is made only to try it.
      return lastFailure?.call === 'vault-write' && isRateRefusal(lastFailure.code)
        ? null
        : (lastFailure?.call ?? null);
    default:
      return null;
  }
}

/**
 * A retry begins with the one call that failed before, so that a refusal that lasts costs one or two calls a time. A write is
 * tried with one that does no harm: the endpoint secret is stored once more, as it is.
 * @returns what there is still to wait for; null: the whole round may be tried
 * @throws FailureError if it fails again
 */
export async function recheck<S extends ActiveState>(
  session: Session,
  state: S,
  context: DecisionContext,
  mayWrite: () => Promise<boolean>,
): Promise<Wait<S> | null> {
  switch (recheckOf(state)) {
    case null:
      return null;
    case 'account': {
      const { provisioningState } = await session.account();
      const isBusy = state.waiting === 'account-busy' || state.waiting === 'account-provisioning-failed';
      return isBusy && provisioningState !== 'Succeeded' ? busyWait(state, provisioningState, context) : null;
    }
    case 'keys':
    case 'regenerate':
      await session.look(state.salt);
      return null;
    case 'vault-read':
      await session.secrets.read(secretNames(session.target).pointer);
      return null;
    case 'vault-write':
      if (await mayWrite()) await storeEndpointAgain(session);
      return null;
    case 'copy-read': {
      const { copy } = state.lastFailure ?? {};
      // Nobody waits for one that was left behind since, or is no longer declared.
      const counts = session.target.copies.some(({ name }) => name === copy && !state.leftBehind.includes(name));
      if (copy !== undefined && counts) await session.readCopy(copy, state.salt);
      return null;
    }
    // What a copy takes, only the write itself tells, after the reads that it rests on.
    case 'copy-write':
      return null;
    case 'endpoint': {
      const slot = provedSlot(state);
      const proof = slot === null ? null : await proveStored(session, slot, oneCall);
      // What the old key's refusal means, only the whole round tells.
      const isNoProof = proof?.kind === 'unknown' || (proof?.kind === 'refused' && state.kind === 'overlapping');
      return isNoProof ? endpointWait(state, proof, context) : null;
    }
  }
}

/** The slot whose key the state wants to see accepted; null if only the pointer tells. */
function provedSlot(state: ActiveState): Slot | null {
  if (state.revalidation !== null) return null;
  if (state.kind === 'overlapping') return state.newSlot;
  return state.kind === 'rolling-back' || state.kind === 'cancelling' ? oldSlotOf(state) : null;
}

/**
 * Writes nothing to a target, or over a secret, that is somebody else's: then the whole round says so. As every write of a
 * rotation it rests on what was read within `freshMs`, the pointer's tag among it, and does not leave after that.
 */
async function storeEndpointAgain(session: Session): Promise<void> {
  const { secrets, target, instance, owned } = session;
  const names = secretNames(target);
  const [{ secret: pointer }, { secret, vaultNowMs }] = await Promise.all([
    session.readSecret(names.pointer),
    session.readSecret(names.endpoint),
  ]);
  if (secret.kind !== 'stored' || pointer.kind !== 'stored' || namesAnotherInstance(pointer.tags, instance)) return;
  const next = await nextFrom(session, 'endpoint', secret, sameEndpoint(secret.value.reveal(), owned.row.endpoint));
  if (next.kind !== 'free') return;
  await secrets.store(endpointSecret(target, secret.value.reveal(), next.carried, vaultNowMs));
}
