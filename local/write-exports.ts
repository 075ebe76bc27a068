import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellExports } from './environment.ts';
import type { World } from './simulated-azure/world.ts';

/** Writes `azure.env` into `folder`, only for this user: `. azure.env` makes a shell's clients meet the simulated Azure. */
export async function writeExports(
  folder: string,
  environment: Readonly<Record<string, string>>,
  world: World,
): Promise<{ readonly exports: string; readonly file: string }> {
  const exports = shellExports({ ...environment, ...applicationOf(world) });
  const file = join(folder, 'azure.env');
  await writeFile(file, exports, { mode: 0o600 });
  return { exports, file };
}

/** An app with a secret, for clients that sign in by environment variables. */
function applicationOf({ principals }: World): Record<string, string> {
  for (const { kind, clientId, secret } of principals) {
    if (kind === 'application' && secret !== null) return { AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret };
  }
  return {};
}
