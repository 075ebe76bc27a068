import { isLeaseAlive } from '../../durable/leased-row.ts';
import { overtakenAfterMs } from '../../durable/numbers.ts';
import type { Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { readLeakNotes } from '../leak/leak-notes.ts';
import type { EnginePorts } from '../ports.ts';
import { isAdoptedAs } from '../requests/start-rotation.ts';
import { rotationIdOf } from '../state.ts';
import { findFormerRow, type MovingPorts } from './moved-account.ts';

/** Which writes a plan makes, as far as it matters whether others may still be writing. */
export interface PlannedWrites {
  readonly createsAll: boolean;
  readonly claims: boolean;
}

/** What `adoptUnderLease` would meet. */
export type AdoptionPeek =
  | { readonly kind: 'newer-schema' | 'busy' }
  | { readonly kind: 'in-flight'; readonly rotationId: string }
  | {
      readonly kind: 'free';
      /** As the settings have it: the same vault, prefix and layout. */
      readonly isAdopted: boolean;
      readonly leaks: AccountRow['leaks'];
      readonly mayWrite: (plan: PlannedWrites) => boolean;
      /** How long the adoption would leave others' writes to settle, if `mayWrite` says no or after a claim. */
      readonly settlesForMs: (plan: Pick<PlannedWrites, 'claims'>) => number;
      readonly isFormerId: (armId: string, internalId: string) => Promise<'former' | 'other' | 'at-work'>;
    };

/** Whether the journal has the target adopted, with the vault, prefix and layout that its settings name. */
export function isAdoptedHere(row: AccountRow | null, target: Target): boolean {
  return row !== null && row.adoptedAtMs !== null && isAdoptedAs(row, target);
}

/**
 * Whether an adoption may write. One that makes row and secrets itself follows nobody, and one that claims a pointer does
 * so before it waits for the other instance; neither overtakes a write of our own.
 */
export function mayAdoptionWrite(
  row: { readonly isNew: boolean; readonly ownMayArrive: boolean },
  { createsAll, claims }: PlannedWrites,
): boolean {
  return !row.ownMayArrive && (!row.isNew || createsAll || claims);
}

/** Reads what an adoption would find in the journal, without a lease and without a write. @throws FailureError */
export async function peekForAdoption(ports: EnginePorts & MovingPorts, target: Target): Promise<AdoptionPeek> {
  const stored = await ports.rows.load(target.account);
  const row = stored === null ? null : parseAccountRow(stored.fields);
  if (row === 'newer-schema') return { kind: row };
  const nowMs = stored?.storageNowMs ?? 0;
  if (stored !== null && row !== null && isLeaseAlive(row.lease, stored)) return { kind: 'busy' };
  // An owner that vanished is waited for as long as another instance.
  const isAbandoned = row?.lease.kind === 'held';
  const rotation = row?.rotation ?? null;
  if (!isAbandoned && rotation !== null && rotation.kind !== 'suspended')
    return { kind: 'in-flight', rotationId: rotationIdOf(rotation) };
  const ownMayArrive = isAbandoned || (row !== null && row.inDoubt !== null && nowMs < row.settleUntilMs);
  const ownForMs = Math.max(0, (row?.settleUntilMs ?? 0) - nowMs);
  return {
    kind: 'free',
    isAdopted: isAdoptedHere(row, target),
    leaks: row?.leaks ?? (await readLeakNotes(ports, target.account)) ?? [],
    mayWrite: (plan) => mayAdoptionWrite({ isNew: row === null, ownMayArrive }, plan),
    settlesForMs: ({ claims }) => {
      const othersForMs = row === null || isAbandoned || (claims && !ownMayArrive) ? overtakenAfterMs : 0;
      return Math.max(ownForMs, othersForMs);
    },
    isFormerId: async (armId, internalId) => {
      const found = await findFormerRow(ports, armId, internalId);
      return found === 'other' || found === 'at-work' ? found : 'former';
    },
  };
}
