import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import type { NetworkState } from '../../../src/hardening/network/network-state.ts';
import { networkWork } from '../../../src/hardening/network/network-work.ts';
import type {
  AccountNetwork,
  NetworkReader,
  NetworkRules,
  NetworkWriter,
} from '../../../src/hardening/network/ports.ts';
import type { LookedUp, ProbeAnswer, TokenAnswer } from '../../../src/keys/ports.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';

const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-ai';
export const armId = `${group}/providers/Microsoft.CognitiveServices/accounts/ai-contoso`;
const parsed = parseAccountId(armId);
if (parsed === null) throw new TypeError();
export const networkAccount = parsed;
export const virtualNetworkId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet`;
export const subnetId = `${virtualNetworkId}/subnets/snet`;
export const endpointId = `${group}/providers/Microsoft.Network/privateEndpoints/pe`;
export const zoneName = 'privatelink.openai.azure.com';

export const open: NetworkRules = {
  publicNetworkAccess: 'Enabled',
  defaultAction: 'Allow',
  ipRules: [],
  subnets: [],
  bypass: 'AzureServices',
};
export const closed: NetworkRules = { ...open, publicNetworkAccess: 'Disabled' };
/** What somebody else might set meanwhile. */
export const foreign: NetworkRules = { ...open, defaultAction: 'Deny', ipRules: ['203.0.113.9'] };

export const nowMs = 1_000_000_000;
export const minuteMs = 60_000;

export const asked: NetworkRequest = {
  mode: 'private',
  ipRules: null,
  subnets: null,
  bypass: null,
  privateEndpoint: null,
  privateDns: null,
  keyturn: null,
  consumers: [],
};

type Change = NonNullable<NetworkState['change']>;

/** A change to `private`, every risk of which was taken. */
export function changeIn(phase: Change['phase'], more: Partial<Change> = {}): NetworkState {
  const change: Change = {
    id: 'change-1',
    askedBy: 'someone',
    askedAtMs: 5,
    request: asked,
    confirmed: [
      'nobody-gets-in',
      'cuts-off-keyturn',
      'drops-connections',
      'opens-to-everyone',
      'public-access-unproved',
    ],
    phase,
    done: [],
    waitingFor: null,
    ...more,
  };
  return { change, last: null, closedSinceMs: null };
}

export const refusedBy = (reason: 'account-access-denied' | 'resource-lock', code: string): Failure => ({
  kind: 'refused',
  reason,
  code,
});

export interface NetworkWorld {
  readonly account?: Partial<AccountNetwork>;
  readonly look?: Partial<NetworkReader>;
  readonly names?: (host: string) => LookedUp;
  readonly key?: (call: number) => ProbeAnswer;
  readonly token?: TokenAnswer;
  readonly listKeys?: Failure;
  readonly vaultReached?: boolean;
  readonly paused?: boolean;
  readonly dataPlane?: boolean;
  /** What every call of the hand fails with. */
  readonly handFails?: Failure;
}

/** The work on an account's network on ports that answer as told; `sent` is what left for Azure. */
export function networkWorld({
  account = {},
  look = {},
  names = () => ({ kind: 'addresses', addresses: ['10.0.0.4'] }),
  key = () => ({ kind: 'accepted' }),
  token = { kind: 'accepted' },
  listKeys,
  vaultReached = true,
  paused = false,
  dataPlane = true,
  handFails,
}: NetworkWorld = {}) {
  const sent: unknown[][] = [];
  const clock = memoryClock(nowMs);
  const calls = { key: 0, token: 0, vault: 0, names: [] as string[] };
  const send =
    (name: keyof NetworkWriter) =>
    async (...args: readonly unknown[]) => {
      sent.push([name, ...args]);
      if (handFails !== undefined) throw new FailureError(handFails);
    };
  const hand: NetworkWriter = {
    createVirtualNetwork: send('createVirtualNetwork'),
    createSubnet: send('createSubnet'),
    addServiceEndpoint: send('addServiceEndpoint'),
    createPrivateEndpoint: send('createPrivateEndpoint'),
    approveConnection: send('approveConnection'),
    createZone: send('createZone'),
    linkZone: send('linkZone'),
    setZoneGroup: send('setZoneGroup'),
    setRules: send('setRules'),
  };
  const fence = () => true;
  const ofThisLease =
    <Port>(port: Port) =>
    (given: unknown) => {
      if (given !== fence) throw new TypeError('the fence of another lease');
      return port;
    };
  const found: AccountNetwork = {
    kind: 'OpenAI',
    endpoint: 'https://ai-contoso.openai.azure.com/',
    subdomain: 'ai-contoso',
    provisioningState: 'Succeeded',
    localAuthDisabled: false,
    rules: open,
    connections: [{ name: 'c', endpointId, status: 'Approved' }],
    ...account,
  };
  const work = networkWork(
    {
      networkReader: {
        account: async () => found,
        virtualNetwork: async () => null,
        privateEndpoint: async () => null,
        zoneGroups: async () => [],
        zoneExists: async () => false,
        zonesNamed: async () => [],
        zoneLinks: async () => [],
        ...look,
      },
      zoneNames: () => [zoneName],
      accounts: ofThisLease({
        listKeys: async () => {
          if (listKeys !== undefined) throw new FailureError(listKeys);
          return { key1: new SecretText('key-one'), key2: new SecretText('key-two') };
        },
      }),
      networkWriter: ofThisLease(hand),
      probe: { call: async () => key(calls.key++) },
      tokenProbe: {
        call: async () => {
          calls.token += 1;
          return token;
        },
      },
      names: {
        lookup: async (host) => {
          calls.names.push(host);
          return names(host);
        },
      },
      clock,
      dataPlane,
      vaultReached: async () => {
        calls.vault += 1;
        return vaultReached;
      },
      paused: async () => paused,
    },
    networkAccount,
  );
  return {
    work,
    sent,
    calls,
    clock,
    fence,
    step: (state: NetworkState) => work.step(state, { fence, nowMs, keepLease: async () => {} }),
  };
}

/** The state after a rest, with the change that was made of it. */
/** Waits for which the step itself sets no end. */
const retries = ['azure-refused-for-now', 'outcome-settling', 'rules-not-back'];
/** Waits by plan. */
const plans = ['paused', 'proving-path'];

/** How long a proof of the private way in rests after so many looks in vain. */
export const proofPauseMs = (looks: number) => Math.min(900_000, 15_000 * 1.35 ** (looks - 1));

/** How long another step does. */
export const lookPauseMs = (looks: number) => 15_000 * 1.2 ** (looks - 1);

export function rested(
  state: NetworkState,
  reason: string,
  forMs: number,
  change: object = {},
  cause: object = { code: null },
  as: 'retry' | 'bounded' | 'planned' = retries.includes(reason)
    ? 'retry'
    : plans.includes(reason)
      ? 'planned'
      : 'bounded',
) {
  return {
    kind: 'rest',
    forMs,
    as,
    state: { ...state, change: { ...state.change, ...change, waitingFor: { reason, ...cause } } },
  };
}

export function ended(
  state: NetworkState,
  how: string,
  at: string | null,
  more: object = {},
  closedSinceMs: number | null = null,
) {
  const { id, askedBy, askedAtMs, done } = state.change ?? {};
  return {
    kind: 'done',
    state: {
      ...state,
      change: null,
      closedSinceMs,
      last: { id, askedBy, askedAtMs, endedAtMs: nowMs, end: how, at, done, code: null, ...more },
    },
  };
}
