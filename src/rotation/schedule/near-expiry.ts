import { expiryLeadMs, nearExpiryDays } from '../../keys/key-secret.ts';
import { belongsElsewhere } from '../../keys/ownership-tags.ts';
import type { StoredSecret } from '../../keys/ports.ts';
import type { SecretPart, Target } from '../../keys/target.ts';
import { isSlot } from '../../shared/slot.ts';
import { dayMs, hourMs } from '../../shared/time.ts';
import type { AccountRow } from '../account-row.ts';
import { awaitsFirstRotation, isAdoptedAs, isLeakPending } from '../requests/start-rotation.ts';
import { undoneUntilMs } from './due-at.ts';
import type { FleetFacts, Origin } from './fleet-facts.ts';
import type { EventOutcome } from './last-event.ts';
import { startBlocker } from './start-blocker.ts';

const nearExpiryMs = nearExpiryDays * dayMs;
/** An event may be raised a little ahead of its time. */
const marginMs = hourMs;

export interface EventFacts {
  /** What the secret is to its target. */
  readonly role: SecretPart;
  /** The version that the event names. */
  readonly version: string;
  readonly paused: boolean;
  readonly row: AccountRow;
  /** By the storage service's clock. */
  readonly nowMs: number;
  /** The secret's current version; null before the vault was asked: what forbids a rotation anyway costs no call. */
  readonly found: { readonly secret: StoredSecret; readonly vaultNowMs: number } | null;
  /** As the last sweep left it. */
  readonly fleet: FleetFacts;
  readonly origin: Origin;
}

export type EventAnswer =
  | { readonly kind: 'start' }
  | { readonly kind: 'ask-vault' }
  | { readonly kind: 'leave'; readonly reason: EventOutcome };

type Check = (facts: EventFacts, target: Target) => EventOutcome | 'ask-vault' | null;
type Stored = Extract<StoredSecret, { kind: 'stored' }>;
type SecretCheck = (secret: Stored, facts: EventFacts, target: Target, vaultNowMs: number) => EventOutcome | null;

/**
 * In this order; the first check that answers decides, and if none does a rotation starts. An event is only a reason to look:
 * late, lost, doubled or reordered, it changes nothing but the moment of waking.
 */
const checks: readonly Check[] = [
  ({ role }) => (role === 'pointer' ? 'pointer-secret' : null),
  ({ role }) => (role === 'endpoint' ? 'endpoint-secret' : null),
  ({ row }) => (row.adoptedAtMs === null ? 'not-adopted' : null),
  ({ row }, target) => (isAdoptedAs(row, target) ? null : 'adopted-elsewhere'),
  ({ row }) => (row.rotation?.kind === 'suspended' ? 'suspended' : null),
  // The other key's event, too: both keys near their end make one rotation.
  ({ row }, target) => (row.rotation !== null || isLeakPending(row, target) ? 'in-flight' : null),
  ({ paused }) => (paused ? 'paused' : null),
  ({ row }, target) => (awaitsFirstRotation(row, target) ? 'awaiting-first-rotation' : null),
  ({ row, nowMs }, { policy }) =>
    row.lastDone !== null && nowMs < row.lastDone.atMs + policy.overlapMs ? 'rotated-recently' : null,
  ({ row, nowMs }) => (nowMs < (undoneUntilMs(row) ?? 0) ? 'undone-recently' : null),
  ({ found }) => (found === null ? 'ask-vault' : null),
  ({ found }) => (found?.secret.kind === 'absent' ? 'secret-gone' : null),
  ({ found }) => (found?.secret.kind === 'disabled' ? 'secret-disabled' : null),
];

/** What the vault itself says of the secret. */
const secretChecks: readonly SecretCheck[] = [
  (secret, { version }) => (secret.version.toLowerCase() === version ? null : 'old-version'),
  (secret, _, { account }) => (belongsElsewhere(secret, account.armId) ? 'another-account' : null),
  (secret, { role }) => (namesSlotOf(role, secret.tags.CredentialId) ? null : 'tags-differ'),
  // If a maximum validity leaves a key secret less than 30 days beyond the interval, Key Vault tells earlier than it is due.
  ({ expiresAtMs }, _, target, vaultNowMs) =>
    expiresAtMs !== null && expiresAtMs <= vaultNowMs + expiryLeadMs(target) + marginMs ? null : 'not-near-expiry',
  // Keyturn's own versions live longer. One that a person made announces itself at once, whatever the age of its key.
  (secret, { row, nowMs }) =>
    livesShortly(secret) && row.lastDone !== null && nowMs < row.lastDone.atMs + nearExpiryMs
      ? 'validity-too-short'
      : null,
  // Windows, blackouts and bounds hold for events as for the schedule; the sweep starts later what they hold back now.
  ({ expiresAtMs }, { row, nowMs, origin, fleet }, target) =>
    startBlocker({ row, nowMs, origin, expiresAtMs }, target, fleet),
];

/** What becomes of an event about one of the target's secrets. */
export function nearExpiryAnswer(facts: EventFacts, target: Target): EventAnswer {
  for (const check of checks) {
    const answer = check(facts, target);
    if (answer === 'ask-vault') return { kind: 'ask-vault' };
    if (answer !== null) return { kind: 'leave', reason: answer };
  }
  const { found } = facts;
  if (found?.secret.kind === 'stored')
    for (const check of secretChecks) {
      const reason = check(found.secret, facts, target, found.vaultNowMs);
      if (reason !== null) return { kind: 'leave', reason };
    }
  return { kind: 'start' };
}

/** A secret whose tag was lost says nothing against its name; the direct-value secret holds either key. */
function namesSlotOf(role: SecretPart, credentialId: string | undefined): boolean {
  const named = credentialId?.trim().toLowerCase();
  if (named === undefined || named === '') return true;
  return role === 'direct' ? isSlot(named) : named === role;
}

function livesShortly({ createdAtMs, expiresAtMs }: Stored): boolean {
  return expiresAtMs !== null && expiresAtMs - createdAtMs <= nearExpiryMs;
}
