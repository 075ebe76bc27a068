import { keyCall, tokenCall } from '../keys/account-probe.ts';
import type { Accounts, KeyProbe, NameLookup } from '../keys/ports.ts';
import { type Cause, noCause } from '../posture/hardening-refusals.ts';
import { FailureError } from '../shared/failure.ts';
import { isPrivateAddress } from '../shared/ip-range.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { NetworkWait } from './network-reasons.ts';
import type { AccountNetwork, Reached, TokenReach } from './ports.ts';

export interface ProvePorts {
  readonly accounts: Pick<Accounts, 'listKeys'>;
  readonly keyProbe: KeyProbe;
  readonly tokenReach: TokenReach;
  readonly names: NameLookup;
}

/** What keeps the private way in from being proved; null: it is proved. */
export interface NotProved {
  readonly reason: NetworkWait;
  readonly cause: Cause;
}

/**
 * Proves, from where Keyturn runs, that every host means private addresses alone and that a call there is accepted.
 * @param dataPlane false: no call is made, the names alone count; so it is where no call is known for the account's kind
 * Throws `FailureError` when the keys cannot be listed.
 */
export async function provePrivatePath(
  ports: ProvePorts,
  id: AccountId,
  account: AccountNetwork,
  hosts: readonly string[],
  dataPlane: boolean,
): Promise<NotProved | null> {
  for (const host of hosts) {
    const found = await ports.names.lookup(host);
    if (found.kind !== 'addresses') return { reason: 'name-unknown', cause: noCause };
    if (!found.addresses.every(isPrivateAddress)) return { reason: 'name-not-private', cause: noCause };
  }
  if (!dataPlane || !isProvable(account)) return null;
  const reached = await callAccount(ports, id, account);
  return reached.kind === 'accepted' ? null : { reason: 'private-path-silent', cause: causeOfProof(reached) };
}

export function causeOfProof({ code, action }: Exclude<Reached, { kind: 'accepted' }>): Cause {
  return { code, ...(action === undefined ? {} : { action }) };
}

/** Whether a call is known that proves what the account takes now, keys or tokens. */
export function isProvable(account: AccountNetwork): boolean {
  return (account.localAuthDisabled ? tokenCall(account) : keyCall(account)) !== null;
}

/** One call over the data plane, with a key where keys are on, else with Keyturn's own token. */
export async function callAccount(
  { accounts, keyProbe, tokenReach }: ProvePorts,
  id: AccountId,
  account: AccountNetwork,
): Promise<Reached> {
  const byToken = async (): Promise<Reached> => {
    const answer = await tokenReach.call(account);
    return answer.kind === 'accepted'
      ? { kind: 'accepted' }
      : { ...answer, kind: 'not-reached', code: answer.code ?? answer.kind };
  };
  if (account.localAuthDisabled) return await byToken();
  const keys = await accounts.listKeys(id).catch((error: unknown) => {
    if (
      error instanceof FailureError &&
      error.failure.kind === 'refused' &&
      error.failure.reason === 'local-auth-disabled'
    )
      return null;
    throw error;
  });
  if (keys === null) return await byToken();
  // During a rotation one of the two may be too young or dying: either one proves the way.
  const codes: string[] = [];
  for (const slot of ['key1', 'key2'] as const) {
    const answer = await keyProbe.call(account, keys[slot]);
    if (answer.kind === 'accepted') return { kind: 'accepted' };
    codes.push(answer.kind === 'refused' ? 'key-refused' : answer.code);
  }
  return { kind: 'not-reached', code: codes[0] ?? 'no-answer' };
}
