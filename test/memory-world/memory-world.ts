import type {
  AccountFacts,
  Accounts,
  KeyPair,
  KeyProbe,
  ReadSecret,
  Secrets,
  SecretToStore,
  SecretVersion,
} from '../../src/keys/ports.ts';
import { secretNames, type Target } from '../../src/keys/target.ts';
import type { EnginePorts } from '../../src/rotation/engine-ports.ts';
import type { AccountRows, HistoryRow, StoredRow, WakeUp, WakeUps } from '../../src/rotation/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Fence } from '../../src/shared/fence.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { type Slot, slots } from '../../src/shared/slot.ts';
import { type MemoryClock, memoryClock } from './memory-clock.ts';

/** One call of the engine to Azure, as tests count and disturb them. */
export interface Call {
  readonly service: 'arm' | 'vault' | 'endpoint' | 'journal' | 'queue';
  readonly operation: string;
  readonly subject: string;
}

/** What a test lets happen around a call. Throwing from `before` means: not sent; from `after`: applied, reply lost. */
export interface Adversary {
  before?(call: Call): void | Promise<void>;
  after?(call: Call): void | Promise<void>;
}

interface MemorySecret {
  readonly versions: { readonly version: SecretVersion; readonly value: string }[];
  deleted: boolean;
}

/** One account, one vault, one journal and one queue, all in memory, behind the engine's own ports. */
export interface MemoryWorld {
  readonly clock: MemoryClock;
  readonly ports: EnginePorts;
  readonly calls: Call[];
  readonly log: LogEvent[];
  /** Keys now, and every key that was ever made, oldest first. */
  readonly keys: Record<Slot, string>;
  readonly everyKey: string[];
  readonly secrets: Map<string, MemorySecret>;
  readonly account: { facts: AccountFacts };
  readonly journal: { row: { fields: unknown; etag: number; savedAtMs: number } | null; history: Map<string, unknown> };
  readonly queue: { readonly wakeUp: WakeUp; readonly dueAtMs: number }[];
  adversary: Adversary;
  /** How long a replaced key is still accepted, and a new one not yet. */
  oldKeyAcceptedMs: number;
  newKeyRefusedMs: number;
  /** Makes a new key in a slot, as the portal would. */
  regenerate(slot: Slot): string;
  /** Whether the account's endpoint takes this key now. */
  accepts(key: string): boolean;
  /** The current value of a secret, or null. */
  read(name: string): string | null;
  /** Stores as a person would. */
  store(name: string, value: string, tags?: Record<string, string>): void;
}

