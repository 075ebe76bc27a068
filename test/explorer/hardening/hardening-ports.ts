import type { AppParts } from '../../../src/app/create-app.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { countCall } from '../../../src/shared/call-trail.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { Fence } from '../../../src/shared/fence.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Means, workerPorts } from '../rotation/ports.ts';
import type { Worker } from '../worker.ts';
import { type Change, isLive, nextId, type World } from '../world.ts';
import { isNamePrivate, ownPrincipalId, reaches, takesToken } from './hardening-world.ts';
import { endpointId, explored, subnetId, virtualNetworkId, zoneId, zoneName } from './requests.ts';

/** What the judge is told of calls. */
export interface CallsWatched extends Partial<Parameters<typeof workerPorts>[3]> {
  called(worker: Worker, call: Call): void;
  looked(worker: Worker): void;
  tokenAccepted(worker: Worker): void;
}

export const unwatched: CallsWatched = { called: () => {}, looked: () => {}, tokenAccepted: () => {} };

/** The app's ports for one worker: those of a rotation, and what an account's hardening needs besides. */
export function hardeningPorts(
  world: World,
  worker: Worker,
  which: HardeningArea,
  given: Means,
  watched: CallsWatched,
): Omit<AppParts, 'targets'> {
  const means: Means = {
    ...given,
    carry: (call, ...rest) => {
      if (call.service !== 'journal' && call.service !== 'queue') {
        countCall();
        watched.called(worker, call);
      }
      return given.carry(call, ...rest);
    },
  };
  const silent = () => {};
  const { read: readSecret = silent, listed = silent, probed = silent, removed = silent } = watched;
  const engine = workerPorts(world, worker, means, { read: readSecret, replaced: silent, listed, probed, removed });
  const { carry } = means;
  const second = () => Math.floor(world.nowMs / 1000) * 1000;
  const hardening = () => world.hardening;
  const arm = (operation: string, subject: string): Call => ({ service: 'arm', operation, subject });
  const read = <T>(operation: string, subject: string, answer: () => T) =>
    carry(arm(operation, subject), 'read', null, null, answer);
  const write = (operation: string, subject: string, fence: Fence, change: () => Change) =>
    carry(arm(operation, subject), 'write', fence, change, () => undefined);
  const sendId = () => {
    if (world.nowMs < hardening().lockedUntilMs)
      throw new FailureError({ kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' });
    // Azure takes no other change of an account that it is still changing.
    if (world.facts.provisioningState !== 'Succeeded')
      throw new FailureError({ kind: 'not-applied', code: 'RequestConflict', retryAfterMs: null });
    return nextId(world, 'send-');
  };
  /** A call to the endpoint never throws: what befalls it is an answer. */
  const probe = <T>(subject: string, answer: () => T, ofRefusal: T, ofSilence: (code: string) => T) =>
    carry({ service: 'endpoint', operation: 'probe', subject }, 'read', null, null, answer).catch((error: unknown) => {
      if (!(error instanceof FailureError)) throw error;
      return error.failure.code === 'node-refused' ? ofRefusal : ofSilence(error.failure.code);
    });
  const ofToken = () => {
    if (!reaches(hardening())) return { kind: 'network-denied' } as const;
    if (!takesToken(hardening())) return { kind: 'denied' } as const;
    watched.tokenAccepted(worker);
    return { kind: 'accepted' } as const;
  };
  const tokenProbe = {
    call: () =>
      probe<ReturnType<typeof ofToken> | { readonly kind: 'unknown'; readonly code: string }>(
        'token',
        ofToken,
        { kind: 'denied' },
        (code) => ({ kind: 'unknown', code }),
      ),
  };
  const rowOf = (area: HardeningArea) => {
    const { row } = hardening();
    return area !== which || row === null ? null : { ...row, storageNowMs: second() };
  };

  return {
    ...engine,
    probe: {
      call: (_, key) =>
        probe<Awaited<ReturnType<typeof engine.probe.call>>>(
          'key',
          () => {
            if (!reaches(hardening())) return { kind: 'unknown', code: 'http-403' };
            const isKey = world.keys.key1 === key.reveal() || world.keys.key2 === key.reveal();
            const lingers = world.facts.localAuthDisabled && world.nowMs < hardening().keysLingerUntilMs;
            const takes = isLive(world, key.reveal()) || (isKey && lingers);
            probed(worker, key.reveal(), takes);
            return takes ? { kind: 'accepted' } : { kind: 'refused' };
          },
          { kind: 'refused' },
          (code) => ({ kind: 'unknown', code }),
        ),
    },
    network: {
      zoneNames: () => [zoneName],
      tokenProbe,
      names: {
        lookup: () =>
          carry({ service: 'endpoint', operation: 'lookup', subject: 'host' }, 'read', null, null, () => {
            const address = isNamePrivate(hardening()) ? '10.0.1.4' : '20.42.0.1';
            return { kind: 'addresses', addresses: [address] } as const;
          }).catch((error: unknown) => {
            if (!(error instanceof FailureError)) throw error;
            return { kind: 'unknown' } as const;
          }),
      },
      networkReader: {
        account: () =>
          read('get', 'network', () => {
            watched.looked(worker);
            const { rules, connection } = hardening();
            const { kind, endpoint, location, provisioningState, localAuthDisabled } = world.facts;
            return {
              ...{ kind, endpoint, location, provisioningState, localAuthDisabled, rules },
              subdomain: 'ai-secure-demo',
              connections: connection === null ? [] : [{ name: 'pe', endpointId, status: connection }],
            };
          }),
        virtualNetwork: () =>
          read('get', 'virtual-network', () => ({
            id: virtualNetworkId,
            location: 'eastus',
            addressSpace: ['10.0.0.0/16'],
            subnets: [subnet],
            state: 'Succeeded',
          })),
        privateEndpoint: () =>
          read('get', 'private-endpoint', () =>
            hardening().connection === null
              ? null
              : { id: endpointId, subnetId, targetId: explored.account.armId, state: 'Succeeded' },
          ),
        zoneGroups: () =>
          read('get', 'zone-group', () =>
            hardening().zoneGroup ? [{ name: 'default', zoneIds: [zoneId], state: 'Succeeded' }] : [],
          ),
        zoneExists: () => read('get', 'zone', () => hardening().zoneExists),
        zonesNamed: () => read('list', 'zones', () => (hardening().zoneExists ? [zoneId] : [])),
        zoneLinks: () =>
          read('list', 'zone-links', () => (hardening().zoneLinked ? [{ name: 'link', virtualNetworkId }] : [])),
      },
      networkWriter: (fence) => {
        const made = (
          operation: string,
          kind: 'private-endpoint' | 'connection' | 'zone' | 'zone-link' | 'zone-group',
        ) => write(operation, kind, fence, () => ({ kind }));
        const never = () => Promise.reject(new TypeError('nothing of the kind is asked for'));
        return {
          createVirtualNetwork: never,
          createSubnet: never,
          addServiceEndpoint: never,
          createPrivateEndpoint: () => made('put', 'private-endpoint'),
          approveConnection: () => made('put', 'connection'),
          createZone: () => made('put', 'zone'),
          linkZone: () => made('put', 'zone-link'),
          setZoneGroup: () => made('put', 'zone-group'),
          setRules: (_, rules) => write('patch', 'rules', fence, () => ({ kind: 'rules', rules, sendId: sendId() })),
        };
      },
    },
    hardening: {
      tokenProbe,
      permissionModel: async () => 'rbac',
      locks: async () => [],
      activityLog: { keyListings: async () => [] },
      localAuth: {
        read: () => read('get', 'local-auth', () => ({ ...world.facts, customSubdomain: 'ai-secure-demo' })),
        setDisabled: (_, disabled, fence) =>
          write('patch', 'local-auth', fence, () => ({ kind: 'local-auth', disabled, sendId: sendId() })),
      },
      identities: {
        ownPrincipalId: async () => ownPrincipalId,
        find: (armId) =>
          read('get', 'identity', () => hardening().identities.find((one) => one.armId === armId) ?? null),
        create: (armId, location, fence) => {
          const identity = { armId, location, principalId: 'aaaaaaaa-0000-4000-8000-00000000000c', clientId: 'client' };
          return carry(
            arm('put', 'identity'),
            'write',
            fence,
            () => ({ kind: 'identity', identity }),
            () => identity,
          );
        },
      },
      authorization: {
        assignmentsAt: () => read('list', 'assignments', () => hardening().assignments),
        roleByGuid: async (_, guid) => ({ guid, name: guid, permissions: [] }),
        roleByName: async () => null,
        assign: (wanted, fence) => {
          const { identityMadeAtMs, identities } = hardening();
          const isNew = identities.some(({ principalId }) => principalId === wanted.principalId);
          const isUnknown = isNew && identityMadeAtMs !== null && world.nowMs - identityMadeAtMs < directoryMs;
          // Azure's refusal, which changes nothing.
          if (isUnknown) return read('put', 'assignment', () => 'principal-unknown' as const);
          const exists = hardening().assignments.some(({ name }) => name === wanted.name);
          return carry(
            arm('put', 'assignment'),
            'write',
            fence,
            () => ({ kind: 'assign', wanted, sendId: nextId(world, 'send-') }),
            () => (exists ? ('exists' as const) : ('created' as const)),
          );
        },
        unassign: (_, name, fence) =>
          write('delete', 'assignment', fence, () => ({ kind: 'unassign', name, sendId: nextId(world, 'send-') })),
      },
      hardeningRows: {
        load: (_, area) =>
          carry({ service: 'journal', operation: 'load', subject: area }, 'read', null, null, () => rowOf(area)),
        loadAll: async () => {
          const row = rowOf(which);
          return new Map(row === null ? [] : [[which, row]]);
        },
        save: (_, area, fields, etag) => {
          if (area !== which) throw new TypeError(`nothing of ${area} is asked for`);
          const newEtag = nextId(world, 'etag-');
          return carry(
            { service: 'journal', operation: 'save', subject: area },
            'write',
            null,
            () => ({ kind: 'row', fields, etag, newEtag }),
            () =>
              hardening().row?.etag === newEtag
                ? ({ kind: 'saved', etag: newEtag, storageNowMs: second() } as const)
                : ({ kind: 'conflict' } as const),
          );
        },
        remove: () => Promise.reject(new TypeError('no change removes its row')),
      },
    },
  };
}

/** How long the directory does not know an identity that was just made. */
const directoryMs = 20_000;

const subnet = {
  id: subnetId,
  prefixes: ['10.0.1.0/24'],
  serviceEndpoints: [],
  delegations: [],
  takenAddresses: 3,
  state: 'Succeeded',
};
