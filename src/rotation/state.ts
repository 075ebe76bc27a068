import * as z from 'zod';
import type { Fingerprint } from '../shared/fingerprint.ts';
import { namesOf } from '../shared/names-of.ts';
import { refusalReasons, refusalSentences } from '../shared/refusals.ts';
import { otherSlot, type Slot, slots } from '../shared/slot.ts';
import { readersView } from './readers/readers-view.ts';
import { suspendReasons, waitReasons } from './reasons.ts';

const slot = z.enum(slots);
/** Milliseconds since 1970 by the storage service's clock, unless a field says otherwise. */
const instant = z.number();
export const print = z.string().transform((text) => text as Fingerprint);
const version = z.string().min(1);

const waitReason = z.enum(namesOf(waitReasons));
const suspendReason = z.enum(namesOf({ ...suspendReasons, ...refusalSentences }));

const causes = ['operator', 'schedule', 'near-expiry', 'expired', 'leak'] as const;

/** Calls to Azure, by what a later try has to ask first. */
export const azureCalls = [
  'account',
  'keys',
  'regenerate',
  'vault-read',
  'vault-write',
  'copy-read',
  'copy-write',
] as const;

export const fingerprints = z.object({ key1: print, key2: print });

/** Which versions stood behind the pointer, the key secrets and the direct-value secret. */
export const versions = z.object({ pointer: version, key1: version, key2: version, direct: version.nullable() });

/** What is known of a leaked key while it is replaced. */
export const leaked = z.object({
  slot,
  /** How long consumers may go on with it once they are pointed elsewhere. */
  overlapMs: z.number(),
  by: z.string(),
  reason: z.string().nullable(),
  /** What consumers read when it was told that the key ends at once; null: it ends after `overlapMs`. */
  seen: versions.nullable(),
});

/**
 * A key that was reported as leaked, kept in the account's row until two looks at `listKeys` show it in neither slot:
 * whatever becomes of the rotation that is to replace it.
 */
export const leakedKey = leaked.extend({
  /** Of the report: the rotation that it began, or would have. */
  rotationId: z.string(),
  atMs: instant,
  /** The slot's key when it was first looked at after the report; earlier reports' keys of this slot stay listed. */
  keys: z.array(z.object({ salt: z.string(), fingerprint: print })),
  /** Whether `keys` holds what this report meant. */
  isKnown: z.boolean(),
  /** The last look at the account for its sake, or the last try. */
  lookedAtMs: instant.nullable(),
  /** The last look that showed it in a slot. */
  seenAtMs: instant.nullable(),
  /** The first of the two looks that show it in neither slot. */
  goneSinceMs: instant.nullable(),
  /** Why the last try of a look failed; null: it did not. */
  failure: z.string().nullable(),
});

export type LeakedKey = z.infer<typeof leakedKey>;

/** What every state of a rotation carries. */
const common = {
  rotationId: z.string(),
  cause: z.enum(causes),
  startedBy: z.string(),
  startedAtMs: instant,
  salt: z.string(),
  /** The effective overlap, who set it and why. */
  overlap: z.object({ ms: z.number(), by: z.string(), reason: z.string() }),
  /** The slot that is regenerated first, and used from the switch on; inactive when the rotation began. */
  newSlot: slot,
  stateSinceMs: instant,
  deadlineMs: instant,
  /** Failures in a row in this state. */
  attempts: z.number(),
  /**
   * `means`: what a call's failure means; absent if no call failed. `action`: what the identity lacked, if Azure named it.
   * `copy`: the declared copy that it is about.
   */
  lastFailure: z
    .object({
      code: z.string(),
      atMs: instant,
      means: z.enum(['not-applied', 'outcome-unknown', ...refusalReasons]).optional(),
      action: z.string().optional(),
      call: z.enum(azureCalls).optional(),
      copy: z.string().optional(),
    })
    .nullable(),
  /** Declared copies that it goes on without: an operator said so, or a leaked key did not wait for them. */
  leftBehind: z.array(z.string()),
  /** Why it rests; null while it works. */
  waiting: waitReason.nullable(),
  /** Since when it makes no progress, and how many calls to Azure its tries have cost; null while it makes progress. */
  retrying: z.object({ sinceMs: instant, calls: z.number() }).nullable(),
  /** The slot whose key leaked. */
  leaked: leaked.nullable(),
  /**
   * It was resumed after somebody outside changed keys: what is written down of them is revalidated before anything else
   * is done. `first`: the first of the two looks that must agree.
   */
  revalidation: z.object({ first: z.object({ fingerprints, atMs: instant }).nullable() }).nullable(),
};

/** An effect's intent, saved before it: the request may have left. */
const sent = z.object({ atMs: instant }).nullable();
/** Intent of a write that consumers follow, and which of the two it is. */
const sentStore = z.object({ atMs: instant, what: z.enum(['direct', 'pointer']) }).nullable();
/** The first of the two agreeing looks that make a surprise believed. */
const firstLook = z.object({ fingerprint: print, atMs: instant }).nullable();
export const superseded = z.array(z.object({ name: z.string(), version }));

const published = { ...common, fingerprintsBefore: fingerprints, versionsBefore: versions, newFingerprint: print };
const switched = {
  ...published,
  /** The versions that consumers follow since the switch. */
  followed: z.object({ pointer: version, key: version, direct: version.nullable() }),
  /** When these versions were first seen to stand, by the vault's clock: the overlap counts from here. */
  switchedAtVaultMs: instant,
  /** Who read which key when the overlap was over; null: the vault's audit log was not asked. */
  readers: readersView.nullable(),
};
const retired = { ...switched, newInactiveFingerprint: print };
/** When the key was last stored, while reading back has not shown it. */
const storedAtMs = instant.nullable();
/** The copy that was written last, while reading back has not shown it. */
const writtenCopy = z.string().nullable();

