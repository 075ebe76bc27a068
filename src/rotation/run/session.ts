import { elapsedMs, type FenceInstants, fenceInstants } from '../../durable/lease-fence.ts';
import { copyFact } from '../../keys/copies/copies-gate.ts';
import type { Copy, CopyFact, CopyPlace, ReadCopy } from '../../keys/copies/copy.ts';
import { copyPlace, copyPorts } from '../../keys/copies/copy-kinds.ts';
import { type KeyFingerprints, keyFingerprints } from '../../keys/key-fingerprints.ts';
import type {
  AccountFacts,
  Accounts,
  KeyPair,
  KeyProbe,
  ReadSecret,
  Secrets,
  SecretToStore,
} from '../../keys/ports.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { readSlot, readVault, type SlotSnapshot, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, notApplied } from '../../shared/failure.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { type Slot, slots } from '../../shared/slot.ts';
import { freshMs, replyCountsMs } from '../numbers.ts';
import type { OwnedAccount } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import { readSwitchReaders } from '../readers/ask-audit-log.ts';
import { notedReaders, type ReadersView } from '../readers/readers-view.ts';
import type { ActiveState, AzureCallName } from '../state.ts';
import { leakedKeyLives } from './pace-retry.ts';

/**
 * One invocation's view of one account: the ports under its lease, and what it has read in the last moments, so that a
 * rule which allows an answer some age does not cost another call. A write leaves only under the lease, and while all
 * that its round rests on was asked within `freshMs`. Keys live here, in memory, and nowhere else.
 */
export interface Session {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly clock: Clock;
  readonly target: Target;
  readonly instance: string;
  readonly owned: OwnedAccount;
  /** The account as ARM shows it, asked within `freshMs`. */
  account(): Promise<AccountFacts>;
  /** Both keys from a `listKeys` asked within `freshMs`. */
  look(salt: string): Promise<KeyFingerprints>;
  /** Both keys from an answer that still counts: a look, or a regenerate's own reply within `replyCountsMs`. */
  currentKeys(salt: string): Promise<KeyFingerprints>;
  /** The vault, each secret read, or stored by this session, within `freshMs`. */
  vault(salt: string): Promise<VaultSnapshot>;
  /** The vault, read now. */
  readVault(salt: string): Promise<VaultSnapshot>;
  /** The same without the other slot's key. */
  vaultOf(slot: Slot, salt: string): Promise<SlotSnapshot>;
  readVaultOf(slot: Slot, salt: string): Promise<SlotSnapshot>;
  /** One secret, as `vault` has it. */
  secret(name: string): Promise<ReadSecret>;
  /** One version of a secret. Its value and its date never change: what this session knows of it is not read again. */
  version(name: string, version: string): Promise<ReadSecret>;
  /** One secret, read now: what is written in this round rests on it. */
  readSecret(name: string): Promise<ReadSecret>;
  /** A slot's secret as this session last read or stored it, read now if it has not. */
  keySecret(slot: Slot): Promise<ReadSecret>;
  /** The value of a slot in the last answer that held keys; null if there was none. */
  keyOf(slot: Slot): SecretText | null;
  /**
   * Whether what this round rests on would be too old when a write leaves, after one more save and as slow as the slowest
   * call so far: then it must be read again while the intent is saved.
   */
  isAging(): boolean;
  /** Begins the round again: whatever is asked from now on is asked again. Values of keys and a regenerate's reply stay. */
  readAnew(): void;
  /**
   * Begins a round: what is read or handed out from now on is what its decision rests on.
   * @param isLast it is the last one before its state suspends: nobody is waited for who asks Azure in its stead
   */
  beginRound(isLast: boolean): void;
  /** Remembers the keys of a regenerate's reply. */
  tookReply(keys: KeyPair): void;
  /** How many calls to Azure it has made, and which of this round's failed last; `copy`: the declared copy that it was about. */
  calls(): { readonly count: number; readonly failed: AzureCallName | null; readonly copy?: string };
  /**
   * Stores a secret's next version. The vault's answer, which names that version, counts as a read of it. If consumers are
   * pointed, and whose the target is, is read again: somebody may have moved the pointer while the write was under way.
   * @throws FailureError, after which only reading tells what stands
   */
  store(secret: SecretToStore): Promise<void>;
  /** A declared copy, read within `freshMs`. */
  copy(name: string, salt: string): Promise<CopyFact>;
  /** The same, read now. */
  readCopy(name: string, salt: string): Promise<CopyFact>;
  /** Stores `value` in a declared copy, which was just read; the next look tells whether it stands. @throws FailureError */
  writeCopy(name: string, value: SecretText): Promise<void>;
  /** Writes to a declared copy, which was just read, in a way that nobody who reads it notices. @throws FailureError */
  tryWritingCopy(name: string): Promise<void>;
  /** The vault's audit log; null: no workspace is set. */
  readonly auditLog: {
    /** Who followed the switch, as a row keeps it; null before it. Throws nothing. */
    readonly readers: (state: ActiveState) => Promise<ReadersView | null>;
    /** Reads a secret, so that even a vault which nobody else reads has a line of now. A read that fails does no harm. */
    readonly leaveLine: () => Promise<void>;
  } | null;
}

