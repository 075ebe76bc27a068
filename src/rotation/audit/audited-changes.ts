import { isDeepStrictEqual } from 'node:util';
import { otherSlot } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import type { AccountRow } from '../account-row.ts';
import { type ActiveState, activeStateOf, type RotationState, rotationIdOf } from '../state.ts';

/** One thing that a save made so, in the words of the protocol. Instants are ISO 8601 in UTC, durations in seconds. */
export interface AuditedChange {
  readonly what:
    | 'began'
    | 'entered'
    | 'learnt'
    | 'intent'
    | 'intent-withdrawn'
    | 'accepted'
    | 'waits'
    | 'failed'
    | 'asked'
    | 'request-refused'
    | 'overlap-changed'
    | 'held'
    | 'released'
    | 'disabled'
    | 'key-leaked'
    | 'leaked-key-gone'
    | 'worker-replaced'
    | 'suspended'
    | 'resumed'
    | 'ended';
  readonly [detail: string]: unknown;
}

interface Saved {
  readonly before: AccountRow | null;
  readonly after: AccountRow;
  readonly rotationId: string;
  /** The rotation that the save is about, as it was and as it is. */
  readonly was: RotationState | null;
  readonly is: RotationState | null;
}

type AuditRule = (saved: Saved) => AuditedChange | null;

/** In the order in which they are told. Each looks only at what was saved. */
const auditRules: readonly AuditRule[] = [
  leakNotified,
  leakedKeyGone,
  began,
  asked,
  requestRefused,
  resumed,
  intentWithdrawn,
  entered,
  learnt,
  intent,
  accepted,
  overlapChanged,
  held,
  disabled,
  failed,
  waits,
  workerReplaced,
  suspended,
  ended,
];

/** What `after` says of rotation `rotationId` that `before` did not. Empty for a save that only moved a lease or a message. */
export function auditedChanges(
  before: AccountRow | null,
  after: AccountRow,
  rotationId: string,
): readonly AuditedChange[] {
  const own = (row: AccountRow | null) =>
    row?.rotation != null && rotationIdOf(row.rotation) === rotationId ? row.rotation : null;
  const saved: Saved = { before, after, rotationId, was: own(before), is: own(after) };
  return auditRules.flatMap((auditRule) => auditRule(saved) ?? []);
}

/** The rotations that a save is about: the one that was in flight, the one that is, those that were to replace a key that is gone. */
export function rotationsOf(before: AccountRow | null, after: AccountRow): readonly string[] {
  const ids = [before?.rotation, after.rotation].flatMap((rotation) => (rotation ? [rotationIdOf(rotation)] : []));
  return [...new Set([...ids, ...leaksOnlyIn(before, after).map(({ rotationId }) => rotationId)])];
}

function began({ was, is, after }: Saved): AuditedChange | null {
  if (was !== null || is === null) return null;
  const { cause, startedBy, newSlot, overlap, leaked } = activeStateOf(is);
  return {
    what: 'began',
    cause,
    startedBy,
    plan: {
      account: after.armId,
      vault: after.vaultUrl,
      prefix: after.prefix,
      layout: after.directSecretName === null ? 'pointer' : 'direct',
      directSecretName: after.directSecretName,
      instance: after.instance,
      firstRegenerated: newSlot,
      overlap: { seconds: overlap.ms / 1000, by: overlap.by, reason: overlap.reason },
      leakedSlot: leaked?.slot ?? null,
    },
    inactiveKeyConfirmedBy: after.firstRotationConfirmedBy,
  };
}

function leakNotified({ before, after, was, is }: Saved): AuditedChange | null {
  const [leak] = leaksOnlyIn(after, before);
  if (leak === undefined) return null;
  const isPending = after.leak?.rotationId === leak.rotationId;
  if (!isPending && (was !== null || is === null)) return null;
  return { what: 'key-leaked', slot: leak.slot, by: leak.by, reason: leak.reason };
}

