import { hash } from 'node:crypto';
import { settleMs } from '../../../src/durable/numbers.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { vaultRoundingMs } from '../../../src/rotation/numbers.ts';
import { recheckOf } from '../../../src/rotation/run/recheck.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { DriftNotes } from '../../../src/targets/drift-notes.ts';
import type { Version, World } from '../world.ts';

/**
 * Fields of the row that never change here, only tell people what happened, or bound waits that are met in coarse steps anyway.
 * What `waiting` and `lastFailure` steer is named by `steering`.
 */
const leftOut = new Set([
  ...['schemaVersion', 'armId', 'target', 'accountKind', 'endpoint', 'accountLocation', 'vaultUrl', 'prefix'],
  ...['directSecretName'],
  ...['foundValidity', 'wakeAtMs', 'wakeSeq'],
  ...['lastFailure', 'retrying', 'startedAtMs', 'startedBy', 'requestRefused', 'lastEnd', 'waiting', 'stateSinceMs'],
  ...['provedAtMs', 'sentAtMs', 'vaultVerifiedAtMs', 'gateUntilMs', 'giveUpAtMs', 'adoptedAtMs', 'overlap', 'instance'],
  ...['readers'],
]);

const fingerprints = new Map<string, string>();
function printOf(key: string, salt: string): string {
  const name = `${salt} ${key}`;
  const known = fingerprints.get(name);
  if (known !== undefined) return known;
  const made = fingerprint(new SecretText(key), salt);
  fingerprints.set(name, made);
  return made;
}

/** How long ago or ahead, in steps that grow: two worlds that differ by less behave alike. */
function coarsely(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 7_800_000) return ms < 0 ? 'past' : 'far';
  const step = size < 10_000 ? 5_000 : size < 240_000 ? 60_000 : 1_800_000;
  return `${Math.round(ms / step)}x${step}`;
}

/** What the next try does because of how the last one ended: the call that it begins with, and whether it believes a stale vault. */
function steering(rotation: ActiveState | null): unknown {
  return rotation && [recheckOf(rotation), rotation.waiting === 'keys-stale'];
}

/** How long the subscription is to be left alone, as one worker told the others; null once that is over. */
function throttling({ throttled, nowMs }: World): unknown {
  const told = throttled?.fields as { readonly untilMs: number; readonly refusedAtMs: number } | undefined;
  return told !== undefined && told.untilMs > nowMs ? [told.untilMs, told.refusedAtMs] : null;
}

/** Whether it is made of a counter, as every id and key of this world, or of a hash. */
function isId(text: string): boolean {
  if (text.length < 5) return false;
  for (let at = text.length - 5; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return text.length === 32 && /^[0-9a-f]{32}$/.test(text);
  }
  return true;
}

/**
 * Turns values into texts with times in buckets relative to now and every id by its order of appearance.
 * @param without names of members that are left out
 * @param keyOf the key that a text stands for, where it does
 * @param bucket how long ago or ahead, in steps
 */
export function namesOf(
  nowMs: number,
  without: ReadonlySet<string>,
  keyOf: (text: string) => string | undefined,
  bucket: (ms: number) => string = coarsely,
) {
  const names = new Map<string, string>();
  const rename = (text: string) => {
    const known = names.get(text) ?? `#${names.size}`;
    names.set(text, known);
    return known;
  };
  const textOf = (value: string): string => {
    const key = keyOf(value);
    if (key !== undefined) return rename(key);
    return isId(value) ? rename(value) : value;
  };
  const text = (value: unknown): string => {
    switch (typeof value) {
      case 'number':
        return value > 1e12 ? bucket(value - nowMs) : String(value);
      case 'string':
        return textOf(value);
      case 'object': {
        if (value === null) return '-';
        if (Array.isArray(value)) {
          let list = '[';
          for (const one of value) list += `${text(one)},`;
          return `${list}]`;
        }
        let object = '{';
        for (const name in value) {
          if (without.has(name)) continue;
          const one: unknown = (value as Readonly<Record<string, unknown>>)[name];
          const shown = name === 'attempts' ? String(Math.min(Number(one), 6)) : text(one);
          object += `${isId(name) ? rename(name) : name}:${shown},`;
        }
        return `${object}}`;
      }
      default:
        return String(value);
    }
  };
  return { names, text };
}

/**
 * A short name of a world at rest: row, vault, account, queue, what flies, and what the judge remembers, with times in
 * buckets relative to now and every id by its order of appearance. Worlds of one name are explored once.
 * @param inPeace nobody meddles any more: then of old versions only those count of which the row speaks
 */
