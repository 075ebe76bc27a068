import { elapsedMs, type FenceInstants, fenceInstants, LeaseLost } from '../../durable/lease-fence.ts';
import { overtakenAfterMs, settleMs } from '../../durable/numbers.ts';
import { ownedRow } from '../../durable/owned-row.ts';
import type { Target } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountRow } from '../account-row.ts';
import { adoptedKeysRow } from '../known-keys/key-sightings.ts';
import { readLeakNotes } from '../leak/leak-notes.ts';
import { freshMs } from '../numbers.ts';
import { accountPlace, type OwnedAccount, type RowChange, takeOwnership, whyNotOwned } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import { isAdoptedAs } from '../requests/start-rotation.ts';
import { rotationIdOf } from '../state.ts';
import { type AdoptedFacts, adoptedRow, newRow } from './adopted-row.ts';
import { carryJournal, type FormerRow, findFormerRow, type MovingPorts } from './moved-account.ts';
import { isOffboarded, notOffboardedRow } from './offboarded.ts';
import { mayAdoptionWrite, type PlannedWrites } from './peek-for-adoption.ts';

/** What an adoption may do while it holds the account's lease. */
export interface AdoptionHold {
  readonly fence: Fence;
  readonly row: AccountRow;
  /** False while somebody's writes may still arrive. */
  mayWrite(plan: PlannedWrites): boolean;
  renewLease(): Promise<void>;
  /**
   * Whether the journal knows the account under another id: a resource that was moved keeps its `internalId`. Its journal
   * is carried along with the first write. `at-work`: somebody holds the lease of the former row.
   */
  isFormerId(armId: string, internalId: string): Promise<'former' | 'other' | 'at-work'>;
  /** Renews the lease while `look` reads; what `send` then sends leaves only while both are younger than `freshMs`. */
  whileFresh<R, T>(look: () => Promise<R>, check: (seen: R) => void, send: (seen: R) => Promise<T>): Promise<T>;
}

export interface AdoptionWork<T> {
  readonly result: T;
  readonly adopted: AdoptedFacts | null;
  /** It stopped because `mayWrite` said no. */
  readonly settling: boolean;
  /** It made every secret itself: there was no other writer. */
  readonly createdAll: boolean;
  /** It has just claimed the pointer of another instance, whose last writes may still arrive. */
  readonly claimed: boolean;
}

/** Which rows the work is for; `adopted` makes none. */
export type HeldRows = 'any' | 'adopted';

export type Held<T> =
  | { readonly kind: 'done'; readonly result: T; readonly row: AccountRow }
  | { readonly kind: 'busy' | 'newer-schema' | 'lease-lost' | 'not-adopted' | 'adopted-elsewhere' }
  | { readonly kind: 'in-flight'; readonly rotationId: string }
  /** `result` null: the work was not begun. */
  | { readonly kind: 'settling'; readonly forMs: number; readonly result: T | null };

/**
 * Runs an adoption or a repair under the account's lease, making the row if there is none, and writes down what it found.
 * Meeting a row for the first time is a takeover: another instance's last writes may still arrive, so nothing is written
 * for lease + settle, unless the adoption itself creates all secrets.
 * @throws FailureError
 */
export async function adoptUnderLease<T>(
  ports: EnginePorts & MovingPorts,
  target: Target,
  heldRows: HeldRows,
  work: (hold: AdoptionHold) => Promise<AdoptionWork<T>>,
): Promise<Held<T>> {
  const opened = await open(ports, target, heldRows);
  if (opened.kind === 'settling') return { ...opened, result: null };
  if (opened.kind !== 'owned') return opened;
  const { owned, isNew } = opened;
  try {
    return await workUnder(ports, owned, isNew, target, heldRows, work);
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'lease-lost' };
    throw error;
  }
}

