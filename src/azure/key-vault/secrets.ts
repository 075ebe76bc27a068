import type {
  KeyVaultSecret,
  SecretClient,
  SecretProperties,
  UpdateSecretPropertiesOptions,
} from '@azure/keyvault-secrets';
import type { ReadSecret, Secrets, SecretVersion, StoredSecret } from '../../keys/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import { SecretText } from '../../shared/secret-text.ts';
import type { AzureAnswer } from '../azure-answer.ts';
import { azureCall, azureRead, azureWrite, everyItem } from '../azure-call.ts';

/** Recordings show a recovered secret as 404 for some seconds: it is asked for again this often, and this long. */
const recoveryPauseMs = 2_000;
const recoveryBoundMs = 60_000;

/**
 * The secrets of one Key Vault.
 * @param client gives the vault's SDK client
 * @param clock for the pauses while a recovered secret comes back
 */
export function keyVaultSecrets(client: () => Promise<SecretClient>, fence: Fence, clock: Clock): Secrets {
  const read = async (name: string, version?: string): Promise<ReadSecret> => {
    const send = async () => stored(await (await client()).getSecret(name, version === undefined ? {} : { version }));
    const { value, dateMs } = await azureCall<StoredSecret>('vault', { kind: 'read' }, send, noValue);
    return { secret: value, vaultNowMs: dated(dateMs) };
  };
  const update = (name: string, version: string, options: UpdateSecretPropertiesOptions) =>
    azureWrite('vault', fence, async () => (await client()).updateSecretProperties(name, version, options));

  return {
    read: (name) => read(name),
    readVersion: (name, version) => read(name, version),

    listVersions: (name) =>
      azureRead<readonly SecretVersion[]>(
        'vault',
        async () => (await everyItem((await client()).listPropertiesOfSecretVersions(name))).map(secretVersion),
        (answer) => (isAbsent(answer) ? [] : undefined),
      ),

    async store({ name, value, contentType, tags, expiresAtMs }) {
      const { value: written, dateMs } = await azureCall('vault', { kind: 'write', fence }, async () => {
        const kept = await (await client()).setSecret(name, value.reveal(), {
          tags: { ...tags },
          ...(contentType === null ? {} : { contentType }),
          ...(expiresAtMs === null ? {} : { expiresOn: new Date(expiresAtMs) }),
        });
        return secretVersion(kept.properties);
      });
      if (dateMs === null) throw new FailureError({ kind: 'outcome-unknown', code: 'no-date' });
      return { stored: written, vaultNowMs: dateMs };
    },

    disableVersion: (name, version) => update(name, version, { enabled: false }),
    setTags: (name, version, tags) => update(name, version, { tags: { ...tags } }),

    deletedTags: (name) =>
      azureRead<Readonly<Record<string, string>> | null>(
        'vault',
        async () => (await (await client()).getDeletedSecret(name)).properties.tags ?? {},
        (answer) => (isAbsent(answer) ? null : undefined),
      ),

    async recover(name) {
      await azureWrite('vault', fence, async () => (await client()).beginRecoverDeletedSecret(name));
      const startMs = clock.monotonicMs();
      while ((await read(name).catch(afterTaken)).secret.kind === 'absent') {
        if (clock.monotonicMs() - startMs >= recoveryBoundMs) {
          throw new FailureError({ kind: 'outcome-unknown', code: 'still-recovering' });
        }
        await clock.sleep(recoveryPauseMs);
      }
    },
  };
}

/** The error answers to a read that are answers: there is no such secret, or it is disabled. */
function noValue(answer: AzureAnswer): StoredSecret | undefined {
  if (isAbsent(answer)) return { kind: 'absent' };
  return answer.status === 403 && answer.code === 'SecretDisabled' ? { kind: 'disabled' } : undefined;
}

function isAbsent(answer: AzureAnswer): boolean {
  return answer.status === 404 && answer.code === 'SecretNotFound';
}

function stored({ value, properties }: KeyVaultSecret): StoredSecret {
  if (value === undefined) throw notApplied('value-missing');
  return { kind: 'stored', value: new SecretText(value), ...secretVersion(properties) };
}

function secretVersion(properties: SecretProperties): SecretVersion {
  const { name, version, enabled, createdOn, expiresOn, contentType, tags } = properties;
  if (version === undefined || createdOn === undefined) throw notApplied('secret-incomplete');
  return {
    name,
    version,
    enabled: enabled ?? true,
    createdAtMs: createdOn.getTime(),
    expiresAtMs: expiresOn?.getTime() ?? null,
    contentType: contentType ?? null,
    tags: tags ?? {},
  };
}

function dated(dateMs: number | null): number {
  if (dateMs === null) throw notApplied('no-date');
  return dateMs;
}

/** Azure took the write: a look that fails afterwards refuses nothing, whatever it is answered. */
function afterTaken(error: unknown): never {
  throw error instanceof FailureError ? new FailureError({ kind: 'outcome-unknown', code: error.failure.code }) : error;
}
