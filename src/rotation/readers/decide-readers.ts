import { dayMs, minuteMs } from '../../shared/time.ts';
import type { AuditedReads, VersionReads } from './ports.ts';

/**
 * How long a line may take to arrive once later lines of the same vault are there. Key Vault promises its log within ten
 * minutes, Log Analytics takes up to five more (https://learn.microsoft.com/azure/key-vault/general/logging,
 * https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time); neither says that lines come in order.
 */
export const latestLineMs = 30 * minuteMs;

/** How long before the switch reads are asked for: an application that reads its key when it starts may have done so long ago. */
export const lookBackMs = 30 * dayMs;

/** Why the log does not tell who followed. Each has an entry in docs/reasons.md. */
export const readersUnknownReasons = {
  'log-access-denied': "Keyturn's identity may not query the workspace.",
  'log-network-denied': "The workspace's network rules keep Keyturn out.",
  'log-not-answered': 'The workspace gave no answer that Keyturn can use.',
  'log-empty': "The workspace has no line of this vault's audit log.",
  'log-late': 'What the log has of this vault does not reach beyond the switch yet.',
  'no-read-seen': 'The log shows no read of these secrets. Somebody may hold the key all the same.',
} as const;

export type ReadersUnknownReason = keyof typeof readersUnknownReasons;

/** A secret's name and its version. */
export type SecretVersion = readonly [secret: string, version: string];

export interface ReaderFacts {
  /** When consumers were led to the new key, by the vault's clock. */
  readonly switchedAtMs: number;
  /** The versions that hold the old key, and the new one. A read of the pointer shows neither. */
  readonly oldVersions: readonly SecretVersion[];
  readonly newVersions: readonly SecretVersion[];
  readonly log: AuditedReads;
  /** Object ids or client ids of those who use no key that they read, Keyturn's own identity among them. */
  readonly noConsumers: readonly string[];
}

/** One identity, and when it last read the old and the new key. It is no instance: another one of it may lag behind. */
export interface Reader {
  readonly objectId: string | null;
  readonly appId: string | null;
  readonly resourceId: string | null;
  readonly oldReadAtMs: number | null;
  readonly newReadAtMs: number | null;
}

export interface SeenReaders {
  /** Up to then all lines are taken to have arrived; null: there are none. */
  readonly asOfMs: number | null;
  /** Why what is not listed is unknown; null: everything up to `asOfMs` is listed. */
  readonly unknown: Extract<ReadersUnknownReason, 'log-empty' | 'log-late' | 'no-read-seen'> | null;
  /** The last key that they read is the new one. */
  readonly followers: readonly Reader[];
  /** They read the old key after the switch, or before it and nothing since. */
  readonly stragglers: readonly Reader[];
  /** They read the old key before the switch, and what they read since has not arrived. */
  readonly unclear: readonly Reader[];
}

/** Who followed a switch, by what has arrived of the log. People and those who use no key are left out. */
export function decideReaders(facts: ReaderFacts): SeenReaders {
  const { switchedAtMs, log } = facts;
  const asOfMs = log.newestAtMs === null ? null : log.newestAtMs - latestLineMs;
  const hasArrived = asOfMs !== null && asOfMs > switchedAtMs;
  const seen: Record<'followers' | 'stragglers' | 'unclear', Reader[]> = { followers: [], stragglers: [], unclear: [] };
  for (const reader of readersIn(facts)) {
    const oldAtMs = reader.oldReadAtMs ?? Number.NEGATIVE_INFINITY;
    if (reader.newReadAtMs !== null && reader.newReadAtMs >= oldAtMs) seen.followers.push(reader);
    else if (hasArrived || oldAtMs > switchedAtMs) seen.stragglers.push(reader);
    else seen.unclear.push(reader);
  }
  const isAnybodySeen = Object.values(seen).some(({ length }) => length > 0);
  const unknown = asOfMs === null ? 'log-empty' : !hasArrived ? 'log-late' : isAnybodySeen ? null : 'no-read-seen';
  return { asOfMs, unknown, ...seen };
}

/** Who reads a key that consumers are not led to, by what has arrived of the log. */
export interface InactiveKeyReaders {
  readonly asOfMs: number | null;
  readonly unknown: Extract<ReadersUnknownReason, 'log-empty' | 'no-read-seen'> | null;
  /** `oldReadAtMs` is of the inactive key, `newReadAtMs` of the active one. */
  readonly readers: readonly Reader[];
}

/** Who read the inactive key. That nobody is seen does not show that nobody holds it: the log never answers that. */
export function decideInactiveKeyReaders(facts: Omit<ReaderFacts, 'switchedAtMs'>): InactiveKeyReaders {
  const { newestAtMs } = facts.log;
  const asOfMs = newestAtMs === null ? null : newestAtMs - latestLineMs;
  const readers = [...readersIn(facts)].filter(({ oldReadAtMs }) => oldReadAtMs !== null);
  const unknown = asOfMs === null ? 'log-empty' : readers.length === 0 ? 'no-read-seen' : null;
  return { asOfMs, unknown, readers };
}

function readersIn(facts: Omit<ReaderFacts, 'switchedAtMs'>): Iterable<Reader> {
  const { oldVersions, newVersions, log, noConsumers } = facts;
  const readers = new Map<string, Reader>();
  for (const reads of log.reads) {
    const { objectId, appId, resourceId, isPerson, lastAtMs } = reads;
    const isOld = isOneOf(oldVersions, reads);
    const isConsumer = ![objectId, appId?.toLowerCase()].some((id) => id != null && noConsumers.includes(id));
    if (isPerson || !isConsumer || (!isOld && !isOneOf(newVersions, reads))) continue;
    const id = objectId ?? appId ?? '';
    const known = readers.get(id);
    readers.set(id, {
      objectId,
      appId: appId ?? known?.appId ?? null,
      resourceId: resourceId ?? known?.resourceId ?? null,
      oldReadAtMs: isOld ? Math.max(known?.oldReadAtMs ?? lastAtMs, lastAtMs) : (known?.oldReadAtMs ?? null),
      newReadAtMs: isOld ? (known?.newReadAtMs ?? null) : Math.max(known?.newReadAtMs ?? lastAtMs, lastAtMs),
    });
  }
  return readers.values();
}

function isOneOf(versions: readonly SecretVersion[], { secret, version }: VersionReads): boolean {
  return versions.some(
    ([name, id]) => name.toLowerCase() === secret.toLowerCase() && id.toLowerCase() === version.toLowerCase(),
  );
}
