import { type SecretPart, secretNames, type Target } from '../keys/target.ts';
import { type Slot, slots } from '../shared/slot.ts';
import type { AdoptPlan } from './adopt-plan.ts';
import type { Found } from './adopt-writes.ts';
import type { PlannedSecret } from './stored-view.ts';

/** What all rounds of an adoption together do, as far as it shows before the first one. */
export function plannedSecrets(target: Target, found: Found, plan: AdoptPlan): readonly PlannedSecret[] {
  const isPointed = found.deleted.pointer === undefined;
  const { pointer, direct } = secretNames(target);
  return storedSecrets(target, found, plan.activeSlot, (part) => plannedChange(part, found, plan)).map((one) =>
    isPointed || (one.secret !== pointer && one.secret !== direct) ? one : { ...one, shows: null },
  );
}

/** The same of one secret. */
export function plannedChange(part: SecretPart, { deleted }: Found, plan: AdoptPlan): PlannedSecret['change'] {
  if (deleted[part] !== undefined) return 'recovered';
  if (part === 'direct' && deleted.pointer !== undefined) return 'unknown';
  if (part === 'key1' || part === 'key2') return plan.keys[part];
  return plan[part] ?? 'unchanged';
}

/** One line for each of the target's secrets, with what `changeOf` says of it. */
export function storedSecrets<Change>(
  target: Target,
  { pair, account }: Pick<Found, 'pair' | 'account'>,
  activeSlot: Slot,
  changeOf: (part: SecretPart) => Change,
): { readonly secret: string; readonly change: Change; readonly shows: string }[] {
  const names = secretNames(target);
  const view = (part: SecretPart, secret: string, shown: string) => ({ secret, change: changeOf(part), shows: shown });
  return [
    ...slots.map((slot) => view(slot, names[slot], pair[slot].masked())),
    view('endpoint', names.endpoint, account.endpoint),
    view('pointer', names.pointer, activeSlot),
    ...(names.direct === null ? [] : [view('direct', names.direct, pair[activeSlot].masked())]),
  ];
}
