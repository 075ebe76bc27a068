import type { HardeningArea } from '../../src/hardening/ports.ts';
import type { AccountFacts } from '../../src/keys/ports.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { type HardeningChange, type HardeningWorld, untouched } from './hardening/hardening-world.ts';

/** One version of a secret. */
export interface Version {
  readonly id: string;
  /** Whole seconds, as Key Vault keeps them. */
  readonly createdAtMs: number;
  readonly enabled: boolean;
  readonly value: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly contentType: string | null;
}

export interface Secret {
  readonly versions: readonly Version[];
  readonly deleted: boolean;
}

/** A change of the world that has been sent, or planned by a person, and takes place later. */
export type KeyChange =
  | { readonly kind: 'regenerate'; readonly slot: Slot; readonly sendId: string }
  | {
      readonly kind: 'set';
      readonly name: string;
      readonly value: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly contentType: string | null;
      /** Null: a person's. */
      readonly sentAtMs: number | null;
    }
  | { readonly kind: 'disable'; readonly name: string; readonly version: string }
  | { readonly kind: 'recover'; readonly name: string };

export type Change = KeyChange | AccountRowChange | HardeningChange;

/** A save of the account's row and, if given, of what is kept of leaked keys beside it; refused where `etag` is not the row's. */
export interface AccountRowChange {
  readonly kind: 'account-row';
  readonly fields: AccountRow;
  readonly etag: string | null;
  readonly newEtag: string;
  readonly leakNotes: { readonly fields: unknown } | null;
}

export function isKeyChange(change: Change): change is KeyChange | AccountRowChange {
  return ['regenerate', 'set', 'disable', 'recover', 'account-row'].includes(change.kind);
}

/** A regenerate that has left and may still be applied. */
interface Sent {
  readonly id: string;
  readonly slot: Slot;
  readonly rotationId: string;
  readonly atMs: number;
  /** Since when nothing of it can arrive any more; null while that is open. */
  readonly voidAtMs: number | null;
}

