import { LeaseLost } from '../../durable/lease-fence.ts';
import { settleMs } from '../../durable/numbers.ts';
import type { HistoryRow } from '../../durable/ports.ts';
import type { Target } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountRow } from '../account-row.ts';
import { type OwnedAccount, type RowChange, takeOwnership, whyNotOwned } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import { notOffboardedRow, offboardedRow } from './offboarded.ts';

export type GivenUp =
  | { readonly kind: 'given-up' }
  | { readonly kind: 'busy' | 'newer-schema' | 'lost-race' | 'lease-lost' }
  | { readonly kind: 'settling'; readonly forMs: number };

/** What may be done to a target's secrets while its row is about to go. */
export interface GivingUp {
  readonly fence: Fence;
  /** Before each write: a lease that is lost writes nothing more. @throws LeaseLost, FailureError */
  renewLease(): Promise<void>;
}

/**
 * Ends Keyturn's work at an account: runs `work` under the account's lease, then removes its row. In this order, so that a crash
 * leaves a row from which the whole is done again. A row beside it stays, which says that the target was offboarded.
 * @param by object id of the person who takes it out
 * @param mayGo of the row under the lease: whether it still is as it was when this was decided
 * @throws FailureError when a call fails; the row stays then
 */
export async function giveUpAccount(
  ports: EnginePorts,
  target: Target,
  by: string,
  mayGo: (row: AccountRow) => boolean,
  work: (giving: GivingUp) => Promise<'done' | 'lost-race'>,
): Promise<GivenUp> {
  const ownership = await takeOwnership(ports, target.account, ports.newId(), null);
  if (ownership.kind === 'absent') return { kind: 'lost-race' };
  return ownership.kind === 'owned' ? await workUnder(ownership.owned, by, mayGo, work) : whyNotOwned(ownership);
}

async function workUnder(
  owned: OwnedAccount,
  by: string,
  mayGo: (row: AccountRow) => boolean,
  work: (giving: GivingUp) => Promise<'done' | 'lost-race'>,
): Promise<GivenUp> {
  try {
    const forMs = owned.row.settleUntilMs - owned.nowMs();
    if (forMs > 0) return await stays(owned, { kind: 'settling', forMs });
    if (!mayGo(owned.row)) return await stays(owned, { kind: 'lost-race' });
    const worked = await work({ fence: owned.fence, renewLease: () => owned.saveResult({}) });
    // What came in meanwhile is met, and this asked for again.
    if (worked !== 'done' || !mayGo(owned.row)) return await stays(owned, { kind: 'lost-race' });
    const marked = await owned.saveIntent({}, [offboardedRow(by, owned.nowMs())]);
    return marked === 'saved' && (await owned.remove()) === 'removed'
      ? { kind: 'given-up' }
      : await stays(owned, { kind: 'lost-race' }, [notOffboardedRow]);
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'lease-lost' };
    // A write that may still arrive is waited for by the next one who comes.
    if (error instanceof FailureError && error.failure.kind === 'outcome-unknown')
      await giveBack(owned, {
        settleUntilMs: owned.nowMs() + settleMs,
        inDoubt: { kind: 'store', sentAtMs: owned.nowMs() },
      });
    else if (error instanceof FailureError) await giveBack(owned, {});
    throw error;
  }
}

async function stays(owned: OwnedAccount, answer: GivenUp, history: readonly HistoryRow[] = []): Promise<GivenUp> {
  await giveBack(owned, {}, history);
  return answer;
}

async function giveBack(owned: OwnedAccount, change: RowChange, history: readonly HistoryRow[] = []): Promise<void> {
  try {
    await owned.giveBack(change, history);
  } catch (error) {
    // The row is gone or another's, or cannot be saved now: its lease runs out.
    if (!(error instanceof LeaseLost || error instanceof FailureError)) throw error;
  }
}
