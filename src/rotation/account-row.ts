import * as z from 'zod';
import type { StoredRow } from '../durable/ports.ts';
import type { ProbedAccount } from '../keys/ports.ts';
import { FailureError } from '../shared/failure.ts';
import { namesOf } from '../shared/names-of.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { slots } from '../shared/slot.ts';
import { operatorActions } from './lifecycle.ts';
import { requestRefusals } from './reasons.ts';
import { fingerprints, leaked, leakedKey, print, rotationEnd, rotationState, superseded, versions } from './state.ts';

/**
 * Counts on with every release whose row holds more or less than the one before: a row of another version is left alone,
 * since a save would drop what this release does not know.
 */
export const schemaVersion = 1;

const instant = z.number();
const refusedFor = namesOf(requestRefusals);

/** Everything about one account's present. Only the lease's owner and operator requests write it. */
export const accountRow = z.object({
  schemaVersion: z.literal(schemaVersion),
  armId: z.string(),
  target: z.string(),
  internalId: z.string(),
  /** The account's kind, endpoint and region, for probes; as adoption, repair or the last rotation found them. */
  accountKind: z.string(),
  endpoint: z.string(),
  accountLocation: z.string().nullable(),
  vaultUrl: z.string(),
  prefix: z.string(),
  directSecretName: z.string().nullable(),
  instance: z.string(),
  /** `token`: one per invocation, of the one that holds it or gave it back; `saveSeq`: which of its saves this is. */
  lease: z.object({ kind: z.enum(['held', 'released']), token: z.string(), saveSeq: z.number() }),
  /** No end, no retiring and no new rotation before it; while a write is in doubt, no write at all. */
  settleUntilMs: instant,
  /** A write that may still be applied, or a former owner's unknown ones (`takeover`). */
  inDoubt: z.object({ kind: z.enum(['regenerate', 'store', 'copy', 'takeover']), sentAtMs: instant }).nullable(),
  /** What the vault held when it was last looked at, and since when it has been so: the age of what differs from it restarts. */
  lastSeen: z.object({ pointer: z.enum(slots), versions, sinceMs: instant }).nullable(),
  /** What declared copies held when they were last read, and since when, by the storage service's clock: the same. */
  copies: z.array(z.object({ name: z.string(), salt: z.string(), mark: print, sinceMs: instant })),
  /** The last completed rotation. */
  lastDone: z.object({ rotationId: z.string(), salt: z.string(), fingerprints, atMs: instant }).nullable(),
  adoptedAtMs: instant.nullable(),
  /** Who gave the confirmation that nobody uses the inactive key, so that the first rotation may begin. */
  firstRotationConfirmedBy: z.string().nullable(),
  /** Superseded versions that an earlier rotation left enabled. */
  superseded,
  operatorRequest: z
    .object({
      action: z.enum(operatorActions),
      rotationId: z.string(),
      by: z.string(),
      atMs: instant,
      reason: z.string().nullable(),
      /** The shorter overlap that `expedite` asks for. */
      overlapMs: z.number().nullable(),
      /** Names of risks that the operator takes. */
      confirm: z.array(z.string()),
      /** Names of copies that the rotation is to go on without; absent: none. */
      leaveBehind: z.array(z.string()).exactOptional(),
    })
    .nullable(),
  /** A leaked key whose rotation begins as soon as the one in flight has made way. */
  leak: leaked.extend({ rotationId: z.string(), atMs: instant }).nullable(),
  /** Keys that were reported as leaked and may still be valid, at most one entry a slot. */
  leaks: z.array(leakedKey),
  /** When two looks last showed one of them in neither slot. */
  leakGoneAtMs: instant.nullable(),
  /** Keys are off, or about to be: no rotation begins. Set before the account is changed, taken off when keys are stored again. */
  keyless: z.object({ by: z.string(), atMs: instant }).nullable().exactOptional(),
  /** Why the last operator request was not carried out; shown until the next one. */
  requestRefused: z.object({ action: z.string(), reason: z.enum(refusedFor), atMs: instant }).nullable(),
  rotation: rotationState.nullable(),
  lastEnd: rotationEnd.nullable(),
  /** How long the direct-value secret lived before it was adopted, and why it lives otherwise now. */
  foundValidity: z.object({ secret: z.string(), foundDays: z.number().nullable(), reason: z.string() }).nullable(),
  wakeAtMs: instant.nullable(),
  /** Counts the saves that enqueue a message; a message of another number is a stale message. */
  wakeSeq: z.number(),
});

export type AccountRow = z.infer<typeof accountRow>;

/** Where keys of the row's account are tried. */
export function probedAccount({
  accountKind: kind,
  endpoint,
  accountLocation: location,
}: Pick<AccountRow, 'accountKind' | 'endpoint' | 'accountLocation'>): ProbedAccount {
  return { kind, endpoint, location };
}

type Loads = { load(account: AccountId): Promise<StoredRow | null> };

/**
 * An account's row as it stands, without its lease; null: there is none, or a newer release wrote it.
 * @throws FailureError
 */
export async function readAccountRow(rows: Loads, account: AccountId): Promise<AccountRow | null> {
  const row = await readRowOrNewer(rows, account);
  return row === 'newer-schema' ? null : row;
}

/**
 * The same for those who must not take a newer release's row for none: a rotation may be under way in it.
 * @throws FailureError
 */
export async function readRowOrNewer(rows: Loads, account: AccountId): Promise<AccountRow | 'newer-schema' | null> {
  const stored = await rows.load(account);
  return stored === null ? null : parseAccountRow(stored.fields);
}

/** Made once: what is made again with each row costs more than its parsing. */
const rowHead = z.object({ schemaVersion: z.int() });

/** What was loaded once is read by more than one: fields are values, never changed in place. */
const parsedBefore = new WeakMap<object, AccountRow | 'newer-schema'>();

/**
 * Parses a stored row; throws `FailureError` (`refused`, `journal-unreadable`) on one that no release of Keyturn wrote.
 * `newer-schema`: another release wrote it; leave it alone and report it.
 */
export function parseAccountRow(fields: unknown): AccountRow | 'newer-schema' {
  const loaded = Object(fields);
  const known = parsedBefore.get(loaded);
  if (known !== undefined) return known;
  const parsed = parse(fields);
  parsedBefore.set(loaded, parsed);
  return parsed;
}

function parse(fields: unknown): AccountRow | 'newer-schema' {
  const head = rowHead.safeParse(fields);
  if (head.success && head.data.schemaVersion !== schemaVersion) return 'newer-schema';
  const parsed = accountRow.safeParse(fields);
  if (!parsed.success)
    throw new FailureError({ kind: 'refused', reason: 'journal-unreadable', code: 'account-row-unreadable' });
  return parsed.data;
}
