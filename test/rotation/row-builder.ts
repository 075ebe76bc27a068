import { expect } from 'vitest';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { Decision, DecisionContext } from '../../src/rotation/decision.ts';
import type { ActiveState, LeakedKey, States, SuspendedState } from '../../src/rotation/state.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

export const nowMs = Date.UTC(2026, 0, 5, 12);
export const hourMs = 3_600_000;
const target = buildTarget();
const print = (text: string) => text as Fingerprint;

/** Prints by letter: `old1`, `old2` before; `new2` the new key; key1 was active, key2 idle. */
export const fingerprintsBefore = { key1: print('old1'), key2: print('old2') };
export const newFingerprint = print('new2');
export const keysSwitched = { key1: print('old1'), key2: newFingerprint };

const common = {
  rotationId: 'r1',
  cause: 'operator',
  startedBy: 'operator-1',
  startedAtMs: nowMs - hourMs,
  salt: 'salt',
  overlap: { ms: 2 * hourMs, by: 'target', reason: 'policy' },
  newSlot: 'key2',
  stateSinceMs: nowMs,
  deadlineMs: nowMs + hourMs,
  attempts: 0,
  lastFailure: null,
  waiting: null,
  retrying: null,
  leaked: null,
  leftBehind: [] as string[],
  revalidation: null,
} as const;
const versionsBefore = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const published = { fingerprintsBefore, versionsBefore, newFingerprint };
const switched = {
  ...published,
  followed: { pointer: 'p2', key: 'v3', direct: null },
  switchedAtVaultMs: nowMs - 3 * hourMs,
  readers: null,
};

const states: { readonly [K in ActiveState['kind']]: States[K] } = {
  preparing: {
    kind: 'preparing',
    ...common,
    gateUntilMs: null,
    vaultVerifiedAtMs: nowMs,
    writtenCopy: null,
    verifiedCopies: [],
  },
  regenerating: {
    kind: 'regenerating',
    ...common,
    fingerprintsBefore,
    versionsBefore,
    vaultVerifiedAtMs: nowMs,
    sent: null,
    firstLook: null,
  },
  publishing: { kind: 'publishing', ...common, ...published, storedAtMs: null, firstLook: null },
  probing: { kind: 'probing', ...common, ...published, newSecretVersion: 'v3', accepted: 0, acceptedSinceMs: null },
  switching: { kind: 'switching', ...common, ...published, newSecretVersion: 'v3', sent: null, firstLook: null },
  'updating-copies': { kind: 'updating-copies', ...common, ...switched, overlapUntilMs: nowMs, writtenCopy: null },
  overlapping: { kind: 'overlapping', ...common, ...switched, overlapUntilMs: nowMs, held: null },
  retiring: {
    kind: 'retiring',
    ...common,
    ...switched,
    overlapUntilMs: nowMs,
    provedAtMs: nowMs,
    sent: null,
    firstLook: null,
  },
  restocking: {
    kind: 'restocking',
    ...common,
    ...switched,
    newInactiveFingerprint: print('new1'),
    storedAtMs: null,
    firstLook: null,
  },
  confirming: {
    kind: 'confirming',
    ...common,
    ...switched,
    newInactiveFingerprint: print('new1'),
    newInactiveSecretVersion: 'v4',
    agreed: false,
    refusal: null,
    copyLooks: 0,
    superseded: [],
    giveUpAtMs: nowMs + 24 * hourMs,
  },
  'rolling-back': {
    kind: 'rolling-back',
    ...common,
    ...switched,
    overlapUntilMs: nowMs + hourMs,
    requestedBy: 'operator-1',
    sent: null,
  },
  cancelling: {
    kind: 'cancelling',
    ...common,
    requestedBy: 'operator-1',
    before: { fingerprints: fingerprintsBefore, versions: versionsBefore },
    sent: null,
    firstLook: null,
    storedAtMs: null,
    superseded: [],
  },
};

/** A state as the default rotation has it, in which key1 was active; a test names only what matters to it. */
export function buildState<K extends ActiveState['kind']>(kind: K, change: Partial<States[K]> = {}): States[K] {
  return { ...states[kind], ...change } as States[K];
}

/** A rotation that waits for a person, since its pointer was moved while it tried the new key. */
export function buildSuspended(change: Partial<SuspendedState> = {}): SuspendedState {
  return { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from: buildState('probing'), ...change };
}

export function buildContext(change: Partial<DecisionContext> = {}): DecisionContext {
  return {
    nowMs,
    armId: target.account.armId,
    internalId: 'i1',
    instance: 'here',
    settleUntilMs: 0,
    lastSeen: null,
    superseded: [],
    copies: [],
    seenCopies: [],
    policy: target.policy,
    secretNames: { key1: 'ai-services-key1', key2: 'ai-services-key2', direct: null },
    random: 0,
    ...change,
  };
}

/** A leak of key1 that was reported just now: no look has met it yet. */
export function buildLeak(change: Partial<LeakedKey> = {}): LeakedKey {
  return {
    ...{ slot: 'key1', rotationId: 'r2', atMs: nowMs, overlapMs: 60_000, by: 'operator-2', reason: null, seen: null },
    ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
    ...change,
  };
}

/** The row of an adopted target without a rotation. */
export function buildRow(change: Partial<AccountRow> = {}): AccountRow {
  return {
    schemaVersion: 1,
    armId: target.account.armId,
    target: 'demo',
    internalId: 'i1',
    accountKind: 'AIServices',
    endpoint: 'https://contoso/',
    accountLocation: 'eastus',
    vaultUrl: target.vaultUrl,
    prefix: target.prefix,
    directSecretName: null,
    instance: 'here',
    lease: { kind: 'released', token: 'of-before', saveSeq: 1 },
    settleUntilMs: 0,
    inDoubt: null,
    lastSeen: null,
    copies: [],
    lastDone: null,
    adoptedAtMs: nowMs - 100 * 24 * hourMs,
    firstRotationConfirmedBy: 'operator-1',
    superseded: [],
    operatorRequest: null,
    leak: null,
    leaks: [],
    leakGoneAtMs: null,
    requestRefused: null,
    rotation: null,
    lastEnd: null,
    foundValidity: null,
    wakeAtMs: null,
    wakeSeq: 7,
    ...change,
  };
}

/** Hours that each state has, beyond the wait that is its purpose. */
const hoursOf: Readonly<Partial<Record<ActiveState['kind'], number>>> = {
  ...{ preparing: 24, regenerating: 1, publishing: 24, probing: 2, switching: 24, 'updating-copies': 24 },
  ...{ overlapping: 24, retiring: 1 },
  ...{ restocking: 24, confirming: 24, 'rolling-back': 1, cancelling: 1 },
};

/** A state that is entered begins now, with the deadline of its own kind. */
export function expectOwnDeadline(decision: Decision): void {
  if (decision.kind !== 'enter') return;
  const { state } = decision;
  const waitMs = state.kind === 'overlapping' ? Math.max(0, state.overlapUntilMs - nowMs) : 0;
  expect([state.stateSinceMs, state.deadlineMs]).toEqual([nowMs, nowMs + waitMs + (hoursOf[state.kind] ?? 0) * hourMs]);
}
