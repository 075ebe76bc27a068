import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { NetworkPutAnswer, NetworkRequest } from '../../../src/app/contract.ts';
import type { HardeningAnswer } from '../../../src/app/hardening/hardening-contract.ts';
import { noAccessAsked } from '../../../src/hardening/access/access-state.ts';
import { newHardeningRow } from '../../../src/hardening/hardening-row.ts';
import { keysAsEver } from '../../../src/hardening/keyless/keyless-state.ts';
import { initialNetworkState } from '../../../src/hardening/network/network-state.ts';
import type { PlanView } from '../../../src/hardening/plan-view.ts';
import type { RotationState } from '../../../src/rotation/state.ts';
import { tried } from '../../vitest/whole-search.ts';
import { deliverUntil, rotationOf, rowOf } from '../steered-rotation.ts';
import {
  consumerId,
  type HardeningKeyturn,
  hardeningKeyturn,
  keyturnId,
  languageReader,
  operator,
} from './hardening-keyturn.ts';

/** What a dry run foresees, in its order; of the request itself: what becomes of it at first. */
type Outcome = 'goes on' | `refused: ${string}` | `waits: ${string}`;

/** Each is a change in the world as it is at rest, and its only risks are confirmed. */
const requests = {
  access: (world: HardeningKeyturn, dryRun: boolean) =>
    world.access([{ principalId: consumerId, roles: [{ role: languageReader, scope: 'resource-group' }] }], { dryRun }),
  keysOff: (world: HardeningKeyturn, dryRun: boolean) =>
    world.keyless(true, { identities: [consumerId], confirm: ['keys-in-use'], dryRun }),
  keysOn: (world: HardeningKeyturn, dryRun: boolean) =>
    world.keyless(false, { confirm: ['leaked-key1', 'leaked-key2'], dryRun }),
  network: (world: HardeningKeyturn, dryRun: boolean) => setNetwork(world, '203.0.113.10', dryRun),
} as const;
type Request = keyof typeof requests;

function setNetwork({ app }: HardeningKeyturn, address: string, dryRun = false) {
  const request: NetworkRequest = {
    ...{ mode: 'selected-networks' as const, ipRules: [address], subnets: null, bypass: null },
    ...{ privateEndpoint: null, privateDns: null, keyturn: null, consumers: [] },
  };
  return app.putNetwork('demo', request, { dryRun, confirm: ['cuts-off-keyturn'], ifMatch: ['*'] }, operator);
}

const nothing = async () => {};
const pause = ({ app }: HardeningKeyturn) => app.setPause({ paused: true, reason: 'fire' }, operator);
const report = ({ app }: HardeningKeyturn) =>
  app.leak('demo', { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds: 60 }, operator);
const turnKeysOff = async (world: HardeningKeyturn) => {
  await requests.keysOff(world, false);
  await world.deliver();
};
/** So that there is something to turn on; Keyturn has nothing to do with it. */
const keysOffByOthers = ({ account }: HardeningKeyturn) => {
  account.resource.properties.disableLocalAuth = true;
};
const accountBusy = ({ account }: HardeningKeyturn) => {
  account.resource.properties.provisioningState = 'Accepted';
};
const rotationIn = (kind: RotationState['kind']) => async (world: HardeningKeyturn) => {
  await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  if (kind !== 'preparing') await deliverUntil(world, () => rotationOf(world.journal)?.kind === kind);
  expect(rotationOf(world.journal)?.kind).toBe(kind);
};
const suspendedRotation = async (world: HardeningKeyturn) => {
  const { locks } = world.azure.world;
  locks.push({ scope: world.target.account.armId, name: 'no', level: 'ReadOnly' });
  await rotationIn('suspended')(world);
  locks.splice(0);
};
const adoptionAtWork = ({ journal }: HardeningKeyturn) =>
  journal.journal.restore({ ...rowOf(journal), lease: { kind: 'held', token: 'another', saveSeq: 1 } });
