import type { CallRecord, SimulatedAzure } from '../simulated-azure/simulated-azure.ts';
import { cloudOf } from '../simulated-azure/simulated-clouds.ts';
import { demoTarget } from './demo-target.ts';

/** Calls by operation, such as `{ get: 2, listKeys: 2 }`. */
export type Operations = Record<string, number>;

/** The two services that Keyturn works on. */
type TalliedService = 'arm' | 'vault';

export interface CallTally {
  /** What this identity has asked of a service so far. */
  by(objectId: string, service: TalliedService): Operations;
}

/**
 * Counts the simulated Azure's calls about the demo's target from its `since`th on, by identity, service and operation. Others
 * (sign-ins, the AI service itself, the other target) are left out.
 */
export function callTally(azure: SimulatedAzure, since: number): CallTally {
  const counted = new Map<string, Operations>();
  let next = since;
  const { armHost, vaultSuffix } = cloudOf(azure.world);
  const accountPath = demoTarget.accountId.toLowerCase();
  const serviceOf = ({ host, path }: CallRecord): TalliedService | null => {
    if (host === armHost && path.toLowerCase().startsWith(accountPath)) return 'arm';
    return host === `${demoTarget.vault}.${vaultSuffix}` ? 'vault' : null;
  };
  const count = (call: CallRecord) => {
    const { caller, operation } = call;
    const service = serviceOf(call);
    if (service === null || caller === null) return;
    const operations = counted.get(`${caller} ${service}`) ?? {};
    const name = shortName(operation);
    operations[name] = (operations[name] ?? 0) + 1;
    counted.set(`${caller} ${service}`, operations);
  };
  return {
    by(objectId, service) {
      for (; next < azure.calls.length; next += 1) {
        const call = azure.calls[next];
        if (call !== undefined) count(call);
      }
      return { ...counted.get(`${objectId} ${service}`) };
    },
  };
}

/** `Microsoft.CognitiveServices/accounts/regenerateKey/action` is called `regenerateKey`, as in the SDKs. */
function shortName(operation: string): string {
  const name =
    operation
      .replace(/\/action$/, '')
      .split('/')
      .at(-1) ?? operation;
  switch (name) {
    case 'read':
    case 'getSecret':
      return 'get';
    case 'setSecret':
      return 'set';
    case 'readMetadata':
      return 'list';
    default:
      return name;
  }
}
