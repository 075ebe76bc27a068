import { versionsIn } from '../../keys/gate.ts';
import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import {
  type AdoptionHold,
  type AdoptionWork,
  adoptUnderLease,
  type Held,
  type HeldRows,
} from '../../rotation/adoption/adopt-under-lease.ts';
import type { AdoptedFacts } from '../../rotation/adoption/adopted-row.ts';
import type { GivenUp } from '../../rotation/adoption/give-up-account.ts';
import type { MovingPorts } from '../../rotation/adoption/moved-account.ts';
import type { AdoptionPeek } from '../../rotation/adoption/peek-for-adoption.ts';
import { activeKeyProof, staleBoundMs } from '../../rotation/numbers.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { asFailure } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import { isSlot } from '../../shared/slot.ts';
import type { Adoption } from '../../targets/adopt.ts';
import type { AdoptPorts, AdoptRules } from '../../targets/adopt-rules.ts';
import type { DriftNotes } from '../../targets/drift-notes.ts';
import type { StoredView } from '../../targets/stored-view.ts';
import { FailedMidway, type NotNowReason, notNow } from '../answers.ts';
import type { NotNow } from '../contract.ts';

/** When it is worth asking again while a worker is at the account. */
export const busyRetryMs = 30_000;

type Rules = Omit<AdoptRules, 'intent'>;

/**
 * Adopts or repairs under the lease of the account, as `run` asks for it.
 * @throws FailureError; `FailedMidway` if secrets were written before
 */
export async function storeSecrets(
  ports: EnginePorts & MovingPorts,
  target: Target,
  heldRows: HeldRows,
  run: (ports: AdoptPorts, rules: Rules, row: AccountRow, fence: Fence) => Promise<Adoption>,
): Promise<{ readonly kind: 'stored'; readonly secrets: readonly StoredView[] } | NotNow> {
  const changed: Pick<StoredView, 'secret' | 'change'>[] = [];
  const work = async (hold: AdoptionHold): Promise<AdoptionWork<Adoption>> => {
    const { mayWrite, renewLease, whileFresh, isFormerId } = hold;
    const rules: Rules = {
      ...lookRules(ports),
      ...{ mayWrite, renewLease, whileFresh, isFormerId },
      leaked: hold.row.leaks.map(({ slot }) => slot),
      wrote: (secret, change) => changed.push({ secret, change }),
    };
    const result = await run(adoptPorts(ports, target, hold.fence), rules, hold.row, hold.fence);
    return {
      result,
      adopted: adoptedFacts(result, rules.salt),
      settling: result.kind === 'settling',
      createdAll: result.kind === 'adopted' && result.createdAll,
      claimed: result.kind === 'claimed',
    };
  };
  const held = await adoptUnderLease(ports, target, heldRows, work).catch((error: unknown) => {
    throw FailedMidway.after(error, changed);
  });
  const answer = held.kind === 'done' ? answerTo(held.result) : notHeld(held);
  if (answer.kind === 'stored' && held.kind === 'done') await forgetDrift(ports, target, held.row.wakeSeq);
  return answer.kind === 'stored' || changed.length === 0 ? answer : { ...answer, changed };
}

/** What an adoption and its dry run ask, each request under the fence. */
export function adoptPorts({ accounts, secrets, probe, clock }: EnginePorts, target: Target, fence: Fence): AdoptPorts {
  return { accounts: accounts(fence), secrets: secrets(target.vaultUrl, fence), probe, clock };
}

/** By what both look and prove. */
export function lookRules({ instance, newId }: EnginePorts) {
  return { instance, salt: newId(), staleBoundMs, proofInUse: activeKeyProof };
}

type Stored = { readonly kind: 'stored'; readonly secrets: readonly StoredView[] };

/** Why the account's row cannot be had now, to adopt or repair the target or to give it up. */
export function notHeld(
  held: Exclude<Held<Adoption> | GivenUp | AdoptionPeek, { kind: 'done' | 'given-up' | 'free' }>,
): NotNow {
  switch (held.kind) {
    case 'busy':
    case 'lease-lost':
      return notNow(held.kind, null, busyRetryMs);
    case 'in-flight':
      return notNow(held.kind, held.rotationId);
    case 'settling': {
      const settling = notNow(held.kind, null, held.forMs);
      if (!('result' in held)) return settling;
      return { ...settling, planned: held.result !== null && 'planned' in held.result ? held.result.planned : [] };
    }
    default:
      return notNow(held.kind);
  }
}

function answerTo(result: Adoption): Stored | NotNow {
  switch (result.kind) {
    case 'settling':
    case 'claimed':
      return notNow('settling');
    case 'refused':
      return { ...refusedOver(result.reason, result.secrets ?? []), planned: result.planned ?? [] };
    case 'adopted':
      return { kind: 'stored', secrets: result.secrets };
  }
}

/** A refusal with the secrets that it is about. */
export function refusedOver(reason: NotNowReason, secrets: readonly string[]): NotNow {
  const refused = notNow(reason);
  return secrets.length === 0
    ? refused
    : { ...refused, detail: `${refused.detail} It is about: ${secrets.join(', ')}.` };
}

/** What was found before counts no more; the next sweep looks again. */
async function forgetDrift({ rows, log }: EnginePorts, target: Target, wakeSeq: number): Promise<void> {
  const blank = { known: null, activeKey: null, expiresAtMs: null, events: 'unknown' } as const;
  const notes: DriftNotes = { schemaVersion: 1, lookedAtMs: 0, isDue: true, wakeSeq, drift: [], ...blank };
  const failed = await rows.saveNotes(target.account, notes).catch(asFailure);
  if (failed !== undefined) log({ event: 'storage-failed', target: target.name, code: failed.failure.code });
}

/** What the account's row must know; null when the vault does not show a whole adopted target. */
function adoptedFacts(result: Adoption, salt: string): AdoptedFacts | null {
  if (result.kind !== 'adopted') return null;
  const { pointer, key1, key2, direct, seenByMs } = result.vault;
  if (pointer.kind !== 'stored' || !isSlot(pointer.value)) return null;
  if (key1.kind !== 'stored' || key2.kind !== 'stored' || (direct !== null && direct.kind !== 'stored')) return null;
  const versions = versionsIn(result.vault);
  const { internalId, kind: accountKind, endpoint, location: accountLocation } = result.account;
  const { validity } = result;
  return {
    internalId,
    accountKind,
    endpoint,
    accountLocation,
    validity,
    keys: { salt, fingerprints: { key1: key1.fingerprint, key2: key2.fingerprint } },
    seen: { pointer: pointer.value, versions, sinceMs: seenByMs },
  };
}
