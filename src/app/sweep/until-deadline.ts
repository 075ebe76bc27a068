import type { EnginePorts } from '../../rotation/engine-ports.ts';
import { FailureError, outOfTime } from '../../shared/failure.ts';

/**
 * The same ports, whose calls to account and vault fail without being sent once `isOver`: what is under way then ends with
 * the call that it waits for, as after any failure of Azure.
 */
export function untilDeadline<P extends EnginePorts>(ports: P, isOver: () => boolean): P {
  const inTime = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isOver()) throw new FailureError({ kind: 'not-applied', code: outOfTime, retryAfterMs: 0 });
    return await call();
  };
  return {
    ...ports,
    accounts: (...given: Parameters<EnginePorts['accounts']>) => {
      const accounts = ports.accounts(...given);
      return {
        get: (account) => inTime(() => accounts.get(account)),
        listKeys: (account) => inTime(() => accounts.listKeys(account)),
        regenerate: (account, slot) => inTime(() => accounts.regenerate(account, slot)),
      };
    },
    secrets: (...given: Parameters<EnginePorts['secrets']>) => {
      const secrets = ports.secrets(...given);
      return {
        read: (name) => inTime(() => secrets.read(name)),
        readVersion: (name, version) => inTime(() => secrets.readVersion(name, version)),
        listVersions: (name) => inTime(() => secrets.listVersions(name)),
        store: (secret) => inTime(() => secrets.store(secret)),
        disableVersion: (name, version) => inTime(() => secrets.disableVersion(name, version)),
        deletedTags: (name) => inTime(() => secrets.deletedTags(name)),
        recover: (name) => inTime(() => secrets.recover(name)),
      };
    },
    probe: { call: (account, key) => inTime(() => ports.probe.call(account, key)) },
  };
}