/** Acceptances in a row, since when, and the last of them. */
interface Accepted {
  readonly inARow: number;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** A key that an operator was told is being replaced, since it leaked. */
export interface Leaked {
  readonly key: string;
  readonly slot: Slot;
  readonly atMs: number;
  /** Consumers did not have it then, or Keyturn has led them away since. */
  readonly left: boolean;
  /** An operator has named it: it may live on. */
  readonly confirmed: boolean;
  /** The first and the last of the answers in a row that showed it in neither slot. */
  readonly goneMs: readonly number[];
}

/** What the judge remembers: anyone who judges a state needs no more of its past. */
export interface Memory {
  readonly readable: readonly string[];
  /** When consumers could last read a key as the one to use. */
  readonly lastReadableMs: Readonly<Record<string, number>>;
  readonly killedByPeopleMs: Readonly<Record<string, number>>;
  /** When a person last regenerated each slot. */
  readonly regeneratedByPeopleMs: Readonly<Partial<Record<Slot, number>>>;
  readonly givenByPeopleMs: Readonly<Record<string, number>>;
  readonly excused: readonly string[];
  /** Keys that people gave to consumers and took back by restoring what stood before: the vault shows nothing of it. */
  readonly undone: readonly string[];
  readonly sent: readonly Sent[];
  /** Requests on their way that a row which was put back knows nothing of. */
  readonly invalidateLastSeen: readonly string[];
  /** `rotation/slot` of each regenerate that was applied. */
  readonly applied: readonly string[];
  readonly accepted: Readonly<Record<string, Accepted>>;
  /** Secrets stored since they were last read. */
  readonly unread: readonly string[];
  readonly leaked: readonly Leaked[];
  /** What was told of each slot when a report was saved: the answer may come when the key is gone. */
  readonly told: Readonly<Partial<Record<Slot, Pick<Leaked, 'key' | 'atMs' | 'left' | 'goneMs'>>>>;
  /** What the copy holds, and when it last held each key. */
  readonly copied: string | null;
  readonly copiedMs: Readonly<Record<string, number>>;
  /** When a person outside last acted. */
  readonly lastActMs: number | null;
}

/**
 * Everything there is, as plain values: a world is kept by a shallow copy, since all that it holds is replaced, never
 * changed in place.
 */
export interface World {
  nowMs: number;
  serial: number;
  facts: AccountFacts;
  keys: Readonly<Record<Slot, string>>;
  /** Both keys since when, the last few: what a stale `listKeys` answers from. */
  listed: readonly { readonly atMs: number; readonly keys: Readonly<Record<Slot, string>> }[];
  /** Dead keys that the endpoint still takes. */
  lingering: readonly string[];
  secrets: Readonly<Record<string, Secret>>;
  row: { readonly fields: unknown; readonly etag: string; readonly savedAtMs: number } | null;
  /** What is kept of leaked keys beside the row. */
  leakNotes: unknown;
  /** The row that another instance keeps in its own storage. */
  otherRow: World['row'];
  /** Copies of the row that somebody may put back. */
  formerRows: { readonly lastSave: unknown; readonly atIdle: unknown; readonly beforeRotation: unknown };
  /** The sweep's notes on the account. */
  notes: { readonly fields: unknown; readonly savedAtMs: number } | null;
  /** Sweeps that are still to come before nothing more is expected of them. */
  sweepsOwed: number;
  /** Whether what happened last was a sweep that did no more than look. */
  isLookedAt: boolean;
  pause: { readonly paused: boolean; readonly fields: unknown; readonly savedAtMs: number } | null;
  /** What workers tell each other of the subscription's throttling. */
  throttled: { readonly fields: unknown; readonly savedAtMs: number } | null;
  queue: readonly { readonly wakeSeq: number; readonly area?: HardeningArea; readonly dueAtMs: number }[];
  flying: readonly { readonly dueAtMs: number; readonly change: Change }[];
  memory: Memory;
  /** What is there beside keys and vault. */
  hardening: HardeningWorld;
  /** Rotations, or changes of hardening, begun. */
  begun: number;
  resumed: number;
  /** Leaks that were reported again, since nothing replaced the key. */
  reported: number;
  /** Whatever happened since the beginning, counted. */
  events: number;
}

export function emptyWorld(startAtMs: number): World {
  const keys = { key1: 'secret-key-00001', key2: 'secret-key-00002' };
  return {
    nowMs: startAtMs,
    serial: 2,
    facts: {
      internalId: 'internal-00000',
      kind: 'AIServices',
      location: 'eastus',
      endpoint: 'https://ai-secure-demo.cognitiveservices.azure.com/',
      provisioningState: 'Succeeded',
      endpointIsAzure: true,
      localAuthDisabled: false,
      tags: {},
    },
    keys,
    listed: [{ atMs: 0, keys }],
    lingering: [],
    secrets: {},
    row: null,
    leakNotes: null,
    otherRow: null,
    formerRows: { lastSave: null, atIdle: null, beforeRotation: null },
    notes: null,
    sweepsOwed: 0,
    isLookedAt: false,
    pause: null,
    throttled: null,
    queue: [],
    flying: [],
    memory: {
      readable: [],
      lastReadableMs: {},
      killedByPeopleMs: {},
      regeneratedByPeopleMs: {},
      givenByPeopleMs: {},
      excused: [],
      undone: [],
      sent: [],
      invalidateLastSeen: [],
      applied: [],
      accepted: {},
      unread: [],
      leaked: [],
      told: {},
      copied: null,
      copiedMs: {},
      lastActMs: null,
    },
    hardening: untouched,
    begun: 0,
    resumed: 0,
    reported: 0,
    events: 0,
  };
}

export function nextId(world: World, prefix: string): string {
  world.serial += 1;
  return `${prefix}${String(world.serial).padStart(5, '0')}`;
}

/** The newest version, or null where the name cannot be read. */
export function newest(world: World, name: string): Version | null {
  const secret = world.secrets[name];
  return secret === undefined || secret.deleted ? null : (secret.versions.at(-1) ?? null);
}

/** The newest version's value, as a consumer gets it. */
export function readable(world: World, name: string): string | null {
  const version = newest(world, name);
  return version?.enabled ? version.value : null;
}

export function setSecret(world: World, name: string, change: Partial<Secret>): void {
  const secret = world.secrets[name] ?? { versions: [], deleted: false };
  world.secrets = { ...world.secrets, [name]: { ...secret, ...change } };
}

export function putVersion(
  world: World,
  name: string,
  version: Omit<Version, 'id' | 'createdAtMs' | 'enabled'>,
): Version {
  const made = {
    ...version,
    id: nextId(world, 'version-'),
    createdAtMs: Math.floor(world.nowMs / 1000) * 1000,
    enabled: true,
  };
  setSecret(world, name, { versions: [...(world.secrets[name]?.versions ?? []), made] });
  return made;
}

export function setEnabled(world: World, name: string, id: string | null, enabled: boolean): void {
  const versions = world.secrets[name]?.versions ?? [];
  const which = id ?? versions.at(-1)?.id;
  setSecret(world, name, { versions: versions.map((one) => (one.id === which ? { ...one, enabled } : one)) });
}

export function setKeys(world: World, keys: Readonly<Record<Slot, string>>): void {
  world.keys = keys;
  world.listed = [...world.listed.slice(-4), { atMs: world.nowMs, keys }];
}

export function makeKey(world: World): string {
  return nextId(world, 'secret-key-');
}

/** Both keys as they were some time ago. */
export function keysAgo(world: World, ageMs: number): Readonly<Record<Slot, string>> {
  return world.listed.findLast(({ atMs }) => atMs <= world.nowMs - ageMs)?.keys ?? world.keys;
}

export function isLive(world: World, key: string): boolean {
  return !world.facts.localAuthDisabled && (world.keys.key1 === key || world.keys.key2 === key);
}