/** Makes the world of `target`, with an account that has two keys and an empty vault. */
export function memoryWorld(target: Target, startAtMs = Date.UTC(2026, 0, 5, 9, 0, 0)): MemoryWorld {
  const clock = memoryClock(startAtMs);
  let serial = 0;
  const next = (prefix: string) => {
    serial += 1;
    return `${prefix}${String(serial).padStart(4, '0')}`;
  };
  const born = new Map<string, number>();
  const died = new Map<string, number>();
  const keys = { key1: `${next('secret-key-')}-aaaa`, key2: `${next('secret-key-')}-bbbb` };
  const everyKey = [keys.key1, keys.key2];
  const secrets = new Map<string, MemorySecret>();
  const queue: { wakeUp: WakeUp; dueAtMs: number }[] = [];
  const calls: Call[] = [];
  const log: LogEvent[] = [];
  const journal: MemoryWorld['journal'] = { row: null, history: new Map() };
  const account = {
    facts: {
      internalId: 'internal-1',
      kind: 'AIServices',
      location: 'eastus',
      endpoint: 'https://ai-secure-demo.cognitiveservices.azure.com/',
      provisioningState: 'Succeeded',
      localAuthDisabled: false,
      tags: {},
    } satisfies AccountFacts as AccountFacts,
  };

  const world: MemoryWorld = {
    clock,
    calls,
    log,
    keys,
    everyKey,
    secrets,
    account,
    journal,
    queue,
    adversary: {},
    oldKeyAcceptedMs: 0,
    newKeyRefusedMs: 0,
    regenerate(slot) {
      died.set(keys[slot], clock.nowMs());
      keys[slot] = `${next('secret-key-')}-${slot}`;
      born.set(keys[slot], clock.nowMs());
      everyKey.push(keys[slot]);
      return keys[slot];
    },
    accepts(key) {
      const diedAtMs = died.get(key);
      if (diedAtMs !== undefined) return clock.nowMs() < diedAtMs + world.oldKeyAcceptedMs;
      const isKey = slots.some((slot) => keys[slot] === key);
      return isKey && clock.nowMs() >= (born.get(key) ?? 0) + world.newKeyRefusedMs;
    },
    read: (name) => secrets.get(name)?.versions.at(-1)?.value ?? null,
    store: (name, value, tags = {}) => {
      put({ name, value: new SecretText(value), contentType: null, tags, expiresAtMs: null });
    },
    ports: {} as EnginePorts,
  };

  const call = async <T>(made: Call, apply: () => T): Promise<T> => {
    calls.push(made);
    await world.adversary.before?.(made);
    const result = apply();
    await world.adversary.after?.(made);
    return result;
  };
  const fenced = async <T>(fence: Fence, made: Call, apply: () => T): Promise<T> => {
    if (!fence()) throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
    return await call(made, apply);
  };

  const put = ({ name, value, contentType, tags, expiresAtMs }: SecretToStore): SecretVersion => {
    const secret = secrets.get(name) ?? { versions: [], deleted: false };
    secrets.set(name, secret);
    const createdAtMs = Math.floor(clock.nowMs() / 1000) * 1000;
    const version: SecretVersion = {
      name,
      version: next('version'),
      enabled: true,
      createdAtMs,
      expiresAtMs,
      contentType,
      tags,
    };
    secret.versions.push({ version, value: value.reveal() });
    return version;
  };
  const vaultNowMs = () => Math.floor(clock.nowMs() / 1000) * 1000;
  const stored = (held: MemorySecret['versions'][number] | undefined): ReadSecret => ({
    vaultNowMs: vaultNowMs(),
    secret:
      held === undefined
        ? { kind: 'absent' }
        : held.version.enabled
          ? { kind: 'stored', ...held.version, value: new SecretText(held.value) }
          : { kind: 'disabled' },
  });

  const vault = (fence: Fence): Secrets => ({
    read: (name) =>
      call({ service: 'vault', operation: 'get', subject: name }, () => stored(living(name)?.versions.at(-1))),
    readVersion: (name, version) =>
      call({ service: 'vault', operation: 'get-version', subject: name }, () =>
        stored(living(name)?.versions.find((held) => held.version.version === version)),
      ),
    listVersions: (name) =>
      call({ service: 'vault', operation: 'list-versions', subject: name }, () =>
        (living(name)?.versions ?? []).map((held) => held.version),
      ),
    store: (secret) =>
      fenced(fence, { service: 'vault', operation: 'set', subject: secret.name }, () => ({
        stored: put(secret),
        vaultNowMs: vaultNowMs(),
      })),
    disableVersion: (name, version) =>
      fenced(fence, { service: 'vault', operation: 'disable', subject: name }, () => {
        const versions = living(name)?.versions ?? [];
        const at = versions.findIndex((held) => held.version.version === version);
        const held = versions[at];
        if (held !== undefined) versions[at] = { ...held, version: { ...held.version, enabled: false } };
      }),
    isDeleted: (name) =>
      call({ service: 'vault', operation: 'get-deleted', subject: name }, () => secrets.get(name)?.deleted ?? false),
    recover: (name) =>
      fenced(fence, { service: 'vault', operation: 'recover', subject: name }, () => {
        const secret = secrets.get(name);
        if (secret !== undefined) secret.deleted = false;
      }),
  });
  const living = (name: string) => {
    const secret = secrets.get(name);
    return secret === undefined || secret.deleted ? undefined : secret;
  };

  const pair = (): KeyPair => ({ key1: new SecretText(keys.key1), key2: new SecretText(keys.key2) });
  const arm = (fence: Fence): Accounts => ({
    get: () => call({ service: 'arm', operation: 'get', subject: target.name }, () => account.facts),
    listKeys: () => call({ service: 'arm', operation: 'listKeys', subject: target.name }, pair),
    regenerate: (_, slot) =>
      fenced(fence, { service: 'arm', operation: 'regenerate', subject: slot }, () => {
        world.regenerate(slot);
        return pair();
      }),
  });
  const probe: KeyProbe = {
    call: (_, key) =>
      call({ service: 'endpoint', operation: 'probe', subject: key.masked() }, () =>
        world.accepts(key.reveal()) ? { kind: 'accepted' } : { kind: 'refused' },
      ),
  };

  const rows: AccountRows = {
    load: () =>
      call({ service: 'journal', operation: 'load', subject: target.name }, (): StoredRow | null =>
        journal.row === null
          ? null
          : {
              fields: structuredClone(journal.row.fields),
              etag: String(journal.row.etag),
              savedAtMs: journal.row.savedAtMs,
              storageNowMs: vaultNowMs(),
            },
      ),
    save: (_, fields, etag, history: readonly HistoryRow[]) =>
      call({ service: 'journal', operation: 'save', subject: target.name }, () => {
        const held = journal.row === null ? null : String(journal.row.etag);
        if (held !== etag) return { kind: 'conflict' } as const;
        serial += 1;
        journal.row = { fields: structuredClone(fields), etag: serial, savedAtMs: clock.nowMs() };
        for (const { key, fields: kept } of history) journal.history.set(key, structuredClone(kept));
        return { kind: 'saved', etag: String(serial), storageNowMs: vaultNowMs() } as const;
      }),
    readHistory: async (_, key) => journal.history.get(key) ?? null,
    listHistory: async (_, prefix, limit) =>
      [...journal.history]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .slice(-limit)
        .map(([, fields]) => fields),
  };
  const wakeUps: WakeUps = {
    enqueue: (wakeUp, delayMs) =>
      call({ service: 'queue', operation: 'enqueue', subject: target.name }, () => {
        queue.push({ wakeUp, dueAtMs: clock.nowMs() + delayMs });
      }),
  };

  Object.assign(world.ports, {
    rows,
    wakeUps,
    probe,
    clock,
    accounts: arm,
    secrets: (_: string, fence: Fence) => vault(fence),
    log: (event: LogEvent) => log.push(event),
    newId: () => next('id-'),
    random: () => 0.5,
    instance: 'keyturn-test',
  } satisfies EnginePorts);
  return world;
}

/** The key that a consumer gets who reads pointer and secret now. */
export function consumerKey(world: MemoryWorld, target: Target): string | null {
  const names = secretNames(target);
  const pointed = world.read(names.pointer);
  return pointed === 'key1' || pointed === 'key2' ? world.read(names[pointed]) : null;
}