async function workUnder<T>(
  ports: EnginePorts & MovingPorts,
  owned: OwnedAccount,
  isNew: boolean,
  target: Target,
  heldRows: HeldRows,
  work: (hold: AdoptionHold) => Promise<AdoptionWork<T>>,
): Promise<Held<T>> {
  const { instance, clock } = ports;
  const { rotation } = owned.row;
  if (rotation !== null && rotation.kind !== 'suspended') {
    await owned.giveBack({});
    return { kind: 'in-flight', rotationId: rotationIdOf(rotation) };
  }
  const unfit = heldRows === 'any' ? null : unfitFor(owned.row, target);
  if (unfit !== null) {
    await owned.giveBack({});
    return { kind: unfit };
  }
  const ownMayArrive = () => owned.row.inDoubt !== null && owned.nowMs() < owned.row.settleUntilMs;
  let since: FenceInstants | null = null;
  let former: FormerRow | null = null;
  let maySend = false;
  let mayClaim = false;
  let hasClaimed = false;
  try {
    const { result, adopted, settling, createdAll, claimed } = await work({
      fence: () => owned.fence() && since !== null && elapsedMs(clock, since) < freshMs,
      get row() {
        return owned.row;
      },
      mayWrite: (plan) => {
        mayClaim = plan.claims;
        return mayAdoptionWrite({ isNew, ownMayArrive: ownMayArrive() }, plan);
      },
      // Requests that come in meanwhile are met after the adoption.
      renewLease: () => owned.saveResult({}),
      whileFresh: async (look, check, send) => {
        if (former !== null) {
          // What is refused in the last moment carries nothing along either.
          check(await look());
          // From here on the row holds what must not get lost.
          maySend = true;
          await carryJournal(ports, owned, target.account, former);
        }
        former = null;
        since = fenceInstants(clock);
        const [seen] = await Promise.all([look(), owned.saveResult({})]);
        check(seen);
        maySend = true;
        const answer = await send(seen);
        hasClaimed = mayClaim;
        return answer;
      },
      isFormerId: async (armId, internalId) => {
        const found = await findFormerRow(ports, armId, internalId);
        if (found === 'other' || found === 'at-work') return found;
        // One that was given up has nothing left to carry along.
        if (found.row.adoptedAtMs !== null) former = found;
        return 'former';
      },
    });
    const isRefused = adopted === null && !settling && !claimed;
    if (isRefused && !maySend) {
      await (isNew ? leaveNoRow(owned) : owned.giveBack({}));
      return { kind: 'done', result, row: owned.row };
    }
    // Secrets that were there already may have another writer, even if this adoption had nothing to write.
    const wasOffboarded =
      adopted !== null && owned.row.adoptedAtMs === null && (await isOffboarded(ports.rows, target.account));
    const tookOver = claimed || (isNew && !createdAll);
    const nowMs = owned.nowMs();
    await owned.giveBack(
      {
        ...(adopted === null ? {} : adoptedRow(owned.row, target, instance, adopted, nowMs)),
        ...(tookOver ? takeover(owned) : settledRow(owned)),
      },
      adopted === null
        ? []
        : [
            adoptedKeysRow(adopted.keys.salt, adopted.keys.fingerprints, nowMs, ports.newId()),
            ...(wasOffboarded ? [notOffboardedRow] : []),
          ],
    );
    if (settling || claimed)
      return { kind: 'settling', forMs: Math.max(0, owned.row.settleUntilMs - owned.nowMs()), result };
    return { kind: 'done', result, row: owned.row };
  } catch (error) {
    if (error instanceof FailureError) {
      if (isNew && !maySend) {
        await leaveNoRow(owned);
        throw error;
      }
      const unknown = error.failure.kind === 'outcome-unknown';
      // A claim that was made, or may have been, is followed by the other instance's last writes.
      const tookOver = isNew || hasClaimed || (unknown && mayClaim);
      await owned.giveBack(tookOver ? takeover(owned) : unknown ? unknownStore(owned) : {});
    }
    throw error;
  }
}

/**
 * What was refused before it sent anything leaves the journal as it was. Anybody who comes next makes a row of its own, and
 * settles as at any takeover. A row that somebody has saved meanwhile stays, and so does one that a crash leaves here: the
 * next adopter takes it over when its lease has run out.
 */
async function leaveNoRow(owned: OwnedAccount): Promise<void> {
  const answer = await owned.remove().catch((error: unknown) => {
    // The lease runs out, and the caller is told what kept it from adopting.
    if (error instanceof FailureError) return 'unknown' as const;
    throw error;
  });
  if (answer === 'conflict') await owned.giveBack(takeover(owned));
}

function unfitFor(row: AccountRow, target: Target): 'not-adopted' | 'adopted-elsewhere' | null {
  if (row.adoptedAtMs === null) return 'not-adopted';
  return isAdoptedAs(row, target) ? null : 'adopted-elsewhere';
}

type Opened =
  | { readonly kind: 'owned'; readonly owned: OwnedAccount; readonly isNew: boolean }
  | { readonly kind: 'busy' | 'newer-schema' | 'not-adopted' }
  | { readonly kind: 'settling'; readonly forMs: number };

async function open(ports: EnginePorts, target: Target, heldRows: HeldRows): Promise<Opened> {
  const token = ports.newId();
  const ownership = await takeOwnership(ports, target.account, token, null);
  if (ownership.kind === 'owned') return { ...ownership, isNew: false };
  if (ownership.kind !== 'absent') return whyNotOwned(ownership);
  if (heldRows === 'adopted') return { kind: 'not-adopted' };
  const leaks = (await readLeakNotes(ports, target.account)) ?? [];
  const row = { ...newRow(ports.instance, target, token), leaks };
  const since = fenceInstants(ports.clock);
  const place = accountPlace(ports.rows, target.account);
  const saved = await place.save(row, null, []);
  if (saved.kind === 'conflict') return { kind: 'busy' };
  const owned = ownedRow(place, ports.clock, token, { ...saved, row }, since);
  return { kind: 'owned', owned, isNew: true };
}

function takeover(owned: OwnedAccount): RowChange {
  const nowMs = owned.nowMs();
  return { settleUntilMs: nowMs + overtakenAfterMs, inDoubt: { kind: 'takeover', sentAtMs: nowMs } };
}

/**
 * Never earlier than what stands: a rotation that saw its write applied went on before the settle time, and then was
 * suspended; storage dates may also step back.
 */
function unknownStore(owned: OwnedAccount): RowChange {
  const nowMs = owned.nowMs();
  return {
    settleUntilMs: Math.max(owned.row.settleUntilMs, nowMs + settleMs),
    inDoubt: { kind: 'store', sentAtMs: nowMs },
  };
}

function settledRow(owned: OwnedAccount): RowChange {
  return owned.nowMs() < owned.row.settleUntilMs ? {} : { inDoubt: null };
}
