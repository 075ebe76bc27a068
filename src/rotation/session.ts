import { type KeyPrints, keyPrints } from '../keys/key-prints.ts';
import type { AccountFacts, Accounts, KeyPair, KeyProbe, ReadSecret, Secrets } from '../keys/ports.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { readVault, type VaultSnapshot } from '../keys/vault-snapshot.ts';
import type { Clock } from '../shared/clock.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { Slot } from '../shared/slot.ts';
import { freshMs, replyCountsMs } from './numbers.ts';
import type { OwnedAccount } from './ownership/owned-account.ts';

export interface SessionPorts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly clock: Clock;
}

/**
 * One invocation's view of one account: the ports under its lease, and what it has read in the last moments, so that a
 * rule which allows an answer some age does not cost another call. Keys live here, in memory, and nowhere else.
 */
export interface Session extends SessionPorts {
  readonly target: Target;
  readonly instance: string;
  readonly owned: OwnedAccount;
  /** The account as ARM shows it, asked within `freshMs`. */
  account(): Promise<AccountFacts>;
  /** Both keys from a `listKeys` asked within `freshMs`. */
  look(salt: string): Promise<KeyPrints>;
  /** Both keys from an answer that still counts: a look, or a regenerate's own reply within `replyCountsMs`. */
  currentKeys(salt: string): Promise<KeyPrints>;
  /** The vault, read within `freshMs` and not written by this session since. */
  vault(salt: string): Promise<VaultSnapshot>;
  /** The vault, read now. */
  readVault(salt: string): Promise<VaultSnapshot>;
  /** A slot's secret as this session last read it, read now if it has not. */
  keySecret(slot: Slot): Promise<ReadSecret>;
  /** The value of a slot in the last answer that held keys; null if there was none. */
  keyOf(slot: Slot): SecretText | null;
  /** Remembers the keys of a regenerate's reply. */
  tookReply(keys: KeyPair): void;
  /** Forgets what it has read of the vault: a write of ours has been sent, and only reading back tells what stands. */
  forgetVault(): void;
}

interface Read<T> {
  readonly value: T;
  readonly atMs: number;
}

export function openSession(ports: SessionPorts, target: Target, instance: string, owned: OwnedAccount): Session {
  const { accounts, secrets, clock } = ports;
  let account: Read<AccountFacts> | null = null;
  let listed: Read<KeyPair> | null = null;
  let replied: Read<KeyPair> | null = null;
  let vault: Read<VaultSnapshot> | null = null;
  let latestKeys: KeyPair | null = null;
  let keySecrets: Partial<Record<Slot, ReadSecret>> = {};

  /** An answer's age counts from before it was asked. */
  const readNow = async <T>(ask: () => Promise<T>): Promise<Read<T>> => {
    const atMs = clock.monotonicMs();
    return { value: await ask(), atMs };
  };
  const counts = <T>(read: Read<T> | null, forMs: number): read is Read<T> =>
    read !== null && clock.monotonicMs() - read.atMs < forMs;

  const session: Session = {
    ...ports,
    target,
    instance,
    owned,
    async account() {
      if (!counts(account, freshMs)) account = await readNow(() => accounts.get(target.account));
      return account.value;
    },
    async look(salt) {
      if (!counts(listed, freshMs)) listed = await readNow(() => accounts.listKeys(target.account));
      latestKeys = listed.value;
      return keyPrints(listed.value, salt);
    },
    async currentKeys(salt) {
      if (!counts(replied, replyCountsMs)) return await session.look(salt);
      latestKeys = replied.value;
      return keyPrints(replied.value, salt);
    },
    async vault(salt) {
      return counts(vault, freshMs) ? vault.value : await session.readVault(salt);
    },
    async readVault(salt) {
      const read = await readNow(() => readVault(secrets, target, salt));
      vault = { value: read.value.snapshot, atMs: read.atMs };
      keySecrets = read.value.keys;
      return read.value.snapshot;
    },
    async keySecret(slot) {
      const read = keySecrets[slot] ?? (await secrets.read(secretNames(target)[slot]));
      keySecrets = { ...keySecrets, [slot]: read };
      return read;
    },
    keyOf: (slot) => latestKeys?.[slot] ?? null,
    tookReply(keys) {
      replied = { value: keys, atMs: clock.monotonicMs() };
      listed = null;
      latestKeys = keys;
    },
    forgetVault() {
      vault = null;
      keySecrets = {};
    },
  };
  return session;
}