/** What each state carries, in the order of the protocol. */
const stateSchemas = {
  preparing: z.object({
    kind: z.literal('preparing'),
    ...common,
    gateUntilMs: instant.nullable(),
    /** When the vault was last proved writable for this rotation. */
    vaultVerifiedAtMs: instant.nullable(),
    writtenCopy,
    /** The places of copies that were proved writable for this rotation. */
    verifiedCopies: z.array(z.string()),
  }),
  regenerating: z.object({
    kind: z.literal('regenerating'),
    ...common,
    fingerprintsBefore: fingerprints,
    versionsBefore: versions,
    vaultVerifiedAtMs: instant,
    sent,
    firstLook,
  }),
  publishing: z.object({ kind: z.literal('publishing'), ...published, firstLook, storedAtMs }),
  probing: z.object({
    kind: z.literal('probing'),
    ...published,
    newSecretVersion: version,
    accepted: z.number(),
    /** When the first of these acceptances was seen. */
    acceptedSinceMs: instant.nullable(),
  }),
  switching: z.object({
    kind: z.literal('switching'),
    ...published,
    newSecretVersion: version,
    sent: sentStore,
    firstLook,
  }),
  'updating-copies': z.object({
    kind: z.literal('updating-copies'),
    ...switched,
    overlapUntilMs: instant,
    writtenCopy,
  }),
  overlapping: z.object({
    kind: z.literal('overlapping'),
    ...switched,
    overlapUntilMs: instant,
    /**
     * The old key is kept alive; the overlap does not end by itself. `stragglers`: not by an operator, but for who still reads the
     * old key, until then at most; they are looked for again at `lookAtMs`.
     */
    held: z
      .object({
        by: z.string(),
        reason: z.string(),
        atMs: instant,
        stragglers: z.object({ untilMs: instant, lookAtMs: instant }).exactOptional(),
      })
      .nullable(),
  }),
  retiring: z.object({
    kind: z.literal('retiring'),
    ...switched,
    overlapUntilMs: instant,
    /** When the active slot was first proved, at the end of the overlap. */
    provedAtMs: instant,
    sent,
    firstLook,
  }),
  restocking: z.object({ kind: z.literal('restocking'), ...retired, firstLook, storedAtMs }),
  confirming: z.object({
    kind: z.literal('confirming'),
    ...retired,
    newInactiveSecretVersion: version,
    /** Whether vault and account were seen to agree on both keys after the last store. */
    agreed: z.boolean(),
    refusal: z.enum(['seen', 'not-seen']).nullable(),
    /** How often the copies were read again since the old key was replaced. */
    copyLooks: z.number(),
    superseded,
    giveUpAtMs: instant,
  }),
  'rolling-back': z.object({
    kind: z.literal('rolling-back'),
    ...switched,
    overlapUntilMs: instant,
    requestedBy: z.string(),
    sent: sentStore,
  }),
  cancelling: z.object({
    kind: z.literal('cancelling'),
    ...common,
    requestedBy: z.string(),
    /** What stood before the inactive key was regenerated; null while nothing was sent that could have to be undone. */
    before: z.object({ fingerprints, versions }).nullable(),
    sent: sentStore,
    firstLook,
    storedAtMs,
    superseded,
  }),
};

const { preparing, ...others } = stateSchemas;
const active = z.discriminatedUnion('kind', [preparing, ...Object.values(others)]);
const suspended = z.object({
  kind: z.literal('suspended'),
  reason: suspendReason,
  sinceMs: instant,
  /** Where it goes on when it is resumed; it re-enters there through a look. */
  from: active,
});

/** One rotation, wherever it is. Terminal states live in the history, not here. */
export const rotationState = z.discriminatedUnion('kind', [...active.options, suspended]);

export type AzureCallName = (typeof azureCalls)[number];
/** Each is named and described in `lifecycle.ts`. A rotation in any of them may be suspended, and then goes on where it stood. */
export type StateKind = keyof typeof stateSchemas;
export type States = { readonly [K in StateKind]: z.infer<(typeof stateSchemas)[K]> & { readonly kind: K } };
export type ActiveState = States[StateKind];
export type SuspendedState = z.infer<typeof suspended>;
export type RotationState = z.infer<typeof rotationState>;
export type Versions = z.infer<typeof versions>;
export type Superseded = z.infer<typeof superseded>;

/** How a rotation ended, as its history row keeps it. */
export const rotationEnd = z.object({
  outcome: z.enum(['completed', 'rolled-back', 'cancelled', 'replaced']),
  endedAtMs: instant,
  refusal: z.enum(['seen', 'not-seen']).nullable(),
  last: active,
});

export type RotationEnd = z.infer<typeof rotationEnd>;

/** Where a rotation stands, or stood when it was suspended; null: there is none. */
export function activeStateOf(rotation: RotationState): ActiveState;
export function activeStateOf(rotation: RotationState | null): ActiveState | null;
export function activeStateOf(rotation: RotationState | null): ActiveState | null {
  return rotation?.kind === 'suspended' ? rotation.from : rotation;
}

export function rotationIdOf(rotation: RotationState): string {
  return activeStateOf(rotation).rotationId;
}

/** The slot whose key consumers use when the rotation begins: it is regenerated after the overlap. */
export function oldSlotOf({ newSlot }: Pick<ActiveState, 'newSlot'>): Slot {
  return otherSlot(newSlot);
}
