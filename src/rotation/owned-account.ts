import type { RowPlace } from '../durable/leased-row.ts';
import type { OwnedRow } from '../durable/owned-row.ts';
import { type Taken, takeLease, type Woken } from '../durable/take-lease.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from './account-row.ts';
import type { EnginePorts } from './ports.ts';

/** An account's row under this invocation's lease. */
export type OwnedAccount = OwnedRow<AccountRow>;

/** What a save may change of it. */
export type RowChange = Partial<Omit<AccountRow, 'lease' | 'schemaVersion' | 'armId'>>;

/**
 * Takes the lease of an account for one invocation; `takeLease` says how.
 * @param token random, made once per invocation
 * @throws FailureError when the row cannot be read or saved
 */
export function takeOwnership(
  { rows, clock }: Pick<EnginePorts, 'rows' | 'clock'>,
  account: AccountId,
  token: string,
  woken: Woken | null,
): Promise<Taken<AccountRow>> {
  return takeLease(accountPlace(rows, account), clock, token, woken);
}

/** Why the row is not had now, for those who come without a message. */
export function whyNotOwned(taken: Exclude<Taken<AccountRow>, { kind: 'owned' | 'absent' }>) {
  if (taken.kind === 'taken-over') return { kind: 'settling', forMs: taken.forMs } as const;
  return { kind: taken.kind === 'newer-schema' ? taken.kind : 'busy' } as const;
}

/** Where an account's row lies; only adoptions make one. */
export function accountPlace(rows: EnginePorts['rows'], account: AccountId): RowPlace<AccountRow> {
  return {
    initial: null,
    load: () => rows.load(account),
    save: (row, etag, history) => rows.save(account, row, etag, history),
    remove: (etag) => rows.remove(account, etag),
    parse: (fields) => {
      const row = parseAccountRow(fields);
      return row === 'newer-schema' ? null : row;
    },
  };
}
