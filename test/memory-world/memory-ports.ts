import type { WakeUps } from '../../src/durable/ports.ts';
import type { Accounts, KeyPair, KeyProbe, Secrets } from '../../src/keys/ports.ts';
import type { AccountRows, EnginePorts, InstanceRows } from '../../src/rotation/ports.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Fence } from '../../src/shared/fence.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import type { Slot } from '../../src/shared/slot.ts';
import type { Call, Carry } from './call.ts';
import { memoryWebApps } from './memory-web-apps.ts';
import type { MemoryWorld } from './memory-world.ts';

/** What differs from worker to worker. */
export interface WorkerParts {
  readonly name: string;
  readonly clock: Clock;
  readonly carry: Carry;
  readonly random: () => number;
  readonly nextId: (prefix: string) => string;
  /** How old the answer of the next `listKeys` is. */
  readonly listKeysAgeMs: () => number;
}

/** The engine's ports for one worker, over one world's services. */
export function memoryPorts(world: MemoryWorld, worker: WorkerParts): EnginePorts {
  const { name: by, carry } = worker;
  const { account, vault, journal } = world;
  const read = <T>(service: Call['service'], operation: string, subject: string, apply: () => T) =>
    carry({ call: { service, operation, subject }, effect: 'read', fence: null, apply });
  const write = <T>(
    fence: Fence | null,
    service: Call['service'],
    operation: string,
    subject: string,
    apply: () => T,
  ) => carry({ call: { service, operation, subject }, effect: 'write', fence, apply });

  const secrets = (_: string, fence: Fence): Secrets => ({
    read: (name) =>
      read('vault', 'get', name, () => {
        world.happened({ kind: 'read', by, name, value: vault.value(name) });
        return vault.get(name);
      }),
    readVersion: (name, version) => read('vault', 'get-version', name, () => vault.get(name, version)),
    listVersions: (name) =>
      read('vault', 'list-versions', name, () => vault.versionsOf(name).map((one) => one.version)),
    store: (secret) =>
      write(fence, 'vault', 'set', secret.name, () => {
        const stored = vault.put(secret, secret.value.reveal());
        world.happened({ kind: 'stored', by, name: secret.name, value: secret.value.reveal() });
        return { stored, vaultNowMs: vault.nowMs() };
      }),
    disableVersion: (name, version) =>
      write(fence, 'vault', 'disable', name, () => vault.setEnabled(name, version, false)),
    setTags: (name, version, tags) => write(fence, 'vault', 'set-tags', name, () => vault.setTags(name, version, tags)),
    deletedTags: (name) =>
      read('vault', 'get-deleted', name, () => {
        const { deleted, versions } = vault.secrets.get(name) ?? { deleted: false, versions: [] };
        return deleted ? (versions.at(-1)?.version.tags ?? {}) : null;
      }),
    recover: (name) => write(fence, 'vault', 'recover', name, () => vault.setDeleted(name, false)),
  });

  const webApps = (fence: Fence) =>
    memoryWebApps({
      changedAt: (name) =>
        read('arm', 'get-app', name, () => {
          const { secret } = vault.get(name);
          return secret.kind === 'stored' ? secret.version : null;
        }),
      read: (name) =>
        read('arm', 'get', name, () => {
          world.happened({ kind: 'read', by, name, value: vault.value(name) });
          return vault.value(name);
        }),
      write: (name, value) =>
        write(fence, 'arm', 'set', name, () => {
          vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, value);
          world.happened({ kind: 'stored', by, name, value });
        }),
    });

  const pair = (keys: Readonly<Record<Slot, string>>): KeyPair => ({
    key1: new SecretText(keys.key1),
    key2: new SecretText(keys.key2),
  });
  const accounts = (fence: Fence): Accounts => ({
    get: () => read('arm', 'get', 'account', () => account.facts),
    listKeys: () => read('arm', 'listKeys', 'account', () => pair(account.keysAgo(worker.listKeysAgeMs()))),
    regenerate: (_, slot) =>
      write(fence, 'arm', 'regenerate', slot, () => {
        const killed = account.keys[slot];
        account.regenerate(slot);
        world.happened({ kind: 'regenerated', by, slot, killed });
        return pair(account.keys);
      }),
  });
  const probe: KeyProbe = {
    call: (_, key) =>
      read('endpoint', 'probe', key.masked(), () => {
        const accepted = account.acceptsOnNextNode(key.reveal());
        world.happened({ kind: 'probed', by, key: key.reveal(), accepted });
        return accepted ? ({ kind: 'accepted' } as const) : ({ kind: 'refused' } as const);
      }).catch((error: unknown) => {
        const failure = error instanceof FailureError ? error.failure : null;
        return failure?.kind === 'not-applied' && failure.retryAfterMs !== null
          ? ({ kind: 'unknown', code: failure.code, retryAfterMs: failure.retryAfterMs } as const)
          : ({ kind: 'unknown', code: 'timeout' } as const);
      }),
  };
  const rows: AccountRows = {
    load: () => read('journal', 'load', 'row', () => journal.load()),
    save: (_, fields, etag, history) =>
      write(null, 'journal', 'save', 'row', () => {
        const before = journal.row?.fields ?? null;
        const answer = journal.save(fields, etag, history);
        if (answer.kind === 'saved') world.happened({ kind: 'saved', by, before, after: journal.row?.fields ?? null });
        return answer;
      }),
    remove: (_, etag) =>
      write(null, 'journal', 'remove', 'row', () => {
        const before = journal.row?.fields ?? null;
        const answer = journal.remove(etag);
        if (answer === 'removed') world.happened({ kind: 'saved', by, before, after: null });
        return answer;
      }),
    loadNotes: () => read('journal', 'load-notes', 'notes', () => journal.loadNotes()),
    saveNotes: (_, fields) =>
      write(null, 'journal', 'save-notes', 'notes', () => {
        journal.saveNotes(fields);
        world.happened({ kind: 'said', where: 'the notes', text: JSON.stringify(fields) });
      }),
    loadLastEvent: () => read('journal', 'load-last-event', 'last-event', () => journal.loadLastEvent()),
    saveLastEvent: (_, fields) =>
      write(null, 'journal', 'save-last-event', 'last-event', () => {
        journal.saveLastEvent(fields);
        world.happened({ kind: 'said', where: 'the hint', text: JSON.stringify(fields) });
      }),
    readHistory: (_, key) => read('journal', 'read-history', key, () => journal.readHistory(key)),
    removeNotes: () =>
      write(null, 'journal', 'remove-notes', 'notes', () => {
        journal.notes = null;
        journal.event = null;
      }),
    pageHistory: (_, prefix, afterKey, limit) =>
      read('journal', 'page-history', prefix, () => journal.historyAfter(prefix, afterKey).slice(0, limit)),
    removeHistory: (_, keys) =>
      write(null, 'journal', 'remove-history', keys.join(' '), () => journal.removeHistory(keys)),
  };
  const wakeUps: WakeUps = {
    enqueue: (wakeUp, delayMs) =>
      write(null, 'queue', 'enqueue', 'message', () => {
        world.happened({ kind: 'said', where: 'queue', text: JSON.stringify(wakeUp) });
        world.queue.push({ wakeUp, dueAtMs: world.clock.nowMs() + delayMs });
      }),
  };
  const pauses: InstanceRows = {
    load: (name) =>
      read('journal', 'load', name.includes('.') ? 'fleet' : 'pause', () =>
        structuredClone(name.includes('.') ? (world.fleetRows.get(name) ?? null) : world.pause),
      ),
    save: (name, fields) =>
      write(null, 'journal', 'save', name.includes('.') ? 'fleet' : 'pause', () => {
        const row = { fields: structuredClone(fields), savedAtMs: world.clock.nowMs() };
        if (name.includes('.')) world.fleetRows.set(name, row);
        else world.pause = row;
      }),
  };
  return {
    rows,
    pauses,
    wakeUps,
    probe,
    clock: worker.clock,
    accounts,
    secrets,
    webApps,
    log: (event: LogEvent) => {
      world.log.push(event);
      world.happened({ kind: 'said', where: 'log', text: JSON.stringify(event) });
    },
    newId: () => worker.nextId('id-'),
    random: worker.random,
    instance: 'keyturn-test',
  };
}
