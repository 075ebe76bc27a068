import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NamedKey {
  readonly name: string;
  readonly value: string;
}

/** Who a caller is by the key it shows. `everyone` may do all: key checks are off, as Core Tools has them locally. */
export type Caller = 'everyone' | 'nobody' | 'stranger' | 'function' | 'host' | 'system' | 'master';

export interface Keys {
  readonly master: string;
  readonly hostKeys: readonly NamedKey[];
  readonly systemKeys: readonly NamedKey[];
  functionKeys(functionName: string): readonly NamedKey[];
  /** `functionName` is the function that is called: its own key makes the caller `function`, another's `stranger`. */
  callerOf(key: string | undefined, functionName?: string): Caller;
}

/**
 * The host's keys, made on first use and kept under the state folder in the layout of the host's own secrets container:
 * `azure-webjobs-secrets/host.json` and one file a function.
 */
export function openKeys(stateFolder: string, checks: 'on' | 'off'): Keys {
  const folder = join(stateFolder, 'azure-webjobs-secrets');
  const host = stored(folder, 'host.json', () => ({
    masterKey: newKey('master'),
    functionKeys: [newKey('default')],
    systemKeys: [newKey('eventgrid_extension')],
  }));
  const functionKeys = (functionName: string) =>
    stored(folder, `${functionName.toLowerCase()}.json`, () => ({ keys: [newKey('default')] })).keys;
  const holds = (keys: readonly NamedKey[], key: string) => keys.some(({ value }) => value === key);
  return {
    master: host.masterKey.value,
    hostKeys: host.functionKeys,
    systemKeys: host.systemKeys,
    functionKeys,
    callerOf(key, functionName) {
      if (checks === 'off') return 'everyone';
      if (!key) return 'nobody';
      if (key === host.masterKey.value) return 'master';
      if (functionName !== undefined && holds(functionKeys(functionName), key)) return 'function';
      if (holds(host.functionKeys, key)) return 'host';
      return holds(host.systemKeys, key) ? 'system' : 'stranger';
    },
  };
}

function newKey(name: string): NamedKey {
  return { name, value: randomBytes(40).toString('base64url') };
}

function stored<T>(folder: string, file: string, create: () => T): T {
  const path = join(folder, file);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(folder, { recursive: true });
    const created = create();
    writeFileSync(path, JSON.stringify(created, null, 2), { mode: 0o600 });
    return created;
  }
}