const blankRows = { access: noAccessAsked, keyless: keysAsEver, network: initialNetworkState };
const leased =
  (...which: readonly (keyof typeof blankRows)[]) =>
  async ({ hardeningRows: { ports }, target }: HardeningKeyturn) => {
    for (const hardening of which) {
      const found = await ports.load(target.account, hardening);
      const row = found === null ? newHardeningRow(blankRows[hardening]) : z.looseObject({}).parse(found.fields);
      const lease = { kind: 'held', token: 'another', saveSeq: 1 };
      await ports.save(target.account, hardening, { ...row, lease }, found?.etag ?? null);
    }
  };
const lostPatch = { method: 'PATCH', matches: /accounts/, times: 1 } as const;
/** Nobody knows whether Azure takes the change. */
const sentKeysOff = async (world: HardeningKeyturn) => {
  world.azure.faults.add({ ...lostPatch, fault: { kind: 'fail-before', status: 0, code: '' } });
  await requests.keysOff(world, false);
};
const provingKeysOff = async (world: HardeningKeyturn) => {
  world.azure.world.pace.localAuthMs = 3 * 3_600_000;
  await requests.keysOff(world, false);
};
const otherAccess = async (world: HardeningKeyturn) => {
  world.azure.world.pace.roleAssignmentMs = 600_000;
  await world.access([{ keyturn: true, roles: [{ role: languageReader, scope: 'resource-group' }] }]);
};

const inFlight = 'refused: in-flight';

