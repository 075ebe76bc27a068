import fc from 'fast-check';
import { slots } from '../../../src/shared/slot.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Delivery } from '../../memory-world/life.ts';
import type { Fault } from '../../memory-world/worker.ts';

const minuteMs = 60_000;

/** One fault: it strikes the call of that number, and the next ones of the same operation, `times` in all. */
export interface Strike {
  readonly at: number;
  readonly times: number;
  readonly fault: Fault;
}

const failures: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constant('not-applied' as const),
    code: fc.constantFrom('429', '500', 'AccountProvisioningStateInvalid'),
    retryAfterMs: fc.constantFrom(null, 3_000, 40_000),
  }),
  fc.record({
    kind: fc.constant('no-reply' as const),
    forMs: fc.constantFrom(200, 30_000),
    appliedAfterMs: fc.constantFrom(null, 10, 5_000, 60_000, 119_000),
  }),
  fc.record({ kind: fc.constant('slow' as const), forMs: fc.constantFrom(2_000, 6_000, 25_000) }),
  fc.constantFrom<Fault>(
    { kind: 'refused', reason: 'vault-access-denied' },
    { kind: 'refused', reason: 'vault-read-only' },
    { kind: 'refused', reason: 'resource-lock' },
    { kind: 'crash', when: 'before' },
    { kind: 'crash', when: 'after' },
  ),
  fc.record({
    kind: fc.constant('crash' as const),
    when: fc.constant('in-flight' as const),
    appliedAfterMs: fc.constantFrom(10, 40_000, 119_000),
  }),
  fc.record({
    kind: fc.constant('freeze' as const),
    forMs: fc.constantFrom(7_000, 45_000, 90_000, 20 * minuteMs),
    machine: fc.boolean(),
    when: fc.constantFrom('before' as const, 'after' as const),
  }),
);

const strike: fc.Arbitrary<Strike> = fc.record({
  at: fc.nat(130),
  times: fc.constantFrom(1, 1, 1, 3, 40),
  fault: failures,
});

const deliveries = fc.array(
  fc.constantFrom<Delivery>([0], [0], [0], [], [0, 0], [0, 30], [0, 5 * minuteMs], [4 * minuteMs]),
  { maxLength: 6 },
);

/** When after the start, and what; the rotation is the one in flight then. */
const operatorActs = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 4 * minuteMs }), fc.integer({ min: 0, max: 300 * minuteMs })),
    action: fc.constantFrom(
      'roll-back' as const,
      'cancel' as const,
      'expedite' as const,
      'resume' as const,
      'start' as const,
      'sweep' as const,
      'adopt' as const,
      'repair' as const,
      'hold' as const,
      'pause' as const,
      'leak-active' as const,
      'leak-inactive' as const,
    ),
  }),
  { maxLength: 3 },
);

export const faultSchedule = fc.record({
  layout: fc.constantFrom(
    { kind: 'pointer' } as const,
    { kind: 'direct', directSecretName: 'ai-services-key' } as const,
  ),
  activeSlot: fc.constantFrom(...slots),
  strikes: fc.array(strike, { maxLength: 4 }),
  deliveries,
  operatorActs,
  latencyMs: fc.constantFrom(10, 60, 150),
  newKeyRefusedMs: fc.constantFrom(0, 25_000, 5 * minuteMs),
  oldKeyAcceptedMs: fc.constantFrom(0, 0, 180 * minuteMs),
  listKeysAgeMs: fc.constantFrom(0, 0, 4_900),
  vaultAheadMs: fc.constantFrom(0, -95_300, 80_700),
  wallAheadMs: fc.constantFrom(0, -600_000, 600_000),
});

export type FaultSchedule = typeof faultSchedule extends fc.Arbitrary<infer T> ? T : never;

export const outsideActs = [
  'regenerate-active',
  'regenerate-inactive',
  'move-pointer',
  'pointer-there-and-back',
  'restore-pointer',
  'restore-key1',
  'swap-value',
  'swap-copy',
  'rewrite-direct',
  'disable-inactive-secret',
  'disable-pointer',
  'delete-inactive-secret',
  'recreate-account',
  'local-auth-off',
  'account-accepted',
  'restore-row',
  'other-instance-claims',
] as const;

/** What a person may do to each secret, so that an adoption or a repair meets it. */
export const secretActs = [
  'disable-active-secret',
  'delete-active-secret',
  'delete-pointer',
  'disable-direct',
  'delete-direct',
  'disable-endpoint',
  'delete-endpoint',
] as const;

export const outsideSchedule = fc.record({
  faults: faultSchedule,
  acts: fc.array(
    fc.record({
      afterMs: fc.oneof(
        fc.integer({ min: 0, max: 3 * minuteMs }),
        fc.integer({ min: 115 * minuteMs, max: 126 * minuteMs }),
        fc.integer({ min: 0, max: 260 * minuteMs }),
      ),
      act: fc.constantFrom(...outsideActs),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Hands out a schedule's faults, call by call. */
export function striker(strikes: readonly Strike[]): (call: Call, effect: 'read' | 'write') => Fault | null {
  let calls = -1;
  const lasting = new Map<string, { fault: Fault; left: number }>();
  return ({ service, operation }) => {
    calls += 1;
    const name = `${service} ${operation}`;
    const hit = strikes.find(({ at }) => at === calls);
    if (hit !== undefined) {
      lasting.set(name, { fault: hit.fault, left: hit.times });
    }
    const going = lasting.get(name);
    if (going === undefined || going.left === 0) return null;
    going.left -= 1;
    // The journal and the queue know no refusal that a person must lift, and a node of the endpoint no crash of its own.
    return going.fault.kind === 'refused' && service !== 'arm' && service !== 'vault' ? null : going.fault;
  };
}
