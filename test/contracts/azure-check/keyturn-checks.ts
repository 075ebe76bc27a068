import type { App, NetworkRequest, RotationView } from '../../../src/app/contract.ts';
import { createApp } from '../../../src/app/create-app.ts';
import type { AzureAccess } from '../../../src/azure/azure-access.ts';
import type { Cloud } from '../../../src/azure/clouds.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import { declaredTargets } from '../../../src/targets/declared-targets.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { holds } from './port-checks.ts';
import type { Caller } from './throwaway.ts';
import type { Waiting } from './waiting.ts';

const minuteMs = 60_000;
/** Whatever Azure does: roles, keys and gateways have been waited for before. */
const longestRotationMs = 40 * minuteMs;
/** Gateways may take a retired key for hours; all else of the rotation is done by then. */
const confirmingPatienceMs = 10 * minuteMs;

const name = 'azure-check';

export interface KeyturnParts {
  readonly access: AzureAccess;
  readonly cloud: Cloud;
  readonly accountId: string;
  readonly vaultUrl: string;
  readonly caller: Caller;
  readonly waits: Waiting;
  readonly newId: () => string;
  readonly say: (line: string) => void;
  /** Takes the messages that are visible now off the queue. */
  readonly take: () => Promise<readonly WakeUp[]>;
}

/** Keyturn itself, run here instead of in a function app, with one target whose consumers promise seconds. */
export function keyturnChecks(parts: KeyturnParts) {
  const { access, cloud, accountId, vaultUrl, caller, waits, newId, say, take } = parts;
  const document = [
    {
      name,
      accountId,
      vault: vaultUrl,
      pointerCache: '1s',
      keyCache: '1s',
      longestRequest: '1s',
      overlap: '5s',
      newKeyProof: { acceptances: 5, spread: '20s' },
    },
  ];
  const { targets, problems } = declaredTargets(document, cloud.vault.suffix, 'target');
  if (problems.length > 0) throw new TypeError(JSON.stringify(problems));
  const app: App = createApp({
    ...access,
    hardening: access,
    targets: fixedTargets(targets),
    instance: name,
    newId,
    random: Math.random,
    log: () => {},
  });
  const by = { objectId: caller.objectId, name };

  return {
    async adopt(): Promise<string> {
      const answer = await app.adopt(name, { activeSlot: 'key1' }, by);
      holds(answer.kind === 'adopted', said(answer));
      return answer.secrets.map(({ secret, change }) => `${secret} ${change}`).join(', ');
    },

    async rotate(): Promise<string> {
      const answer = await app.startRotation(name, { inactiveKeyUnused: true }, by);
      holds(answer.kind === 'started', said(answer));
      const { id } = answer.rotation;
      const startedMs = Date.now();
      let [state, sinceMs] = ['', startedMs];
      const minutes = () => `${Math.ceil((Date.now() - startedMs) / minuteMs)} min`;
      return await waits.until('the rotation is completed', longestRotationMs, 1_000, async () => {
        for (const wakeUp of await take()) if (wakeUp.target === name) await app.advance(wakeUp);
        const rotation = await read(id);
        if (rotation.state !== state) {
          [state, sinceMs] = [rotation.state, Date.now()];
          say(`         ${state}`);
        }
        switch (state) {
          case 'completed':
            return `in ${minutes()}`;
          case 'suspended':
          case 'rolled-back':
          case 'cancelled':
          case 'replaced':
            throw new Error(`it is ${state}: ${rotation.reason ?? ''} ${rotation.detail ?? ''}`);
          case 'confirming':
            return Date.now() - sinceMs > confirmingPatienceMs
              ? `in ${minutes()}, except that Azure still accepts the retired key, which may take hours`
              : null;
          default:
            return null;
        }
      });
    },

    /** Without a single change. */
    async planNetwork(): Promise<string> {
      const asking = { dryRun: true, confirm: [], ifMatch: null };
      const answer = await app.putNetwork(name, closedNetwork, asking, by);
      holds(answer.kind === 'plan' || answer.kind === 'not-confirmed', said(answer));
      holds(answer.plan.differences.length > 0, 'the plan is empty');
      return answer.plan.differences.map(({ what }) => what).join(', ');
    },
  };

  async function read(id: string): Promise<RotationView> {
    const found = await app.readRotation(name, id);
    holds(found.kind === 'found', said(found));
    return found.rotation;
  }
}

/** Two addresses that belong to nobody: https://www.rfc-editor.org/rfc/rfc5737 */
const closedNetwork: NetworkRequest = {
  mode: 'selected-networks',
  ipRules: ['203.0.113.10'],
  subnets: null,
  bypass: null,
  privateEndpoint: null,
  privateDns: null,
  keyturn: { egress: '203.0.113.10', subnetId: null },
  consumers: [],
};

/** What the app answered instead. */
function said(answer: { readonly kind: string; readonly reason?: string; readonly detail?: string }): string {
  return [answer.kind, answer.reason, answer.detail].filter((part) => part !== undefined).join(': ');
}
