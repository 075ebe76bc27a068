import { z } from 'zod';
import type { VaultSecret } from '../world.ts';
import { liveSecret, readableSecret, requireFreeName } from './find-secret.ts';
import { parse } from './secret-input.ts';
import { secretJson } from './secret-json.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';
import { alreadyExists, malformedBackup } from './vault-refusal.ts';

/** What every backup starts with, under its two layers of base64. */
const mark = ')AzureKeyVaultSecretBackupV1.microsoft.com';

const backedUp = z.object({
  name: z.string(),
  versions: z
    .array(
      z.object({
        version: z.string(),
        value: z.string(),
        contentType: z.string().nullable(),
        tags: z.record(z.string(), z.string()).nullable(),
        enabled: z.boolean(),
        notBefore: z.number().nullable(),
        expires: z.number().nullable(),
        created: z.number(),
        updated: z.number(),
        managed: z.boolean(),
      }),
    )
    .min(1),
});

/** POST backup: all versions in one opaque text. */
export function backupSecret(call: VaultCall): VaultAnswer {
  const { name, versions } = readableSecret(call);
  const inner = Buffer.from(JSON.stringify({ name, versions })).toString('base64url');
  return { status: 200, body: { value: Buffer.from(`${mark}${inner}`).toString('base64url') } };
}

/** POST restore: all versions come back with their ids and dates, under the name that they had. */
export function restoreSecret(call: VaultCall): VaultAnswer {
  const { value } = parse(z.object({ value: z.string() }), call.exchange.body);
  const secret = readBackup(value);
  if (liveSecret(call, secret.name) !== undefined) throw alreadyExists(secret.name);
  requireFreeName(call, secret.name);
  call.vault.secrets.push(secret);
  const version = secret.versions.at(-1);
  if (version === undefined) throw malformedBackup();
  return { status: 200, body: secretJson(call, secret, version, 'without-value') };
}

function readBackup(blob: string): VaultSecret {
  const outer = Buffer.from(blob, 'base64url').toString();
  if (!outer.startsWith(mark)) throw malformedBackup();
  try {
    const inner = JSON.parse(Buffer.from(outer.slice(mark.length), 'base64url').toString());
    return { ...backedUp.parse(inner), deletedAtMs: null, busyUntilMs: 0 };
  } catch {
    throw malformedBackup();
  }
}
