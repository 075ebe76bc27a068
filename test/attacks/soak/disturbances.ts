import type { Call } from '../../memory-world/call.ts';
import type { Fault } from '../../memory-world/worker.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** What can befall calls: each strikes the calls that `hits` names, with one of its `faults`, for one of `lastsMs`. */
interface Disturbing {
  readonly hits: (call: Call, effect: 'read' | 'write') => boolean;
  /** Chosen by the plan's variant; of two given by effect, a call takes its own. */
  readonly faults: readonly (Fault | { readonly read: Fault; readonly write: Fault })[];
  /** How long it goes on after it first struck; 0: one call. */
  readonly lastsMs: readonly number[];
}

const isAzure = ({ service }: Call) => service === 'arm' || service === 'vault';
const isWrite = (_: Call, effect: 'read' | 'write') => effect === 'write';
const noReply = (forMs: number, appliedAfterMs: number | null): Fault => ({ kind: 'no-reply', forMs, appliedAfterMs });
const notApplied = (code: string, retryAfterMs: number | null = null): Fault => ({
  kind: 'not-applied',
  code,
  retryAfterMs,
});

export const disturbances = {
  throttled: {
    hits: (call) => isAzure(call) || call.service === 'endpoint',
    faults: [notApplied('429', 3 * secondMs), notApplied('429', 40 * secondMs), notApplied('429', 10 * minuteMs)],
    lastsMs: [0, minuteMs, 20 * minuteMs],
  },
  /** As a used-up quota does: a word of days, which nobody may believe for long, for an hour or past every deadline. */
  'throttled-for-days': {
    hits: (call) => isAzure(call) || call.service === 'endpoint',
    faults: [notApplied('429', 15 * 24 * hourMs), notApplied('quota-used-up', 24 * hourMs)],
    lastsMs: [hourMs, 0, 40 * hourMs],
  },
  /** Refusals that no code calls passing: until somebody changes something. */
  'refused-for-good': {
    hits: isAzure,
    faults: (['deny-assignment', 'subscription-disabled', 'unknown-refusal', 'token-invalid'] as const).map(
      (reason): Fault => ({ kind: 'refused', reason }),
    ),
    lastsMs: [minuteMs, 3 * hourMs, 40 * hourMs],
  },
  'server-error': {
    hits: () => true,
    faults: [
      { read: notApplied('500'), write: noReply(200, null) },
      { read: notApplied('503'), write: noReply(200, 10) },
    ],
    lastsMs: [0, 10 * secondMs, 5 * minuteMs],
  },
  timeout: { hits: () => true, faults: [noReply(30 * secondMs, null)], lastsMs: [0, minuteMs] },
  'connection-reset': { hits: () => true, faults: [noReply(150, null)], lastsMs: [0, 3 * secondMs] },
  'reply-lost': { hits: isWrite, faults: [noReply(200, 10), noReply(30 * secondMs, 5 * secondMs)], lastsMs: [0] },
  'applied-late': {
    hits: isWrite,
    faults: [noReply(30 * secondMs, minuteMs), noReply(30 * secondMs, 119 * secondMs), noReply(200, 119 * secondMs)],
    lastsMs: [0],
  },
  'slow-call': {
    hits: () => true,
    faults: [2, 6, 25].map((seconds): Fault => ({ kind: 'slow', forMs: seconds * secondMs })),
    lastsMs: [0, 10 * secondMs],
  },
  'vault-denied': {
    hits: ({ service }) => service === 'vault',
    faults: [{ kind: 'refused', reason: 'vault-access-denied' }],
    lastsMs: [minuteMs, 10 * minuteMs, 40 * minuteMs],
  },
  'vault-read-only': {
    hits: ({ service }, effect) => service === 'vault' && effect === 'write',
    faults: [{ kind: 'refused', reason: 'vault-read-only' }],
    lastsMs: [5 * minuteMs, 3 * hourMs, 40 * hourMs],
  },
  // A ReadOnly lock blocks every POST on the account.
  'resource-lock': {
    hits: ({ service, operation }) => service === 'arm' && operation !== 'get',
    faults: [{ kind: 'refused', reason: 'resource-lock' }],
    lastsMs: [minuteMs, 3 * hourMs],
  },
  'azure-policy': {
    hits: ({ operation }) => operation === 'regenerate',
    faults: [{ kind: 'refused', reason: 'azure-policy' }],
    lastsMs: [minuteMs, 3 * hourMs],
  },
  'account-accepted': {
    hits: ({ service }) => service === 'arm',
    faults: [notApplied('AccountProvisioningStateInvalid')],
    lastsMs: [10 * secondMs, 10 * minuteMs],
  },
  'regenerate-202': {
    hits: ({ operation }) => operation === 'regenerate',
    // The last one is applied just before its caller gives up, so that the look comes while `listKeys` may be stale.
    faults: [10, 5 * secondMs, 40 * secondMs]
      .map((appliedAfterMs) => noReply(200, appliedAfterMs))
      .concat(noReply(30 * secondMs, 29 * secondMs)),
    lastsMs: [0],
  },
  'storage-restart': {
    hits: ({ service }) => service === 'journal' || service === 'queue',
    faults: [
      { read: notApplied('503'), write: noReply(150, null) },
      { read: notApplied('503'), write: noReply(150, 10) },
    ],
    lastsMs: [5 * secondMs, minuteMs, 20 * minuteMs],
  },
  /** Tables and queues that take what they are told and answer too late, or not at all. */
  'storage-timeouts': {
    hits: ({ service }) => service === 'journal' || service === 'queue',
    faults: [
      { read: notApplied('timeout'), write: noReply(30 * secondMs, 10) },
      { read: { kind: 'slow', forMs: 20 * secondMs }, write: noReply(30 * secondMs, null) },
      { read: notApplied('ServerBusy', 3 * secondMs), write: noReply(500, 400) },
    ],
    lastsMs: [0, 20 * secondMs, 3 * minuteMs],
  },
  crash: {
    hits: () => true,
    faults: [
      { kind: 'crash', when: 'before' },
      { kind: 'crash', when: 'after' },
      { kind: 'crash', when: 'in-flight', appliedAfterMs: 10 },
      { kind: 'crash', when: 'in-flight', appliedAfterMs: 119 * secondMs },
    ],
    lastsMs: [0],
  },
  freeze: {
    hits: () => true,
    faults: [7 * secondMs, 45 * secondMs, 20 * minuteMs].flatMap((forMs): Fault[] => [
      { kind: 'freeze', forMs, machine: false, when: 'before' },
      { kind: 'freeze', forMs, machine: true, when: 'before' },
      { kind: 'freeze', forMs, machine: true, when: 'after' },
    ]),
    lastsMs: [0],
  },
  /** Long enough for every deadline: a state that needs the service waits until its own is over. */
  outage: {
    hits: ({ service }) => service === 'arm' || service === 'vault' || service === 'endpoint',
    faults: [notApplied('503')],
    lastsMs: [40 * hourMs],
  },
} as const satisfies Record<string, Disturbing>;

