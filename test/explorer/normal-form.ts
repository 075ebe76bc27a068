import { hash } from 'node:crypto';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import { fingerprint } from '../../src/shared/fingerprint.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import type { World } from './world.ts';

/** Fields of the row that only tell people what happened, or bounds of waits that are met in coarse steps anyway. */
const shownOnly = new Set([
  ...['lastFailure', 'startedAtMs', 'startedBy', 'requestRefused', 'lastEnd', 'waiting', 'stateSinceMs'],
  ...['provedAtMs', 'sentAtMs', 'rehearsedAtMs', 'gateUntilMs', 'giveUpAtMs', 'adoptedAtMs', 'overlap', 'instance'],
]);

const prints = new Map<string, string>();
function printOf(key: string, salt: string): string {
  const name = `${salt} ${key}`;
  const known = prints.get(name);
  if (known !== undefined) return known;
  const made = fingerprint(new SecretText(key), salt);
  prints.set(name, made);
  return made;
}

/** How long ago or ahead, in steps that grow: two worlds that differ by less behave alike. */
function bucket(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 7_800_000) return ms < 0 ? 'past' : 'far';
  const step = size < 10_000 ? 5_000 : size < 240_000 ? 60_000 : 1_800_000;
  return `${Math.round(ms / step)}x${step}`;
}

/**
 * A short name of a world at rest: row, vault, account, queue, what flies, and what the judge remembers, with times in
 * buckets relative to now and every id by its order of appearance. Worlds of one name are explored once.
 */
export function normalForm(world: World): string {
  const row = (world.row?.fields ?? null) as AccountRow | null;
  const rotation = row?.rotation?.kind === 'suspended' ? row.rotation.from : (row?.rotation ?? null);
  const salts = [rotation?.salt, row?.lastDone?.salt].filter((salt) => salt !== undefined);
  const everyKey = new Set([
    world.keys.key1,
    world.keys.key2,
    ...world.lingering,
    ...Object.values(world.secrets).flatMap(({ versions }) => versions.map(({ value }) => value)),
    ...Object.keys(world.memory.lastReadableMs),
  ]);
  const keyOfPrint = new Map<string, string>();
  for (const key of everyKey)
    if (key.startsWith('secret-key-')) for (const salt of salts) keyOfPrint.set(printOf(key, salt), key);

  const names = new Map<string, string>();
  const rename = (text: string) => {
    const known = names.get(text) ?? `#${names.size}`;
    names.set(text, known);
    return known;
  };
  const text = (value: unknown, field = ''): string => {
    if (field === 'attempts') return String(Math.min(Number(value), 6));
    switch (typeof value) {
      case 'number':
        return value > 1e12 ? bucket(value - world.nowMs) : String(value);
      case 'string': {
        const key = keyOfPrint.get(value);
        if (key !== undefined) return rename(key);
        return /^[0-9a-f]{32}$|\d{5}$/.test(value) ? rename(value) : value;
      }
      case 'object':
        if (value === null) return '-';
        if (Array.isArray(value)) return `[${value.map((one) => text(one)).join()}]`;
        return `{${Object.entries(value)
          .filter(([name]) => !shownOnly.has(name))
          .map(([name, one]) => `${/\d{5}$/.test(name) ? rename(name) : name}:${text(one, name)}`)
          .join()}}`;
      default:
        return String(value);
    }
  };
  const { nowMs } = world;
  const inFuture = (atMs: number) => (atMs > nowMs ? atMs : 0);
  const ofLive = <T>(record: Readonly<Record<string, T>>) =>
    Object.entries(record).filter(([key]) => key === world.keys.key1 || key === world.keys.key2);
  const secrets = Object.entries(world.secrets).map(([name, { versions, deleted }]) => [
    name,
    deleted,
    versions.map(({ id, value, enabled, createdAtMs, tags }, at) => [
      id,
      value,
      enabled,
      at === versions.length - 1 ? createdAtMs : null,
      tags['keyturn-instance'] ?? null,
    ]),
  ]);
  const { memory, queue, row: stored } = world;
  const wakeSeq = row?.wakeSeq ?? 0;
  const whole = text([
    stored === null || row === null
      ? null
      : {
          ...row,
          wakeSeq: 0,
          settleUntilMs: inFuture(row.settleUntilMs),
          wakeAtMs: null,
          savedAtMs: row.lease.kind === 'held' ? stored.savedAtMs : 0,
        },
    queue.map(({ wakeSeq: seq, dueAtMs }) => [seq !== wakeSeq, dueAtMs]),
    secrets,
    [world.keys, world.lingering, world.facts.internalId, world.facts.localAuthDisabled, world.begun, world.resumed],
    world.flying,
    memory.readable,
    ofLive(memory.lastReadableMs),
    ofLive(memory.givenByPeopleMs),
    memory.killedByPeopleMs,
    memory.excused.filter((key) => memory.readable.includes(key)),
    memory.sent.filter(({ voidAtMs }) => voidAtMs === null || voidAtMs > nowMs),
    world.flying.length > 0 ? memory.regeneratedByPeopleMs : null,
    memory.applied,
    ofLive(memory.accepted).map(([key, { inARow }]) => [key, Math.min(inARow, 4)]),
    memory.unread,
    memory.lastActMs,
    [world.sweepsOwed, world.pause && [world.pause.paused, world.pause.savedAtMs]],
  ]);
  return hash('sha1', whole, 'base64');
}
