import type { Account, IssuedKey } from '../../world.ts';
import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { withAccount } from './find-account.ts';
import { keyFormatOf, newKey } from './new-key.ts';

/**
 * Both keys. Of the provider's two replicas, which answer by turns, one lags by the world's `listKeysStaleMs`: within
 * that time after a key was made, the first listing shows the key before it, the second the new one, and so on.
 */
export function listKeys(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    if (isKeyless(account))
      return armError(400, 'BadRequest', 'Failed to list key. disableLocalAuth is set to be true');
    const { clock, world } = call.azure;
    const lagMs = meetsLaggingReplica(account) ? world.pace.listKeysStaleMs : 0;
    return armAnswer(200, keysAsOf(account, clock.nowMs() - lagMs));
  });
}

/** Gives one slot a new key, in the format the account has, and answers both keys; the other slot stays as it is. */
export function regenerateKey(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => {
    const { keyName } = call.body;
    const slot = typeof keyName === 'string' ? slotOf(keyName) : null;
    if (slot === null) return armError(400, 'BadRequest', "The key name is invalid. It must be 'Key1' or 'Key2'.");
    // Not documented; taken from what listKeys says.
    if (isKeyless(account))
      return armError(400, 'BadRequest', 'Failed to regenerate key. disableLocalAuth is set to be true');
    const nowMs = call.azure.clock.nowMs();
    const current = currentKey(account, slot);
    if (current !== undefined) current.replacedAtMs = nowMs;
    const format = keyFormatOf(current?.value ?? '');
    const { location, kind } = account.resource;
    account.keys.push({
      slot,
      value: newKey(format, { location, kind }, nowMs),
      issuedAtMs: nowMs,
      replacedAtMs: null,
    });
    return armAnswer(200, keysAsOf(account, nowMs));
  });
}

/** How often keys were listed since the account's newest key was made. */
const listings = new WeakMap<IssuedKey, number>();

function meetsLaggingReplica(account: Account): boolean {
  const newest = account.keys.at(-1);
  if (newest === undefined) return false;
  const before = listings.get(newest) ?? 0;
  listings.set(newest, before + 1);
  return before % 2 === 0;
}

function keysAsOf(account: Account, atMs: number): { key1: string; key2: string } {
  const keyIn = (slot: IssuedKey['slot']) => {
    const ofSlot = account.keys.filter((key) => key.slot === slot);
    return (ofSlot.findLast(({ issuedAtMs }) => issuedAtMs <= atMs) ?? ofSlot[0])?.value ?? '';
  };
  return { key1: keyIn('key1'), key2: keyIn('key2') };
}

function currentKey(account: Account, slot: IssuedKey['slot']): IssuedKey | undefined {
  return account.keys.findLast((key) => key.slot === slot);
}

function isKeyless(account: Account): boolean {
  return account.resource.properties.disableLocalAuth === true;
}

/** The provider reads the name without regard to case. */
function slotOf(keyName: string): IssuedKey['slot'] | null {
  switch (keyName.toLowerCase()) {
    case 'key1':
      return 'key1';
    case 'key2':
      return 'key2';
    default:
      return null;
  }
}
