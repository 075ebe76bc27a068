import type { SimulatedAzure } from '../../simulated-azure.ts';
import type { Account } from '../../world.ts';
import { newEtag } from './new-etag.ts';

/** Moves an account among the soft-deleted ones; it keeps its keys and its internal id. */
export function retireAccount({ world, clock }: SimulatedAzure, account: Account): void {
  world.accounts.splice(0, world.accounts.length, ...world.accounts.filter((one) => one !== account));
  account.deletedAtMs = clock.nowMs();
  account.resource.etag = newEtag(clock.nowMs());
  world.deletedAccounts.push(account);
}