const scenes: readonly {
  readonly says: string;
  /** Default: adopted long ago. */
  readonly isAdopted?: false;
  readonly policy?: { readonly keyless: true };
  /** Default: the account takes none when they are to be turned on. */
  readonly keysAsTheyAre?: true;
  /** Default: something is to be done. */
  readonly asAsked?: true;
  readonly scene: (world: HardeningKeyturn, request: Request) => unknown;
  readonly foreseen: Partial<Record<Request, Outcome>>;
}[] = [
  { says: 'the target is at rest', scene: nothing, foreseen: {} },
  { says: 'the target was never adopted', isAdopted: false, scene: nothing, foreseen: {} },
  {
    says: 'the instance is paused',
    scene: pause,
    foreseen: {
      access: 'refused: paused',
      keysOff: 'refused: paused',
      keysOn: 'refused: paused',
      network: 'refused: paused',
    },
  },
  {
    says: 'the instance is paused and a rotation in flight',
    scene: async (world) => {
      await rotationIn('preparing')(world);
      await pause(world);
    },
    foreseen: {
      access: 'refused: paused',
      keysOff: 'refused: paused, in-flight',
      keysOn: 'refused: paused, in-flight',
      network: 'refused: paused, in-flight',
    },
  },
  {
    says: 'a rotation prepares',
    scene: rotationIn('preparing'),
    foreseen: { keysOff: inFlight, keysOn: inFlight, network: inFlight },
  },
  {
    says: "a rotation's overlap runs",
    scene: rotationIn('overlapping'),
    foreseen: { keysOff: inFlight, keysOn: inFlight },
  },
  { says: 'a rotation is suspended', scene: suspendedRotation, foreseen: { keysOff: inFlight } },
  {
    says: 'a leaked key is being replaced',
    scene: report,
    foreseen: { keysOff: inFlight, keysOn: inFlight, network: inFlight },
  },
  {
    says: 'keys are off, and a leaked one waits until they are on',
    scene: async (world) => {
      await turnKeysOff(world);
      await report(world);
    },
    foreseen: {},
  },
  {
    says: 'another change of access is under way',
    scene: otherAccess,
    foreseen: { access: 'refused: hardening-change-running' },
  },
  {
    says: 'this very change of access is under way',
    scene: async (world) => {
      world.azure.faults.add({
        method: 'PUT',
        matches: /roleAssignments/,
        fault: { kind: 'fail-before', status: 503, code: 'Busy' },
        times: 1,
      });
      await requests.access(world, false);
    },
    foreseen: {},
  },
  {
    says: 'keys are being turned off',
    scene: provingKeysOff,
    foreseen: { keysOff: 'refused: hardening-change-running' },
  },
  {
    says: 'keys are being turned off, and Azure was asked in vain so far',
    keysAsTheyAre: true,
    scene: sentKeysOff,
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'waits: called-off' },
  },
  {
    says: 'keys of a target that was never adopted are being turned off, and Azure was asked in vain so far',
    isAdopted: false,
    keysAsTheyAre: true,
    scene: sentKeysOff,
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'waits: called-off' },
  },
  {
    says: 'keys are being turned off, and Azure was slow to show it',
    scene: async (world) => {
      await sentKeysOff(world);
      keysOffByOthers(world);
    },
    foreseen: { keysOff: 'refused: hardening-change-running' },
  },
  {
    says: 'keys are being turned off, and Azure takes no change so far',
    keysAsTheyAre: true,
    scene: async (world) => {
      world.azure.faults.add({ ...lostPatch, fault: { kind: 'fail-before', status: 409, code: 'RequestConflict' } });
      await requests.keysOff(world, false);
    },
    foreseen: { keysOff: 'refused: hardening-change-running' },
  },
  {
    says: 'others are turning keys off, and Azure is still changing the account',
    scene: (world) => {
      keysOffByOthers(world);
      accountBusy(world);
    },
    foreseen: { keysOn: 'waits: account-busy', network: 'waits: azure-working' },
  },
  {
    says: 'keys are being turned off, and a worker is at it',
    scene: async (world) => {
      await provingKeysOff(world);
      await leased('keyless')(world);
    },
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'refused: busy' },
  },
  {
    says: 'keys are being turned off, and Azure is still changing the account',
    scene: async (world) => {
      await provingKeysOff(world);
      accountBusy(world);
    },
    foreseen: {
      keysOff: 'refused: hardening-change-running',
      keysOn: 'waits: account-busy',
      network: 'waits: azure-working',
    },
  },
  {
    says: 'keys that are off by now are being turned off, and an adoption is at work',
    scene: async (world) => {
      await provingKeysOff(world);
      adoptionAtWork(world);
    },
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'waits: rotation-at-work' },
  },
  {
    says: 'keys are to be turned off once an adoption is over',
    keysAsTheyAre: true,
    scene: async (world) => {
      adoptionAtWork(world);
      await requests.keysOff(world, false);
    },
    foreseen: { keysOff: 'refused: hardening-change-running' },
  },
  {
    says: 'keys are being turned on',
    scene: async (world) => {
      await turnKeysOff(world);
      world.azure.faults.add({ ...lostPatch, fault: { kind: 'fail-before', status: 503, code: 'Busy' } });
      await requests.keysOn(world, false);
    },
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'refused: hardening-change-running' },
  },
  {
    says: 'another change of the network is under way',
    scene: (world) => setNetwork(world, '203.0.113.99'),
    foreseen: { network: 'refused: network-change-running' },
  },
  {
    says: 'this very change of the network is under way',
    scene: (world) => requests.network(world, false),
    foreseen: {},
  },
  {
    says: 'Azure is still changing the account',
    scene: accountBusy,
    foreseen: { keysOff: 'waits: account-busy', keysOn: 'waits: account-busy', network: 'waits: azure-working' },
  },
  {
    says: 'an adoption is at work',
    scene: adoptionAtWork,
    foreseen: { keysOff: 'waits: rotation-at-work', keysOn: 'waits: rotation-at-work' },
  },
  {
    says: 'a first adoption is at work',
    scene: (world) => {
      adoptionAtWork(world);
      world.journal.journal.restore({ ...rowOf(world.journal), adoptedAtMs: null });
    },
    foreseen: { keysOff: 'waits: rotation-at-work' },
  },
  {
    says: 'all is as asked, a rotation prepares and workers hold every lease',
    keysAsTheyAre: true,
    asAsked: true,
    scene: async (world, request) => {
      if (request !== 'keysOff') await rotationIn('preparing')(world);
      await leased('access', 'keyless', 'network')(world);
    },
    foreseen: { network: inFlight },
  },
  {
    says: 'all is as asked, workers hold every lease and Azure is still changing the account',
    keysAsTheyAre: true,
    asAsked: true,
    scene: async (world) => {
      await leased('access', 'keyless', 'network')(world);
      adoptionAtWork(world);
      accountBusy(world);
    },
    foreseen: {},
  },
  {
    says: 'all is as asked, and the instance is paused',
    keysAsTheyAre: true,
    asAsked: true,
    scene: pause,
    foreseen: {
      access: 'refused: paused',
      keysOff: 'refused: paused',
      keysOn: 'refused: paused',
      network: 'refused: paused',
    },
  },
  {
    says: 'a worker holds the lease of access',
    scene: leased('access'),
    foreseen: { access: 'refused: hardening-change-running' },
  },
  {
    says: 'a worker holds the lease of keyless',
    scene: leased('keyless'),
    foreseen: { keysOff: 'refused: hardening-change-running', keysOn: 'refused: hardening-change-running' },
  },
  {
    says: 'a worker holds the lease of the network',
    scene: leased('network'),
    foreseen: { network: 'refused: busy' },
  },
  {
    says: 'the settings declare the target keyless',
    policy: { keyless: true },
    scene: nothing,
    foreseen: { keysOn: 'refused: declared-keyless' },
  },
];