export type DisturbanceKind = keyof typeof disturbances;

/** A disturbance in a plan: it begins at the call of number `skip` of those that it hits in state `during`. */
export interface Disturbance {
  readonly kind: DisturbanceKind;
  /** A state of the rotation; null: whichever. */
  readonly during: string | null;
  readonly skip: number;
  readonly variant: number;
}

export interface Struck {
  readonly kind: DisturbanceKind;
  readonly fault: Fault;
  /** How long the disturbance goes on, milliseconds. */
  readonly lastsMs: number;
  readonly isFirst: boolean;
}

/** Hands out a plan's disturbances, call by call. */
export function disturber(plan: readonly Disturbance[], nowMs: () => number, state: () => string) {
  const going = plan.map((disturbance) => ({ disturbance, left: disturbance.skip, untilMs: Number.NaN }));
  return (call: Call, effect: 'read' | 'write'): Struck | null => {
    for (const one of going) {
      const { kind, during, variant } = one.disturbance;
      const { hits, faults, lastsMs }: Disturbing = disturbances[kind];
      if (!hits(call, effect)) continue;
      const isFirst = Number.isNaN(one.untilMs);
      if (isFirst && during !== null && during !== state()) continue;
      if (isFirst && one.left > 0) {
        one.left -= 1;
        continue;
      }
      const forMs = lastsMs[variant % lastsMs.length] ?? 0;
      if (isFirst) one.untilMs = nowMs() + forMs;
      else if (nowMs() >= one.untilMs) continue;
      const fault = faults[variant % faults.length];
      if (fault !== undefined) return { kind, lastsMs: forMs, isFirst, fault: 'read' in fault ? fault[effect] : fault };
    }
    return null;
  };
}