function leakedKeyGone({ before, after, rotationId }: Saved): AuditedChange | null {
  const leak = leaksOnlyIn(before, after).find((one) => one.rotationId === rotationId);
  if (leak === undefined || after.leaks.some(({ slot }) => slot === leak.slot)) return null;
  return { what: 'leaked-key-gone', slot: leak.slot, reportedAt: iso(leak.atMs) };
}

/** The leaks that `row` knows and `other` does not: each report has an id of its own. */
export function leaksOnlyIn(row: AccountRow | null, other: AccountRow | null): AccountRow['leaks'] {
  return (row?.leaks ?? []).filter(({ rotationId }) => !other?.leaks.some((one) => one.rotationId === rotationId));
}

function asked({ before, after, was, is }: Saved): AuditedChange | null {
  const request = after.operatorRequest;
  if (request === null || (was ?? is) === null || request.atMs === before?.operatorRequest?.atMs) return null;
  const { action, by, reason, overlapMs, confirm, leaveBehind } = request;
  const seconds = overlapMs === null ? {} : { overlapSeconds: overlapMs / 1000 };
  const left = leaveBehind === undefined ? {} : { leaveBehind };
  return { what: 'asked', action, by, reason, ...seconds, ...left, ...(confirm.length === 0 ? {} : { confirm }) };
}

function requestRefused({ before, after }: Saved): AuditedChange | null {
  const refused = after.requestRefused;
  if (refused === null || refused.atMs === before?.requestRefused?.atMs) return null;
  return { what: 'request-refused', action: refused.action, reason: refused.reason };
}

function resumed({ was, is }: Saved): AuditedChange | null {
  return was?.kind === 'suspended' && is !== null && is.kind !== 'suspended'
    ? { what: 'resumed', state: is.kind }
    : null;
}

function entered({ was, is }: Saved): AuditedChange | null {
  if (is === null || is.kind === 'suspended') return null;
  const from = was === null ? null : activeStateOf(was);
  if (from?.kind === is.kind && from.stateSinceMs === is.stateSinceMs) return null;
  return { what: 'entered', state: is.kind, ...knownBeyond(from, is) };
}

/** What came to be known without leaving the state. */
function learnt({ was, is }: Saved): AuditedChange | null {
  if (was === null || is === null || was.kind !== is.kind || is.kind === 'suspended') return null;
  if (activeStateOf(was).stateSinceMs !== is.stateSinceMs) return null;
  const known = knownBeyond(activeStateOf(was), is);
  return Object.keys(known).length === 0 ? null : { what: 'learnt', ...known };
}

/** An effect that is about to be sent: written down before, whatever becomes of it. */
function intent({ was, is }: Saved): AuditedChange | null {
  const sent = sentOf(is);
  if (is === null || sent === null || sentOf(was)?.atMs === sent.atMs) return null;
  return { what: 'intent', effect: effectOf(is, sent), sentAt: iso(sent.atMs) };
}

/** The service has refused for sure: nothing was sent that could leave a mark. */
function intentWithdrawn({ was, is }: Saved): AuditedChange | null {
  return was !== null && was.kind === is?.kind && sentOf(was) !== null && sentOf(is) === null
    ? { what: 'intent-withdrawn' }
    : null;
}

function accepted({ was, is }: Saved): AuditedChange | null {
  if (is?.kind !== 'probing') return null;
  const times = was?.kind === 'probing' ? was.accepted : 0;
  return is.accepted === times ? null : { what: 'accepted', times: is.accepted };
}

function overlapChanged({ was, is }: Saved): AuditedChange | null {
  if (was === null || is === null) return null;
  const { overlap } = activeStateOf(is);
  if (activeStateOf(was).overlap.ms === overlap.ms) return null;
  return { what: 'overlap-changed', seconds: overlap.ms / 1000, by: overlap.by, reason: overlap.reason };
}

function held({ was, is }: Saved): AuditedChange | null {
  const before = was?.kind === 'overlapping' ? was.held : null;
  const now = is?.kind === 'overlapping' ? is.held : null;
  if (now !== null && now.atMs !== before?.atMs) return { what: 'held', by: now.by, reason: now.reason };
  return before !== null && is?.kind === 'overlapping' && now === null ? { what: 'released' } : null;
}