export function normalForm(world: World, inPeace = false): string {
  const row = (world.row?.fields ?? null) as AccountRow | null;
  const rotation = row?.rotation?.kind === 'suspended' ? row.rotation.from : (row?.rotation ?? null);
  const leakSalts = (row?.leaks ?? []).flatMap(({ keys }) => keys.map(({ salt }) => salt));
  const salts = [rotation?.salt, row?.lastDone?.salt, ...leakSalts].filter((salt) => salt !== undefined);
  const everyKey = new Set([
    world.keys.key1,
    world.keys.key2,
    ...world.lingering,
    ...Object.values(world.secrets).flatMap(({ versions }) => versions.map(({ value }) => value)),
    ...Object.keys(world.memory.lastReadableMs),
  ]);
  const keyOfFingerprint = new Map<string, string>();
  for (const key of everyKey)
    if (key.startsWith('secret-key-')) for (const salt of salts) keyOfFingerprint.set(printOf(key, salt), key);

  const { nowMs } = world;
  const { names, text } = namesOf(nowMs, leftOut, (value) => keyOfFingerprint.get(value));
  const inFuture = (atMs: number) => (atMs > nowMs ? atMs : 0);
  /** Long before any request that may still be on its way: how long does not matter. */
  const lately = (atMs: number) => (nowMs - atMs > settleMs * 2 ? 0 : atMs);
  const { memory, queue, row: stored, notes } = world;
  const rowText = text(
    stored === null || row === null
      ? null
      : {
          ...row,
          settleUntilMs: inFuture(row.settleUntilMs),
          lease: row.lease.kind === 'held' ? row.lease : null,
          savedAtMs: row.lease.kind === 'held' ? stored.savedAtMs : 0,
        },
  );
  const ofRow = new Set(names.keys());
  const counts = ({ id }: Version, at: number, versions: readonly Version[]) =>
    !inPeace || at === versions.length - 1 || ofRow.has(id);
  const held = new Set<string>();
  for (const { versions } of Object.values(world.secrets))
    for (const { value } of versions.filter(counts)) held.add(value);
  for (const { change } of world.flying) if (change.kind === 'set') held.add(change.value);
  const ofLive = <T>(record: Readonly<Record<string, T>>) =>
    Object.entries(record).filter(([key]) => key === world.keys.key1 || key === world.keys.key2);
  const secrets = Object.entries(world.secrets).map(([name, { versions, deleted }]) => [
    name,
    deleted,
    versions
      .filter(counts)
      .map(({ id, value, enabled, createdAtMs, tags }, at, { length }) => [
        id,
        value,
        enabled,
        at === length - 1 ? createdAtMs : null,
        tags['keyturn-instance'] ?? null,
      ]),
  ]);
  const wakeSeq = row?.wakeSeq ?? 0;
  const looked = (notes?.fields ?? null) as DriftNotes | null;
  /** Rotations that a regenerate may still belong to. */
  const underWay = new Set([rotation?.rotationId, ...memory.sent.map(({ rotationId }) => rotationId)]);
  const others = text([
    queue.map(({ wakeSeq: seq, dueAtMs }) => [seq !== wakeSeq, dueAtMs]),
    secrets,
    [world.keys, world.lingering, world.facts.internalId, world.facts.localAuthDisabled, world.begun, world.resumed],
    world.flying.map(({ dueAtMs, change }) => [
      dueAtMs,
      change.kind === 'account-row' ? [change.etag === stored?.etag, change.fields] : change,
    ]),
    memory.readable,
    ofLive(memory.lastReadableMs),
    ofLive(memory.givenByPeopleMs).map(([key, atMs]) => [key, lately(atMs)]),
    Object.entries(memory.killedByPeopleMs).flatMap(([key, atMs]) => (held.has(key) ? [[key, lately(atMs)]] : [])),
    memory.excused.filter((key) => memory.readable.includes(key)),
    inPeace ? null : memory.undone.filter((key) => key === world.keys.key1 || key === world.keys.key2),
    memory.sent.filter(({ voidAtMs }) => voidAtMs === null || voidAtMs > nowMs),
    world.flying.length > 0 ? memory.regeneratedByPeopleMs : null,
    memory.applied.map((one) => one.split('/')).filter(([rotationId = '']) => underWay.has(rotationId)),
    ofLive(memory.accepted).map(([key, { inARow }]) => [key, Math.min(inARow, 4)]),
    memory.unread,
    [memory.copied, ofLive(memory.copiedMs)],
    // As below: seconds matter where a copy's age is counted from.
    (row?.copies ?? []).map(({ sinceMs }) => ofLive(memory.copiedMs).some(([, lastMs]) => lastMs > sinceMs)),
    memory.leaked.map(({ atMs: _atMs, ...one }) => one),
    // Reports that are saved, while who made them has no answer yet.
    Object.entries(memory.told)
      .filter(
        ([slot]) => row?.leaks.some((one) => one.slot === slot) && memory.leaked.every((one) => one.slot !== slot),
      )
      .map(([slot, { atMs: _atMs, ...one }]) => [slot, one]),
    world.reported,
    memory.lastActMs && lately(memory.lastActMs),
    throttling(world),
    [world.sweepsOwed, world.pause && [world.pause.paused, world.pause.savedAtMs]],
    looked && [looked.lookedAtMs, looked.wakeSeq > wakeSeq],
    steering(rotation),
    rotation !== null && 'readers' in rotation ? rotation.readers?.stragglers.length : null,
    world.otherRow?.fields ?? null,
    // Whether what the row counts from comes before the last moment at which consumers were given a key that it may kill: seconds matter.
    [
      row?.lastSeen?.sinceMs,
      rotation !== null && 'switchedAtVaultMs' in rotation ? rotation.switchedAtVaultMs : undefined,
    ].map(
      (sinceMs) =>
        sinceMs !== undefined &&
        ofLive(memory.lastReadableMs).some(
          ([key, lastMs]) => !memory.readable.includes(key) && lastMs > sinceMs + vaultRoundingMs,
        ),
    ),
  ]);
  return hash('sha1', rowText + others, 'base64');
}