async function worldOf(
  { isAdopted, keysAsTheyAre, asAsked, policy, scene }: (typeof scenes)[number],
  request: Request,
) {
  const world = hardeningKeyturn(policy === undefined ? {} : { policy });
  const { armId } = world.target.account;
  for (const principal of [keyturnId, consumerId]) world.grant(principal, 'Cognitive Services Language Reader', armId);
  if (isAdopted !== false) await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
  world.clock.advance(world.target.policy.overlapMs + 2_000);
  if (asAsked === true) {
    await requests[request](world, false);
    await world.deliver();
  }
  await scene(world, request);
  if (request === 'keysOn' && keysAsTheyAre !== true) keysOffByOthers(world);
  return world;
}

type Answer = HardeningAnswer<{ readonly change?: { readonly waiting: string | null } | null }> | NetworkPutAnswer;

function foreseenBy(answer: Answer): string {
  if (answer.kind !== 'plan') throw new TypeError(JSON.stringify(answer));
  const { blockedBy, toConfirm, waitsFor }: PlanView = answer.plan;
  expect(toConfirm).toEqual([]);
  const refusals = blockedBy.length === 0 ? [] : [`refused: ${blockedBy.map(({ name }) => name).join(', ')}`];
  const outcomes = [...refusals, ...(waitsFor === null ? [] : [`waits: ${waitsFor.reason}`])];
  return outcomes.length === 0 ? 'goes on' : outcomes.join('; ');
}

/** What a change under way waits for before it goes on; what it waits for as it goes on is another thing. */
const waits = new Set(['rotation-at-work', 'account-busy', 'called-off', 'paused', 'azure-working']);

async function becameOf(world: HardeningKeyturn, answer: Answer): Promise<Outcome> {
  switch (answer.kind) {
    case 'not-now':
      return `refused: ${answer.reason}`;
    case 'applied':
      return 'goes on';
    case 'under-way': {
      const { change } = answer.view;
      const waiting = (change && 'waiting' in change && change.waiting) || '';
      return waits.has(waiting) ? `waits: ${waiting}` : 'goes on';
    }
    case 'begun': {
      const before = world.writes().length;
      const message = world.journal.queue.find(({ wakeUp }) => wakeUp.area === 'network');
      if (message !== undefined) await world.app.advance(message.wakeUp);
      const read = await world.app.readNetwork('demo');
      const reason = read.kind === 'found' ? (read.view.change?.reason ?? '') : '';
      return waits.has(reason) && world.writes().length === before ? `waits: ${reason}` : 'goes on';
    }
    default:
      throw new TypeError(JSON.stringify(answer));
  }
}

/** The first of several refusals is the one that the request meets. */
const first = (outcome: Outcome) => outcome.split(/[,;] /)[0];

describe.each(Object.keys(requests) as Request[])('what a dry run of %s foresees happens to the request', (request) => {
  // Those that do not concern it are alike.
  const others = tried(
    scenes.filter(({ foreseen }) => foreseen[request] === undefined),
    6,
  );
  const concerning = scenes.filter(({ foreseen }) => foreseen[request] !== undefined);
  it.each([...concerning, ...others].map((scene) => [scene.says, scene] as const))('while %s', async (_, scene) => {
    const foreseen = scene.foreseen[request] ?? 'goes on';
    const world = await worldOf(scene, request);
    const before = world.writes().length;
    expect(foreseenBy(await requests[request](world, true))).toBe(foreseen);
    expect(world.writes()).toHaveLength(before);
    expect(await becameOf(world, await requests[request](world, false))).toBe(first(foreseen));
  });
});
