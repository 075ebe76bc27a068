/** The phases of a healthy rotation in their order, and what each is about. */
export const phases = [
  ['preparing', 'Do vault and account agree? Then wait until nobody can hold the idle key.'],
  ['regenerating', 'Make a new key in the idle slot. Nobody uses it yet.'],
  ['publishing', 'Store the new key in the vault, and read it back.'],
  ['probing', 'Call the account with the new key until it surely knows it everywhere.'],
  ['switching', 'Move the pointer. Consumers find the new key at their next look.'],
  ['overlapping', 'Keep the old key alive until the last cache has forgotten it.'],
  ['retiring', 'Prove the new key once more, then replace the old one: no way back now.'],
  ['restocking', 'Store the key that replaced the old one, too.'],
  ['confirming', 'See the old key refused, and disable its version in the vault.'],
] as const;

export type Phase = (typeof phases)[number][0];
