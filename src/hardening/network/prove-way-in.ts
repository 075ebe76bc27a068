import { keyCall, tokenCall } from '../../keys/account-probe.ts';
import { everyNode } from '../../keys/every-node.ts';
import {
  type Accounts,
  type KeyPair,
  type KeyProbe,
  type NameLookup,
  type ProbedAccount,
  quotaUsedUp,
  type TokenProbe,
} from '../../keys/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { asRefusal } from '../../shared/failure.ts';
import { isPrivateAddress } from '../../shared/ip-range.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import { type Cause, causeIn, noCause } from '../hardening-refusals.ts';
import type { NetworkWait } from './network-reasons.ts';
import type { AccountNetwork } from './ports.ts';

export interface ProvePorts {
  readonly accounts: Pick<Accounts, 'listKeys'>;
  readonly probe: KeyProbe;
  readonly tokenProbe: TokenProbe;
  readonly names: NameLookup;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Asked before each call: a round of slow answers takes longer than a lease. */
  readonly keepLease: () => Promise<void>;
}

/** What keeps the private way in from being proved; null: it is proved. */
export interface NotProved {
  readonly reason: NetworkWait;
  readonly cause: Cause;
}

/**
 * One round of the proof, from where Keyturn runs, that every host means only private addresses and that calls there are accepted.
 * @param dataPlane false: no call is made, only the names count; so it is if no call is known for the account's kind
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
  const cause = await callAccount(ports, id, account);
  return cause && { reason: saysNothing(cause) ?? 'private-path-silent', cause };
}

/** An account, and whether it takes keys now. */
type ProbedNow = Pick<AccountNetwork, keyof ProbedAccount | 'localAuthDisabled'>;

/** Whether a call is known that proves what the account takes now, keys or tokens. */
export function isProvable(account: ProbedNow): boolean {
  return (account.localAuthDisabled ? tokenCall(account) : keyCall(account)) !== null;
}

/** Why an answer tells neither that the way is open nor that it is shut; null: it tells. */
export function saysNothing({ code }: Cause): 'quota-used-up' | 'endpoint-unclear' | null {
  if (code === quotaUsedUp) return quotaUsedUp;
  return /^http-(429|5\d\d)$/.test(code ?? '') ? 'endpoint-unclear' : null;
}

/**
 * One round of calls over the data plane, with a key if keys are on, else with Keyturn's own token; the first that is not
 * accepted ends it.
 * @returns its cause: `code` is a safe word such as `http-403` or `no-answer`; null: each was accepted
 */
export async function callAccount(
  { accounts, probe, tokenProbe, clock, keepLease }: Omit<ProvePorts, 'names'>,
  id: AccountId,
  account: ProbedNow,
): Promise<Cause | null> {
  await keepLease();
  const keys = account.localAuthDisabled ? null : await listKeys(accounts, id);
  const call = keys === null ? () => callWithToken(tokenProbe, account) : callWithKeys(probe, account, keys);
  for (let made = 0; made < everyNode.calls; made += 1) {
    await keepLease();
    const cause = await call();
    if (cause !== null) return cause;
    await clock.sleep(everyNode.spreadMs / everyNode.calls);
  }
  return null;
}

/** Null if Azure lists none, since keys are off. */
async function listKeys(accounts: ProvePorts['accounts'], id: AccountId): Promise<KeyPair | null> {
  return await accounts.listKeys(id).catch((error: unknown) => {
    if (asRefusal(error).reason === 'local-auth-disabled') return null;
    throw error;
  });
}

async function callWithToken(tokenProbe: TokenProbe, account: ProbedNow): Promise<Cause | null> {
  const answer = await tokenProbe.call(account);
  if (answer.kind === 'accepted') return null;
  const action = answer.kind === 'denied' ? answer.action : undefined;
  return causeIn({ code: answer.kind === 'unknown' ? answer.code : answer.kind, action });
}

/**
 * During a rotation one of the two may be too young or dying: either one proves the way. Only a refusal of the key lets the other
 * be tried: after any other answer it could meet a node that lags behind, and hide the one that keeps Keyturn out.
 */
function callWithKeys(probe: KeyProbe, account: ProbedNow, keys: KeyPair): () => Promise<Cause | null> {
  let first: Slot = 'key1';
  return async () => {
    const tried = first;
    let code = 'key-refused';
    for (const slot of [tried, otherSlot(tried)]) {
      const answer = await probe.call(account, keys[slot]);
      if (answer.kind === 'accepted') {
        first = slot;
        return null;
      }
      if (answer.kind === 'unknown') code = answer.code;
      if (answer.kind === 'unknown' && answer.code !== 'http-401') break;
    }
    return { code };
  };
}
