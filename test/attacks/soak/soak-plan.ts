import fc from 'fast-check';
import { slots } from '../../../src/shared/slot.ts';
import type { Delivery } from '../../memory-world/life.ts';
import { outsideActs, secretActs } from '../../rotation/whole/schedules.ts';
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
  'updating-copies',
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
  'rollback-confirmed',
  'cancel',
  'cancel-confirmed',
  'hold',
  'hold-confirmed',
  'release-hold',
  'expedite',
  'resume',
  'repair',
  'pause',
  'leak-active',
  'leak-inactive',
  'leak-preview',
  'take-over',
  'second-start',
  'second-sweep',
  'second-adopt',
] as const;

/** What people outside do; that the account is busy is a disturbance of its own. */
export const peopleActs = [...outsideActs.filter((act) => act !== 'account-accepted'), ...secretActs];

const disturbanceKinds = Object.keys(disturbances) as DisturbanceKind[];

const moment = fc.oneof(
  fc.integer({ min: 0, max: 4 * minuteMs }),
  fc.integer({ min: 118 * minuteMs, max: 126 * minuteMs }),
  fc.integer({ min: 0, max: 260 * minuteMs }),
);

const disturbance = fc.record({
  // What has won attacks before comes more often.
  kind: fc.constantFrom(
    ...disturbanceKinds,
    ...(['crash', 'crash', 'freeze', 'applied-late', 'reply-lost', 'regenerate-202', 'regenerate-202'] as const),
  ),
  during: fc.constantFrom(null, null, ...waitingStates),
  skip: fc.oneof(fc.nat(4), fc.nat(130)),
  variant: fc.nat(11),
});

const operatorAct = fc.record({ afterMs: moment, action: fc.constantFrom(...operatorActions) });
const peopleAct = fc.record({ afterMs: moment, act: fc.constantFrom(...peopleActs) });
/** Held for a while, let go by the same operator: by itself, each is seldom asked where it is possible. */
const holdAndRelease = fc
  .record({
    afterMs: fc.integer({ min: 5 * minuteMs, max: 110 * minuteMs }),
    forMs: fc.integer({ min: minuteMs, max: 35 * minuteMs }),
  })
  .map(({ afterMs, forMs }) => [
    { afterMs, action: 'hold' as const },
    { afterMs: afterMs + forMs, action: 'release-hold' as const },
  ]);
/** Something must have been stored by others before it can be restored. */
const swapAndRestore = fc
  .record({
    afterMs: fc.integer({ min: 10 * minuteMs, max: 100 * minuteMs }),
    forMs: fc.integer({ min: 5 * minuteMs, max: 20 * minuteMs }),
  })
  .map(({ afterMs, forMs }) => [
    { afterMs, act: 'swap-value' as const },
    { afterMs: afterMs + forMs, act: 'swap-value' as const },
    { afterMs: afterMs + 2 * forMs, act: 'restore-key1' as const },
  ]);

/** One run, entirely: a run of the same plan is the same run. */
export const soakPlan = fc.record({
  layout: fc.constantFrom(
    { kind: 'pointer' } as const,
    { kind: 'direct', directSecretName: 'ai-services-key' } as const,
  ),
  /** Names of copies, which the target's consumers keep for five minutes. */
  copies: fc.constantFrom<readonly string[]>([], [], ['web'], ['web', 'worker']),
  activeSlot: fc.constantFrom(...slots),
  disturbances: fc.array(disturbance, { maxLength: 5 }),
  operators: fc.oneof(
    { weight: 9, arbitrary: fc.array(operatorAct, { maxLength: 2 }) },
    { weight: 1, arbitrary: holdAndRelease },
  ),
  // Most runs are nobody's but Keyturn's: there nothing may fail at all.
  people: fc.oneof(
    { weight: 15, arbitrary: fc.constant([]) },
    { weight: 5, arbitrary: fc.array(peopleAct, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: swapAndRestore },
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
  /** A worker's wall clock is set to be so far ahead at the call of that number: clocks are corrected in mid-work. */
  wallJump: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        atCall: fc.integer({ min: 2, max: 40 }),
        toMs: fc.constantFrom(-1_200_000, -90_000, 1_200_000),
      }),
    },
  ),
});

export type SoakPlan = typeof soakPlan extends fc.Arbitrary<infer T> ? T : never;

/** A rotation that nothing befalls. */
export const calm: SoakPlan = {
  layout: { kind: 'pointer' },
  copies: [],
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
  wallJump: null,
};

const strike = (kind: DisturbanceKind, during: WaitingState | null) => [{ kind, during, skip: 0, variant: 0 }];