interface Read<T> {
  readonly value: T;
  readonly at: FenceInstants;
}

export function openSession(
  ports: Pick<EnginePorts, 'accounts' | 'secrets' | 'webApps' | 'probe' | 'clock' | 'instance' | 'auditLog' | 'log'>,
  target: Target,
  owned: OwnedAccount,
): Session {
  const { clock, instance, auditLog = null } = ports;
  let account: Read<AccountFacts> | null = null;
  let listed: Read<KeyPair> | null = null;
  let replied: Read<KeyPair> | null = null;
  /** The target's secrets, each as it was read last. */
  let stored = new Map<string, Read<ReadSecret>>();
  let latestKeys: KeyPair | null = null;
  let keySecrets: Partial<Record<Slot, ReadSecret>> = {};
  const versions = new Map<string, ReadSecret>();

  let slowestMs = 0;
  /** An answer's age counts from before it was asked. */
  const readNow = async <T>(ask: () => Promise<T>): Promise<Read<T>> => {
    const at = fenceInstants(clock);
    const value = await ask();
    slowestMs = Math.max(slowestMs, elapsedMs(clock, at));
    return { value, at };
  };
  const counts = <T>(read: Read<T> | null, forMs: number): read is Read<T> =>
    read !== null && elapsedMs(clock, read.at) < forMs;
  let restsOn: FenceInstants[] = [];
  /** Asked where the bytes leave, as the lease is: the save before a write, or a freeze, may have taken long. */
  const isFresh = () => restsOn.every((at) => elapsedMs(clock, at) < freshMs);
  const fence = () => owned.fence() && isFresh();
  let calls: ReturnType<Session['calls']> = { count: 0, failed: null };
  const asked = async <T>(name: AzureCallName, call: Promise<T>, copy: string | null = null): Promise<T> => {
    calls = { ...calls, count: calls.count + 1 };
    return await call.catch((error: unknown) => {
      calls = { count: calls.count, failed: name, ...(copy !== null && { copy }) };
      throw error;
    });
  };
  let isLastRound = false;
  const arm = ports.accounts(fence, () => isLastRound || leakedKeyLives(owned.row));
  const accounts: Accounts = {
    get: (id) => asked('account', arm.get(id)),
    listKeys: (id) => asked('keys', arm.listKeys(id)),
    regenerate: (id, slot) => asked('regenerate', arm.regenerate(id, slot)),
  };
  const vaultSecrets = ports.secrets(target.vaultUrl, fence);
  const secrets: Secrets = {
    read: (name) => asked('vault-read', vaultSecrets.read(name)),
    readVersion: (name, version) => asked('vault-read', vaultSecrets.readVersion(name, version)),
    listVersions: (name) => asked('vault-read', vaultSecrets.listVersions(name)),
    deletedTags: (name) => asked('vault-read', vaultSecrets.deletedTags(name)),
    store: (secret) => asked('vault-write', vaultSecrets.store(secret)),
    disableVersion: (name, version) => asked('vault-write', vaultSecrets.disableVersion(name, version)),
    setTags: (name, version, tags) => asked('vault-write', vaultSecrets.setTags(name, version, tags)),
    recover: (name) => asked('vault-write', vaultSecrets.recover(name)),
  };
  const probe: KeyProbe = {
    call: (account, key) => {
      calls = { ...calls, count: calls.count + 1 };
      return ports.probe.call(account, key);
    },
  };
  const places = new Map<string, CopyPlace>();
  const declared = (name: string): Copy => {
    const copy = target.copies.find((one) => one.name === name);
    if (copy === undefined) throw notApplied('copy-no-longer-declared');
    return copy;
  };
  const placeNamed = (name: string): CopyPlace => {
    const copy = declared(name);
    const place = places.get(name) ?? copyPlace(copy, target, copyPorts(ports, fence));
    places.set(name, place);
    return place;
  };
  let copies = new Map<string, Read<ReadCopy>>();
  const handOut = <T>(read: Read<T>): T => {
    restsOn.push(read.at);
    return read.value;
  };

  const remember = (read: ReadSecret): ReadSecret => {
    const { secret } = read;
    if (secret.kind === 'stored') versions.set(`${secret.name}/${secret.version}`, read);
    return read;
  };
  const readSecret = async (name: string): Promise<ReadSecret> => {
    // One that is answered late, after a write of ours, comes into a map that nobody asks any more.
    const into = stored;
    const read = await readNow(async () => remember(await secrets.read(name)));
    into.set(name, read);
    return handOut(read);
  };
  const readFresh = async (name: string): Promise<ReadSecret> => {
    const read = stored.get(name);
    return read !== undefined && counts(read, freshMs) ? handOut(read) : await readSecret(name);
  };
  const snapshot = async (read: Secrets['read'], salt: string): Promise<VaultSnapshot> => {
    const vault = await readVault({ read }, target, salt);
    keySecrets = vault.keys;
    return vault.snapshot;
  };
  const snapshotOf = async (read: Secrets['read'], slot: Slot, salt: string): Promise<SlotSnapshot> => {
    const { snapshot, key } = await readSlot({ read }, target, slot, salt);
    keySecrets = { ...keySecrets, [slot]: key };
    return snapshot;
  };

  const readCopy = async (name: string, salt: string): Promise<CopyFact> => {
    const into = copies;
    const read = await readNow(() => asked('copy-read', placeNamed(name).read(), name));
    into.set(name, read);
    return factOf(name, read, salt);
  };
  const factOf = (name: string, read: Read<ReadCopy>, salt: string) => {
    const seen = owned.row.copies.find((one) => one.name === name);
    return copyFact(declared(name), handOut(read), salt, seen);
  };

  const session: Session = {
    accounts,
    secrets,
    probe,
    clock,
    target,
    instance,
    owned,
    async account() {
      if (!counts(account, freshMs)) account = await readNow(() => accounts.get(target.account));
      return handOut(account);
    },
    async look(salt) {
      if (!counts(listed, freshMs)) listed = await readNow(() => accounts.listKeys(target.account));
      latestKeys = listed.value;
      return keyFingerprints(handOut(listed), salt);
    },
    async currentKeys(salt) {
      if (!counts(replied, replyCountsMs)) return await session.look(salt);
      latestKeys = replied.value;
      return keyFingerprints(replied.value, salt);
    },
    vault: (salt) => snapshot(readFresh, salt),
    readVault: (salt) => snapshot(readSecret, salt),
    vaultOf: (slot, salt) => snapshotOf(readFresh, slot, salt),
    readVaultOf: (slot, salt) => snapshotOf(readSecret, slot, salt),
    secret: readFresh,
    version: async (name, version) =>
      versions.get(`${name}/${version}`) ?? remember(await secrets.readVersion(name, version)),
    readSecret,
    async keySecret(slot) {
      const read = keySecrets[slot] ?? (await secrets.read(secretNames(target)[slot]));
      keySecrets = { ...keySecrets, [slot]: read };
      return read;
    },
    keyOf: (slot) => latestKeys?.[slot] ?? null,
    isAging: () => restsOn.some((at) => elapsedMs(clock, at) + 2 * slowestMs >= freshMs),
    readAnew() {
      account = null;
      listed = null;
      stored = new Map();
      copies = new Map();
      // The intent is saved from here on, too, and counts no longer than what is read.
      restsOn = [fenceInstants(clock)];
    },
    beginRound(isLast) {
      isLastRound = isLast;
      restsOn = [];
      calls = { count: calls.count, failed: null };
    },
    calls: () => calls,
    tookReply(keys) {
      replied = { value: keys, at: fenceInstants(clock) };
      listed = null;
      latestKeys = keys;
    },
    async store(secret) {
      stored = new Map(stored);
      stored.delete(secret.name);
      stored.delete(secretNames(target).pointer);
      keySecrets = {};
      const into = stored;
      const { value, at } = await readNow(async (): Promise<ReadSecret> => {
        const { stored: version, vaultNowMs } = await secrets.store(secret);
        return { secret: { kind: 'stored', value: secret.value, ...version }, vaultNowMs };
      });
      into.set(secret.name, { value: remember(value), at });
      const slot = slots.find((one) => secretNames(target)[one] === secret.name);
      if (slot !== undefined) keySecrets = { [slot]: value };
    },
    async copy(name, salt) {
      const read = copies.get(name);
      return read !== undefined && counts(read, freshMs) ? factOf(name, read, salt) : await readCopy(name, salt);
    },
    readCopy,
    async writeCopy(name, value) {
      copies = new Map(copies);
      copies.delete(name);
      stored = new Map(stored);
      stored.delete(secretNames(target).pointer);
      await readNow(() => asked('copy-write', placeNamed(name).write(value), name));
    },
    auditLog: auditLog && {
      async readers(state) {
        const readers = await readSwitchReaders(auditLog, clock, target, state);
        return readers && notedReaders(readers);
      },
      async leaveLine() {
        await secrets.read(secretNames(target).pointer).catch(asFailure);
      },
    },
    tryWritingCopy: (name) => asked('copy-write', placeNamed(name).tryWriting(), name),
  };
  return session;
}
