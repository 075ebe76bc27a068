import type { Hold, LeasedHardening } from '../../hardening/lease-hardening.ts';
import { notNow } from '../answers.ts';
import { entityTag } from '../entity-tag.ts';
import type { NotNow } from '../refused.ts';

/**
 * What a hold on an area's row gives to whoever planned by `before`: the row under the lease, or why the plan is void.
 * Of a row that says otherwise by now nothing is changed, and its own change goes on.
 * @throws LeaseLost, FailureError
 */
export async function holdUnlessChanged<State extends { readonly change: unknown }>(
  hold: Hold<State>,
  before: State,
): Promise<{ readonly kind: 'held'; readonly held: LeasedHardening<State> } | NotNow> {
  if (hold.kind !== 'held') return notNow('hardening-change-running', null, hold.kind === 'busy' ? hold.forMs : null);
  const { held } = hold;
  const { state } = held.row;
  // Somebody else's change began, or ended, between the look and the lease.
  if (state.change === null && entityTag(state) === entityTag(before)) return hold;
  await held.giveBack({});
  return notNow('lost-race');
}
