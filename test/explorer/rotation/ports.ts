import { quotaUsedUp, type ReadSecret, type Secrets } from '../../../src/keys/ports.ts';
import { secretNames, type Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { EnginePorts } from '../../../src/rotation/ports.ts';
import type { VaultAuditLog } from '../../../src/rotation/readers/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { Fence } from '../../../src/shared/fence.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { Call } from '../../memory-world/call.ts';
import { memoryWebApps } from '../../memory-world/memory-web-apps.ts';
import type { Worker } from '../worker.ts';
import {
  type Change,
  isLive,
  keysAgo,
  newest,
  nextId,
  readable,
  setSecret,
  type Version,
  type World,
} from '../world.ts';
import type { judge } from './judge.ts';
import { staleMs, throttledForMs } from './moves.ts';

/** How one worker's calls are carried. */
export interface Means {
  carry<T>(
    call: Call,
    effect: 'read' | 'write',
    fence: Fence | null,
    change: (() => Change) | null,
    answer: () => T,
  ): Promise<T>;
  sleep(durationMs: number): Promise<void>;
  /** Whether the adversary makes this answer a stale one. */
  stale(): boolean;
  /** The switch that pauses the instance is read. */
  pauseRead(): void;
}

/** The engine's ports for one worker over the explored world. */
export function workerPorts(
  world: World,
  worker: Worker,
  { carry, sleep, stale, pauseRead }: Means,
  judged: Pick<ReturnType<typeof judge>, 'read' | 'replaced' | 'listed' | 'probed' | 'removed'>,
): EnginePorts {
  const instance = worker.journal === 'first' ? 'keyturn-test' : 'another';
  const second = () => Math.floor(world.nowMs / 1000) * 1000;
  const call = (service: Call['service'], operation: string, subject: string): Call => ({
    service,
    operation,
    subject,
  });
  const asVersion = (name: string, held: Version) => ({
    name,
    version: held.id,
    enabled: held.enabled,
    createdAtMs: held.createdAtMs,
    expiresAtMs: null,
    contentType: held.contentType,
    tags: held.tags,
  });
  const asRead = (name: string, held: Version | null): ReadSecret => ({
    vaultNowMs: second(),
    secret:
      held === null
        ? { kind: 'absent' }
        : held.enabled
          ? { kind: 'stored', ...asVersion(name, held), value: new SecretText(held.value) }
          : { kind: 'disabled' },
  });
  const refuseWithoutKeys = () => {
    if (world.facts.localAuthDisabled)
      throw new FailureError({ kind: 'refused', reason: 'local-auth-disabled', code: 'local-auth-disabled' });
  };
  const pair = (keys: World['keys']) => ({ key1: new SecretText(keys.key1), key2: new SecretText(keys.key2) });
  const versions = (name: string) => (world.secrets[name]?.deleted ? [] : (world.secrets[name]?.versions ?? []));

  const secrets = (_: string, fence: Fence): Secrets => ({
    read: (name) =>
      carry(call('vault', 'get', name), 'read', null, null, () => {
        judged.read(worker, name);
        return asRead(name, newest(world, name));
      }),
    readVersion: (name, version) =>
      carry(call('vault', 'get-version', name), 'read', null, null, () =>
        asRead(name, versions(name).find(({ id }) => id === version) ?? null),
      ),
    listVersions: (name) =>
      carry(call('vault', 'list-versions', name), 'read', null, null, () =>
        versions(name).map((one) => asVersion(name, one)),
      ),
    store: ({ name, value, tags, contentType }) =>
      carry(
        call('vault', 'set', name),
        'write',
        fence,
        () => ({ kind: 'set', name, value: value.reveal(), tags, contentType, sentAtMs: world.nowMs }),
        () => {
          const held = newest(world, name);
          if (held === null) throw new TypeError('nothing was stored');
          return { stored: asVersion(name, held), vaultNowMs: second() };
        },
      ),
    // The proof that a copy can be written: whether it arrives late matters to nobody.
    setTags: (name, version, tags) =>
      carry(call('vault', 'set-tags', name), 'write', fence, null, () =>
        setSecret(world, name, {
          versions: versions(name).map((one) => (one.id === version ? { ...one, tags } : one)),
        }),
      ),
    disableVersion: (name, version) =>
      carry(
        call('vault', 'disable', name),
        'write',
        fence,
        () => ({ kind: 'disable', name, version }),
        () => undefined,
      ),
    deletedTags: (name) =>
      carry(call('vault', 'get-deleted', name), 'read', null, null, () => {
        const { deleted, versions } = world.secrets[name] ?? { deleted: false, versions: [] };
        return deleted ? (versions.at(-1)?.tags ?? {}) : null;
      }),
    recover: (name) =>
      carry(
        call('vault', 'recover', name),
        'write',
        fence,
        () => ({ kind: 'recover', name }),
        () => undefined,
      ),
  });

  const webApps = (fence: Fence) =>
    memoryWebApps({
      changedAt: (name) =>
        carry(call('arm', 'get-app', name), 'read', null, null, () => {
          worker.hasLookedAgain = true;
          return newest(world, name)?.id ?? null;
        }),
      read: (name) =>
        carry(call('arm', 'get', name), 'read', null, null, () => {
          worker.hasLookedAgain = false;
          judged.read(worker, name);
          return newest(world, name)?.value ?? null;
        }),
      write: (name, value) =>
        carry(
          call('arm', 'set', name),
          'write',
          fence,
          () => {
            judged.replaced(worker);
            return { kind: 'set', name, value, tags: {}, contentType: null, sentAtMs: world.nowMs };
          },
          () => undefined,
        ),
    });

  return {
    clock: {
      nowMs: () => world.nowMs + worker.wallAheadMs,
      monotonicMs: () => world.nowMs - worker.monotonicLostMs,
      sleep,
    },
    accounts: (fence) => ({
      get: () => carry(call('arm', 'get', 'account'), 'read', null, null, () => world.facts),
      listKeys: () =>
        carry(call('arm', 'listKeys', 'account'), 'read', null, null, () => {
          refuseWithoutKeys();
          const keys = stale() ? keysAgo(world, staleMs) : world.keys;
          judged.listed(keys);
          return pair(keys);
        }),
      regenerate: (_, slot) =>
        carry(
          call('arm', 'regenerate', slot),
          'write',
          fence,
          () => {
            refuseWithoutKeys();
            return { kind: 'regenerate', slot, sendId: nextId(world, 'send-') };
          },
          () => pair(world.keys),
        ),
    }),
    secrets,
    webApps,
    probe: {
      call: (_, key) =>
        carry(call('endpoint', 'probe', 'key'), 'read', null, null, () => {
          const takes =
            !world.facts.localAuthDisabled && (isLive(world, key.reveal()) || world.lingering.includes(key.reveal()));
          judged.probed(worker, key.reveal(), takes);
          return takes ? ({ kind: 'accepted' } as const) : ({ kind: 'refused' } as const);
        }).catch((error: unknown) => {
          if (error instanceof FailureError && error.failure.code === quotaUsedUp)
            return { kind: 'unknown', code: quotaUsedUp, retryAfterMs: throttledForMs } as const;
          if (!(error instanceof FailureError) || error.failure.code !== 'node-refused')
            return { kind: 'unknown', code: 'timeout' } as const;
          judged.probed(worker, key.reveal(), false);
          return { kind: 'refused' } as const;
        }),
    },
    rows: {
      load: () =>
        carry(call('journal', 'load', 'row'), 'read', null, null, () => {
          const row = worker.journal === 'first' ? world.row : world.otherRow;
          return row && { ...row, storageNowMs: second() };
        }),
      save: (_, fields, etag, history) => {
        const isFirst = worker.journal === 'first';
        const leakNotes = history.find(({ key }) => key === 'leaked-keys') ?? null;
        const newEtag = nextId(world, 'etag-');
        return carry(
          call('journal', 'save', 'row'),
          'write',
          null,
          isFirst ? () => ({ kind: 'account-row', fields, etag, newEtag, leakNotes }) : null,
          () => {
            if (!isFirst && (world.otherRow?.etag ?? null) === etag)
              world.otherRow = { fields, etag: newEtag, savedAtMs: world.nowMs };
            const row = isFirst ? world.row : world.otherRow;
            if (row?.etag !== newEtag) return { kind: 'conflict' } as const;
            worker.savedAtMs = world.nowMs;
            return { kind: 'saved', etag: newEtag, storageNowMs: second() } as const;
          },
        );
      },
      remove: (_, etag) =>
        carry(call('journal', 'remove', 'row'), 'write', null, null, () => {
          const held = worker.journal === 'first' ? world.row : world.otherRow;
          if (held === null) return 'removed' as const;
          if (held.etag !== etag) return 'conflict' as const;
          if (worker.journal === 'second') world.otherRow = null;
          else {
            judged.removed(worker, held.fields as AccountRow);
            world.row = null;
          }
          return 'removed' as const;
        }),
      readHistory: async (_, key) => (key === 'leaked-keys' && worker.journal === 'first' ? world.leakNotes : null),
      pageHistory: async () => [],
      removeHistory: async () => {},
      loadLastEvent: async () => null,
      saveLastEvent: async () => {},
      removeNotes: async () => {},
      loadNotes: async () => world.notes && { ...world.notes, etag: 'notes', storageNowMs: second() },
      saveNotes: async (_, fields) => {
        world.notes = { fields, savedAtMs: second() };
      },
    },
    // Beside the switch stand the fleet's rows: one account needs that of its subscription's throttling only.
    pauses: {
      load: async (name) => {
        if (name.startsWith(`${instance}.throttled-`)) return world.throttled;
        if (name !== instance) return null;
        pauseRead();
        return world.pause;
      },
      save: async (name, fields) => {
        if (name.startsWith(`${instance}.throttled-`)) world.throttled = { fields, savedAtMs: second() };
        if (name !== instance) return;
        const { paused } = fields as { readonly paused: boolean };
        world.pause = { paused, fields, savedAtMs: second() };
      },
    },
    wakeUps: {
      enqueue: ({ wakeSeq, area }, delayMs) =>
        carry(call('queue', 'enqueue', 'message'), 'write', null, null, () => {
          if (worker.journal === 'first')
            world.queue = [...world.queue, { wakeSeq, dueAtMs: world.nowMs + delayMs, ...(area && { area }) }];
        }),
    },
    log: () => {},
    newId: () => nextId(world, `${worker.name}-`),
    random: () => 0.5,
    instance,
  };
}

/** An audit log in which somebody has just read the key that consumers are not led to, whenever it is asked. */
export function stragglersLog(world: World, target: Target, { carry }: Pick<Means, 'carry'>): VaultAuditLog {
  const names = secretNames(target);
  return {
    noConsumers: async () => [],
    reads: () =>
      carry({ service: 'log', operation: 'query', subject: 'reads' }, 'read', null, null, () => {
        const { nowMs } = world;
        const secret = readable(world, names.pointer) === 'key1' ? names.key2 : names.key1;
        const who = { objectId: 'straggler', appId: null, resourceId: null, isPerson: false };
        const version = newest(world, secret)?.id ?? 'none';
        return { newestAtMs: nowMs, reads: [{ ...who, secret, version, lastAtMs: nowMs }] };
      }),
  };
}
