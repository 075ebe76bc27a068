import { asFailure, FailureError } from '../../shared/failure.ts';
import type { EnginePorts } from '../ports.ts';
import type { Session } from '../run/session.ts';
import { afterFailedLook, afterLook, knownByRotation, leakLookAtMs } from './leaked-keys.ts';

/**
 * Finds out, if it is time to, whether the account's leaked keys are still valid; answers whether anything was saved.
 * Asks for the keys once. What cannot be asked now is asked later, and holds up nothing.
 * @throws LeaseLost, FailureError when the row cannot be saved
 */
export async function lookAfterLeaks(ports: EnginePorts, { owned, accounts, target }: Session): Promise<boolean> {
  const { row } = owned;
  if (row.leaks.length === 0) return false;
  const known = knownByRotation(row);
  if (known !== null) {
    await owned.saveIntent({ leaks: known });
    return true;
  }
  const atMs = leakLookAtMs(row);
  const askedAtMs = owned.nowMs();
  if (atMs === null || askedAtMs < atMs) return false;
  const keys = await accounts.listKeys(target.account).catch(asFailure);
  const answeredAtMs = owned.nowMs();
  if (keys instanceof FailureError) {
    const { failure } = keys;
    const code = failure.kind === 'refused' ? failure.reason : failure.code;
    // If keys are off none is accepted: that is known, and nothing to warn of.
    if (code !== 'local-auth-disabled') ports.log({ event: 'leaked-key-not-checked', target: target.name, code });
    await owned.saveIntent({ leaks: afterFailedLook(row.leaks, code, answeredAtMs) });
    return true;
  }
  const { leaks, gone } = afterLook(row.leaks, keys, ports.newId(), { askedAtMs, answeredAtMs });
  // Gone before its rotation could begin, as when keys are off: there is nothing left to replace.
  const isOver = row.rotation === null && gone.some(({ slot }) => slot === row.leak?.slot);
  const change = {
    leaks,
    ...(gone.length > 0 ? { leakGoneAtMs: answeredAtMs } : {}),
    ...(isOver ? { leak: null } : {}),
  };
  if ((await owned.saveIntent(change)) === 'saved')
    for (const { slot } of gone) ports.log({ event: 'leaked-key-gone', target: target.name, slot });
  return true;
}