function disabled({ was, is }: Saved): AuditedChange | null {
  if (was?.kind !== 'confirming' || is?.kind !== 'confirming') return null;
  const versions = was.superseded.filter(({ version }) => !is.superseded.some((left) => left.version === version));
  return versions.length === 0 ? null : { what: 'disabled', versions };
}

function failed({ was, is }: Saved): AuditedChange | null {
  if (is === null) return null;
  const { lastFailure, attempts } = activeStateOf(is);
  const before = was === null ? null : activeStateOf(was).lastFailure;
  if (lastFailure === null || lastFailure.atMs === before?.atMs) return null;
  // Refusals of a key that spreads are counted no further from the third on: that it goes on need not be told each few seconds.
  if (was !== null && lastFailure.code === before?.code && attempts === activeStateOf(was).attempts) return null;
  return { what: 'failed', code: lastFailure.code, attempts };
}

function waits({ was, is }: Saved): AuditedChange | null {
  if (is === null || is.kind === 'suspended' || is.waiting === null) return null;
  return was !== null && was.kind === is.kind && was.waiting === is.waiting
    ? null
    : { what: 'waits', reason: is.waiting };
}

function workerReplaced({ before, after }: Saved): AuditedChange | null {
  const { inDoubt } = after;
  if (inDoubt?.kind !== 'takeover' || inDoubt.sentAtMs === before?.inDoubt?.sentAtMs) return null;
  return { what: 'worker-replaced', writesNothingUntil: iso(after.settleUntilMs) };
}

function suspended({ was, is }: Saved): AuditedChange | null {
  if (is?.kind !== 'suspended' || (was?.kind === 'suspended' && was.sinceMs === is.sinceMs)) return null;
  return { what: 'suspended', reason: is.reason, state: is.from.kind };
}

function ended({ was, after }: Saved): AuditedChange | null {
  if (was === null || after.lastEnd?.last.rotationId !== rotationIdOf(was)) return null;
  const { outcome, refusal } = after.lastEnd;
  return { what: 'ended', outcome, retiredKeyRefused: refusal };
}

/** What states carry that an auditor asks for: fingerprints, version ids, instants. No salt, no key. */
const knowledge = [
  'gateUntilMs',
  'vaultVerifiedAtMs',
  'fingerprintsBefore',
  'versionsBefore',
  'newFingerprint',
  'newSecretVersion',
  'acceptedSinceMs',
  'followed',
  'switchedAtVaultMs',
  'overlapUntilMs',
  'readers',
  'provedAtMs',
  'newInactiveFingerprint',
  'newInactiveSecretVersion',
  'agreed',
  'refusal',
  'giveUpAtMs',
  'requestedBy',
  'before',
] as const;

function knownBeyond(from: ActiveState | null, is: ActiveState): Record<string, unknown> {
  const said = (state: ActiveState | null, name: string): unknown =>
    state === null ? null : (Reflect.get(state, name) ?? null);
  return Object.fromEntries(
    knowledge
      .filter((name) => said(is, name) !== null && !isDeepStrictEqual(said(is, name), said(from, name)))
      .map((name) => shown(name, said(is, name))),
  );
}

function shown(name: string, value: unknown): readonly [string, unknown] {
  // Every number among them is an instant, and its name ends in `Ms`.
  return typeof value === 'number' ? [name.slice(0, -2), iso(value)] : [name, value];
}

type Sent = { readonly atMs: number; readonly what?: 'direct' | 'pointer' };

function sentOf(rotation: RotationState | null): Sent | null {
  return rotation !== null && rotation.kind !== 'suspended' && 'sent' in rotation ? rotation.sent : null;
}

function effectOf(is: RotationState, { what }: Sent): string {
  if (what !== undefined) return `store-${what}`;
  const { newSlot } = activeStateOf(is);
  return `regenerate-${is.kind === 'retiring' ? otherSlot(newSlot) : newSlot}`;
}
