import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportPKCS8, importPKCS8 } from 'jose';
import { z } from 'zod';
import { identityHeader } from './identity-header.ts';
import { newPrivateKey, type SigningKey, signingKeyFrom } from './signing-key.ts';

/** What the simulated tenant proves itself by. */
export interface TenantSecrets {
  /** Signs and verifies every token. */
  signingKey(): Promise<SigningKey>;
  /** The value of `IDENTITY_HEADER`, which requests for a managed identity's token must repeat. */
  readonly identityHeader: string;
}

let made: Promise<SigningKey> | null = null;

/** Those of this process: made when first asked for, and gone with it. */
export const processSecrets: TenantSecrets = {
  signingKey() {
    made ??= newPrivateKey().then(signingKeyFrom);
    return made;
  },
  identityHeader,
};

const stored = z.object({ privateKey: z.string(), identityHeader: z.string() });

/**
 * Those kept in `folder`, made when there are none: tokens, and shells that have the header, outlive a restart there. Only
 * this user can read the file. Two processes that start at once end up with the same ones.
 */
export async function keptSecrets(folder: string): Promise<TenantSecrets> {
  const file = join(folder, 'tenant-secrets.json');
  const known = (await load(file)) ?? (await make(folder, file));
  const key = await signingKeyFrom(await importPKCS8(known.privateKey, 'RS256', { extractable: true }));
  return { signingKey: async () => key, identityHeader: known.identityHeader };
}

async function load(file: string): Promise<z.infer<typeof stored> | null> {
  try {
    return stored.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A link is made whole or not at all: of two processes, the second finds the first one's file and takes that. */
async function make(folder: string, file: string): Promise<z.infer<typeof stored>> {
  await mkdir(folder, { recursive: true });
  const fresh = { privateKey: await exportPKCS8(await newPrivateKey()), identityHeader };
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, JSON.stringify(fresh), { mode: 0o600 });
  try {
    await link(aside, file);
    return fresh;
  } catch (error) {
    const theirs = await load(file);
    if (theirs === null) throw error;
    return theirs;
  } finally {
    await rm(aside, { force: true });
  }
}