/** Where a disturbance bites for certain. */
const biteIn: Partial<Record<DisturbanceKind, WaitingState>> = { 'vault-read-only': 'publishing' };

const directLayout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
/** Found as it was left, and put right. */
const thenRepaired: Partial<SoakPlan> = {
  layout: directLayout,
  operators: [
    { afterMs: 80 * minuteMs, action: 'repair' },
    { afterMs: 90 * minuteMs, action: 'second-adopt' },
  ],
};

const peoplePlans: Partial<Record<(typeof peopleActs)[number], Partial<SoakPlan>>> = {
  'rewrite-direct': { layout: directLayout },
  'swap-copy': { copies: ['web'] },
  ...Object.fromEntries(secretActs.map((act) => [act, thenRepaired])),
  // Something must have been stored by others before it can be restored.
  'restore-pointer': { people: [{ afterMs: 50 * minuteMs, act: 'pointer-there-and-back' }] },
  // By then the rotation has seen whose the pointer is, and waits for a person.
  'other-instance-claims': { operators: [{ afterMs: 5 * hourMs, action: 'take-over' }] },
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

/** A leak is reported when nothing runs; then `action` is asked. */
function leakThen(afterMs: number, action: (typeof operatorActions)[number]): SoakPlan['operators'] {
  return [
    { afterMs: 5 * hourMs, action: 'leak-active' },
    { afterMs: 5 * hourMs + afterMs, action },
  ];
}

/** States that only an operator leads to. */
const undoing: Partial<Record<WaitingState, SoakPlan['operators']>> = {
  'rolling-back': [{ afterMs: hourMs, action: 'rollback' }],
  cancelling: [{ afterMs: cancelAfterMs, action: 'cancel' }],
};

/** Before its regenerate is in doubt, whatever fails in `retiring` leads back to the overlap: only then it waits in it. */
const outageIn: Partial<Record<WaitingState, SoakPlan['disturbances']>> = {
  retiring: [
    { kind: 'regenerate-202', during: 'retiring', skip: 0, variant: 0 },
    { kind: 'outage', during: 'retiring', skip: 3, variant: 0 },
  ],
};

/** Each thing that a soak must have met, by itself in a run of its own: the first runs of every soak. */
export const singlePlans: readonly SoakPlan[] = [
  ...disturbanceKinds.map((kind) => ({ ...calm, disturbances: strike(kind, biteIn[kind] ?? null) })),
  ...waitingStates.map((state) => ({
    ...calm,
    copies: state === 'updating-copies' ? ['web'] : [],
    disturbances: outageIn[state] ?? strike('outage', state),
    operators: undoing[state] ?? [],
  })),
  ...operatorActions
    .filter((action) => !action.endsWith('-confirmed'))
    .map((action) => ({
      ...calm,
      disturbances: action === 'resume' ? strike('azure-policy', null) : [],
      operators: [
        ...(action === 'release-hold' ? [{ afterMs: hourMs, action: 'hold' as const }] : []),
        // Cancelling is possible only before the switch, the others after it.
        { afterMs: action === 'cancel' ? cancelAfterMs : hourMs + minuteMs, action },
      ],
    })),
  // While a leaked key is replaced: asked as if it were none, and with the confirmation that names it.
  ...(['rollback', 'cancel', 'hold'] as const).map((action) => ({
    ...calm,
    operators: leakThen(action === 'cancel' ? cancelAfterMs : hourMs, action),
  })),
  ...(['rollback-confirmed', 'cancel-confirmed', 'hold-confirmed'] as const).map((action) => ({
    ...calm,
    operators: leakThen(action === 'cancel-confirmed' ? cancelAfterMs : hourMs, action),
  })),
  { ...calm, operators: leakThen(minuteMs, 'leak-active') },
  { ...calm, operators: leakThen(cancelAfterMs, 'leak-inactive') },
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
  { ...calm, wallJump: { atCall: 12, toMs: -1_200_000 } },
  { ...calm, wallJump: { atCall: 12, toMs: 1_200_000 } },
  // A worker that dies with the lease in its hand, in the middle of a rotation.
  { ...calm, disturbances: [{ kind: 'crash', during: 'switching', skip: 2, variant: 0 }] },
  // The endpoint, too, asks to be left alone.
  { ...calm, disturbances: [{ kind: 'throttled', during: 'probing', skip: 0, variant: 1 }] },
  { ...calm, disturbances: [{ kind: 'throttled', during: 'confirming', skip: 1, variant: 2 }] },
  { ...calm, activeSlot: 'key2', operators: [{ afterMs: 0, action: 'leak-inactive' }] },
  { ...calm, operators: [{ afterMs: 0, action: 'leak-active' }] },
];
