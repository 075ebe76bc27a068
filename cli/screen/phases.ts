/** The phases of a healthy rotation in their order, and what each is about; `updating-copies` only of a target with copies. */
export const phases = [
  ['preparing', 'Wait until nobody can still hold the inactive key.'],
  ['regenerating', 'Make a new key in the inactive slot; nobody uses it yet.'],
  ['publishing', 'Store the new key in the vault and read it back.'],
  ['probing', 'Call the account until every gateway knows the key.'],
  ['switching', 'Move the pointer; consumers follow at their pace.'],
  ['updating-copies', 'Store the new key in each declared copy.'],
  ['overlapping', 'Keep the old key alive until every cache forgot it.'],
  ['retiring', 'Prove the new key once more, then replace the old.'],
  ['restocking', 'Store the key that replaced the old one, too.'],
  ['confirming', 'See the old key refused, disable its old version.'],
] as const;

export type Phase = (typeof phases)[number][0];
