import fc from 'fast-check';
import { slots } from '../../src/shared/slot.ts';
import type { Delivery } from '../memory-world/life.ts';
import { outsideActs } from '../rotation/schedules.ts';
import { type DisturbanceKind, disturbances } from './disturbances.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** States that wait for something; each has a deadline that some run must outlive. */
export const waitingStates = [
  'preparing',
  'regenerating',
  'publishing',
  'probing',
  'switching',
  'overlapping',
  'retiring',
  'restocking',
  'confirming',
  'rolling-back',
  'cancelling',
] as const;

type WaitingState = (typeof waitingStates)[number];

export const operatorActions = [
  'rollback',
  'cancel',
  'hold',
  'release-hold',
  'expedite',
  'resume',
  'repair',
  'pause',
  'second-start',
  'second-sweep',
  'second-adopt',
] as const;

/** What people outside do; that the account is busy is a disturbance of its own. */
export const peopleActs = outsideActs.filter((act) => act !== 'account-accepted');

const disturbanceKinds = Object.keys(disturbances) as DisturbanceKind[];

const moment = fc.oneof(
  fc.integer({ min: 0, max: 4 * minuteMs }),
  fc.integer({ min: 118 * minuteMs, max: 126 * minuteMs }),
  fc.integer({ min: 0, max: 260 * minuteMs }),
);

const disturbance = fc.record({
  // What has won attacks before comes more often.
  kind: fc.constantFrom(...disturbanceKinds, 'crash', 'crash', 'freeze', 'applied-late', 'reply-lost'),
  during: fc.constantFrom(null, null, ...waitingStates),
  skip: fc.oneof(fc.nat(4), fc.nat(130)),
  variant: fc.nat(11),
});

const operatorAct = fc.record({ afterMs: moment, action: fc.constantFrom(...operatorActions) });
const peopleAct = fc.record({ afterMs: moment, act: fc.constantFrom(...peopleActs) });

/** One run, entirely: a run of the same plan is the same run. */
export const soakPlan = fc.record({
  layout: fc.constantFrom(
    { kind: 'pointer' } as const,
    { kind: 'direct', directSecretName: 'ai-services-key' } as const,
  ),
  activeSlot: fc.constantFrom(...slots),
  disturbances: fc.array(disturbance, { maxLength: 5 }),
  operators: fc.array(operatorAct, { maxLength: 2 }),
  // Most runs are nobody's but Keyturn's: there nothing may fail at all.
  people: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(peopleAct, { minLength: 1, maxLength: 2 }) },
  ),
  rowDeletedAfterMs: fc.oneof(
    { weight: 15, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(130 * minuteMs) },
  ),
  deliveries: fc.array(
    fc.constantFrom<Delivery>([0], [0], [0], [], [0, 0], [0, 30], [0, 5 * minuteMs], [4 * minuteMs]),
    { maxLength: 6 },
  ),
  latencyMs: fc.constantFrom(10, 60, 150),
  newKeyRefusedMs: fc.constantFrom(0, 0, 25_000, 5 * minuteMs),
  oldKeyAcceptedMs: fc.constantFrom(0, 0, 3 * hourMs, 30 * hourMs),
  listKeysAgeMs: fc.constantFrom(0, 0, 4_900),
  vaultAheadMs: fc.constantFrom(0, -95_300, 80_700),
  wallAheadMs: fc.constantFrom(0, -600_000, 600_000),
});

export type SoakPlan = typeof soakPlan extends fc.Arbitrary<infer T> ? T : never;

const calm: SoakPlan = {
  layout: { kind: 'pointer' },
  activeSlot: 'key1',
  disturbances: [],
  operators: [],
  people: [],
  rowDeletedAfterMs: null,
  deliveries: [],
  latencyMs: 60,
  newKeyRefusedMs: 0,
  oldKeyAcceptedMs: 0,
  listKeysAgeMs: 0,
  vaultAheadMs: 0,
  wallAheadMs: 0,
};

const strike = (kind: DisturbanceKind, during: WaitingState | null) => [{ kind, during, skip: 0, variant: 0 }];

/** Where a disturbance bites for certain. */
const biteIn: Partial<Record<DisturbanceKind, WaitingState>> = { 'vault-read-only': 'publishing' };

const peoplePlans: Partial<Record<(typeof peopleActs)[number], Partial<SoakPlan>>> = {
  'rewrite-direct': { layout: { kind: 'direct', directSecretName: 'ai-services-key' } },
  // Something must have been stored by others before it can be restored.
  'restore-pointer': { people: [{ afterMs: 50 * minuteMs, act: 'pointer-there-and-back' }] },
  'restore-key1': {
    activeSlot: 'key2',
    people: [
      { afterMs: 50 * minuteMs, act: 'swap-value' },
      { afterMs: 60 * minuteMs, act: 'swap-value' },
    ],
  },
};

/** A good moment: the new key is being tried. */
const cancelAfterMs = 20_000;

/** States that only an operator leads to. */
const undoing: Partial<Record<WaitingState, SoakPlan['operators']>> = {
  'rolling-back': [{ afterMs: hourMs, action: 'rollback' }],
  cancelling: [{ afterMs: cancelAfterMs, action: 'cancel' }],
};

/** Each thing that a soak must have met, alone in a run of its own: the first runs of every soak. */
export const singlePlans: readonly SoakPlan[] = [
  ...disturbanceKinds.map((kind) => ({ ...calm, disturbances: strike(kind, biteIn[kind] ?? null) })),
  ...waitingStates.map((state) => ({
    ...calm,
    disturbances: strike('outage', state),
    operators: undoing[state] ?? [],
  })),
  ...operatorActions.map((action) => ({
    ...calm,
    disturbances: action === 'resume' ? strike('azure-policy', null) : [],
    operators: [
      ...(action === 'release-hold' ? [{ afterMs: hourMs, action: 'hold' as const }] : []),
      // Cancelling is possible only before the switch, the others after it.
      { afterMs: action === 'cancel' ? cancelAfterMs : hourMs + minuteMs, action },
    ],
  })),
  ...peopleActs.map((act) => ({
    ...calm,
    ...peoplePlans[act],
    people: [...(peoplePlans[act]?.people ?? []), { afterMs: 70 * minuteMs, act }],
  })),
  { ...calm, rowDeletedAfterMs: hourMs },
  { ...calm, deliveries: [[0, 0]] },
  { ...calm, deliveries: [[]] },
  { ...calm, deliveries: [[4 * minuteMs]] },
  { ...calm, deliveries: [[0, 5 * minuteMs]] },
  { ...calm, newKeyRefusedMs: 5 * minuteMs },
  { ...calm, oldKeyAcceptedMs: 3 * hourMs },
  // Keys are listed soon after a regenerate only where its reply was lost.
  {
    ...calm,
    listKeysAgeMs: 4_900,
    disturbances: [{ kind: 'regenerate-202', during: null, skip: 0, variant: 3 }],
  },
  { ...calm, vaultAheadMs: 80_700, wallAheadMs: -600_000 },
];
