import { vaultId } from '../key-vault/vault-id.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { Vault, VaultSecret, VaultSecretVersion, World } from '../world.ts';
import { type EventSubscription, eventGridOf } from './event-grid-world.ts';
import { takesEvent } from './takes-event.ts';

/** Not configurable for secrets. https://learn.microsoft.com/azure/key-vault/general/event-grid-overview */
const nearExpirySeconds = 30 * 24 * 60 * 60;

/** The instant, in seconds, from which each event of a version is raised; null: never. */
const happenings: readonly {
  readonly type: string;
  readonly fromSeconds: (version: VaultSecretVersion) => number | null;
}[] = [
  { type: 'Microsoft.KeyVault.SecretNewVersionCreated', fromSeconds: ({ created }) => created },
  {
    type: 'Microsoft.KeyVault.SecretNearExpiry',
    fromSeconds: ({ created, expires }) => expires && Math.max(created, expires - nearExpirySeconds),
  },
  {
    type: 'Microsoft.KeyVault.SecretExpired',
    fromSeconds: ({ created, expires }) => expires && Math.max(created, expires),
  },
];

/**
 * Raises what has become due since the last time: of each secret's current version, disabled or not, each kind once per
 * end date. A subscription gets only what concerns versions made since it exists.
 */
export function raiseSecretEvents(world: World, nowMs: number): void {
  const { raised } = eventGridOf(world);
  for (const vault of world.vaults)
    for (const secret of vault.secrets) {
      const version = secret.versions.at(-1);
      if (version === undefined) continue;
      for (const { type, fromSeconds } of happenings) {
        const from = fromSeconds(version);
        const about = `${type} ${vault.name} ${secret.name} ${version.version} ${from}`;
        if (from === null || from * 1000 > nowMs || raised.has(about)) continue;
        raised.add(about);
        raise(world, { vault, secret, version, type, nowMs });
      }
    }
}

interface Happening {
  readonly vault: Vault;
  readonly secret: VaultSecret;
  readonly version: VaultSecretVersion;
  readonly type: string;
  readonly nowMs: number;
}

function raise(world: World, happening: Happening): void {
  const { vault, secret, version, type, nowMs } = happening;
  const { eventSubscriptions, deliveries } = eventGridOf(world);
  const source = vaultId(vault);
  for (const subscription of eventSubscriptions) {
    // The vault keeps whole seconds.
    const isOlder = (version.created + 1) * 1000 <= subscription.createdAtMs;
    if (isOlder || !takesEvent(subscription, { source, type, subject: secret.name })) continue;
    const eventId = crypto.randomUUID();
    const body = bodyOf(subscription, happening, source, { eventId, vaultSuffix: cloudOf(world).vaultSuffix });
    const times = { raisedAtMs: nowMs, attempts: 0, nextAttemptAtMs: nowMs } as const;
    deliveries.push({ subscription, eventId, body, ...times, state: 'waiting', lastStatus: null });
  }
}

function bodyOf(
  { schema }: EventSubscription,
  { vault, secret, version, type, nowMs }: Happening,
  source: string,
  { eventId: id, vaultSuffix }: { readonly eventId: string; readonly vaultSuffix: string },
): Record<string, unknown> {
  const time = new Date(nowMs).toISOString().replace('Z', '0000Z');
  // Dates as text, as the vendor's samples have them.
  const data = {
    Id: `https://${vault.name}.${vaultSuffix}/secrets/${secret.name}/${version.version}`,
    VaultName: vault.name,
    ObjectType: 'Secret',
    ObjectName: secret.name,
    Version: version.version,
    NBF: version.notBefore === null ? null : String(version.notBefore),
    EXP: version.expires === null ? null : String(version.expires),
  };
  return schema === 'CloudEventSchemaV1_0'
    ? { source, subject: secret.name, type, time, id, data, specversion: '1.0' }
    : {
        id,
        topic: source,
        subject: secret.name,
        eventType: type,
        eventTime: time,
        data,
        dataVersion: '1',
        metadataVersion: '1',
      };
}
