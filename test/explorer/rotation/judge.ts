import { leaseMs, overtakenAfterMs } from '../../../src/durable/numbers.ts';
import { secretNames, type Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { freshMs, lastProof, replyCountsMs, staleBoundMs, vaultRoundingMs } from '../../../src/rotation/numbers.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { freeCalls } from '../../../src/shared/retry-pace.ts';
import { isSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import { copyName } from '../../memory-world/target-builder.ts';
import { undeclaredMove } from '../undeclared-move.ts';
import type { Worker } from '../worker.ts';
import { isLive, type KeyChange, type Leaked, type Memory, newest, readable, type World } from '../world.ts';
import type { OperatorAction } from './operators.ts';
import type { Act } from './people.ts';

/** What people change this shortly before one of our writes leaves cannot be seen: the age of our reads, and that of a stale answer. */
const unseenMs = freshMs + staleBoundMs;

/** Waits that are the purpose of their state, or somebody's wish: they have bounds of their own. */
const plannedWaits: ReadonlySet<string> = new Set([
  'caches-not-expired',
  'copies-not-expired',
  'copies-watched',
  'overlap',
  'stragglers',
  'held',
  'paused',
  'old-key-lingers',
  'settling',
]);

/** What a state past its deadline still waits for: the settling of its last write and two looks. */
const retryPastDeadlineMs = 5 * 60_000;

/** The invariants of the design, each by its number; 9: how it all ends; 12: copies; 13: what is kept for stragglers. */
/** What one try of a refused step costs, with the reads before it. */
const mostCallsOfATry = 20;

export function judge(
  world: World,
  target: Target,
  breach: (text: string) => void,
  /** Looks through every row that is saved, not only through the one that stands at the end. */
  readsEveryRow = true,
  /** Whether Keyturn itself turns keys off: then none of the account's keys counts as dead while they are. */
  turnsKeysOff = false,
) {
  const names = secretNames(target);
  const note = (change: Partial<Memory>) => {
    world.memory = { ...world.memory, ...change };
  };
  const row = () => (world.row?.fields ?? null) as AccountRow | null;
  const rotationOf = () => {
    const rotation = row()?.rotation ?? null;
    return rotation?.kind === 'suspended' ? rotation.from : rotation;
  };

  const designated = (): readonly string[] => {
    const pointed = readable(world, names.pointer);
    const values = [
      pointed !== null && isSlot(pointed) ? readable(world, names[pointed]) : null,
      names.direct === null ? null : readable(world, names.direct),
    ];
    return [...new Set(values.filter((value) => value !== null))];
  };

  /** After whatever changed: which keys consumers read now, and whether the account takes them. */
  const look = (): readonly string[] => {
    const { memory } = world;
    const now = designated();
    const seen = Object.fromEntries([...memory.readable, ...now].map((key) => [key, world.nowMs]));
    note({ readable: now, lastReadableMs: { ...memory.lastReadableMs, ...seen } });
    for (const copy of target.copies) {
      const { copied, copiedMs } = world.memory;
      const value = readable(world, copyName(copy));
      const held = [copied, value].flatMap((key) => (key === null ? [] : [[key, world.nowMs] as const]));
      note({ copied: value, copiedMs: { ...copiedMs, ...Object.fromEntries(held) } });
    }
    for (const key of now)
      if (
        !isLive(world, key) &&
        !isOff(key) &&
        !memory.excused.includes(key) &&
        memory.killedByPeopleMs[key] === undefined
      )
        breach(`1: consumers are given ${key}, which the account refuses`);
    return now.filter((key) => !memory.readable.includes(key));
  };

  const isOff = (key: string) => turnsKeysOff && slots.some((slot) => world.keys[slot] === key);

  const leak = (change: (one: Leaked) => Leaked) => note({ leaked: world.memory.leaked.map(change) });

  return {
    /** An operator was answered: what is said of a leaked key counts from now on. */
    answered(action: OperatorAction, answer: unknown) {
      const kind = (answer as { readonly kind?: string } | null)?.kind;
      const { memory } = world;
      if (kind === 'noted' && action.endsWith(', confirmed')) leak((one) => ({ ...one, confirmed: true }));
      if (kind !== 'begun') return;
      const slot = action === 'report key1 leaked' ? 'key1' : 'key2';
      // Told again before it is gone, it is the same leak.
      const earlier = memory.leaked.find((one) => one.slot === slot);
      if (earlier !== undefined && !isLive(world, earlier.key)) return;
      const told = memory.told[slot] ?? { key: world.keys[slot], atMs: world.nowMs, left: false, goneMs: [] };
      // Who was told late learns of a key that has been seen gone meanwhile.
      if (!isLive(world, told.key) && row()?.leaks.every((one) => one.slot !== slot)) return;
      const left = earlier?.left ?? (told.left || !memory.readable.includes(told.key));
      const one = { ...told, slot, left, confirmed: false } as const;
      note({ leaked: [...memory.leaked.filter((other) => other.slot !== slot), one] });
    },

    /** `listKeys` has answered. */
    listed(keys: World['keys']) {
      const looked = <One extends Pick<Leaked, 'key' | 'goneMs'>>(one: One): One => {
        if (keys.key1 === one.key || keys.key2 === one.key) return { ...one, goneMs: [] };
        return { ...one, goneMs: [one.goneMs[0] ?? world.nowMs, world.nowMs] };
      };
      leak(looked);
      // A report counts from its save on: who reported may be answered only after the looks.
      const { key1, key2 } = world.memory.told;
      note({ told: { ...(key1 && { key1: looked(key1) }), ...(key2 && { key2: looked(key2) }) } });
    },

    /** Notes what consumers read from the beginning. */
    begin() {
      look();
    },

    /** A worker that waits within its invocation costs a process, and keeps its lease from others. */
    slept(worker: Worker, durationMs: number) {
      if (durationMs > leaseMs) breach(`8: ${worker.name} sleeps for ${durationMs / 1000} s`);
    },

    /** The row is removed: only its maker may do so, while nobody can miss it. */
    removed(worker: Worker, before: AccountRow) {
      world.formerRows = { ...world.formerRows, lastSave: before };
      if (before.lease.kind !== 'held' || !before.lease.token.startsWith(`${worker.name}-`))
        breach(`3: ${worker.name} removes a row without its lease`);
      if (before.adoptedAtMs !== null || before.rotation !== null)
        breach(`3: ${worker.name} removes the row of an account that is adopted`);
      if (worker.hasSent) breach(`4: ${worker.name} removes the row under which it has sent something`);
    },

    sentUnderLease(worker: Worker, what: string) {
      worker.hasSent = true;
      const now = row();
      if (now === null || now.lease.kind !== 'held' || !now.lease.token.startsWith(`${worker.name}-`))
        breach(`3: ${worker.name} sends ${what} without the lease`);
      else if (world.nowMs - (world.row?.savedAtMs ?? 0) >= leaseMs)
        breach(`3: ${worker.name} sends ${what} under a lease that has expired`);
      const owner = newest(world, names.pointer)?.tags['keyturn-instance'];
      if (owner === 'another' && !wasChangedByPeople())
        breach(`3: ${worker.name} sends ${what} to a target that another instance has taken`);
    },

    sentPointer(worker: Worker) {
      if (world.nowMs - worker.pointerReadAtMs > freshMs) breach('6: the pointer was read too long before it is moved');
      if (world.nowMs - worker.savedAtMs > freshMs) breach('6: the row was saved too long before the pointer is moved');
    },

    sentRegenerate(worker: Worker, slot: Slot, id: string) {
      const rotation = row()?.rotation ?? null;
      if (rotation === null || (rotation.kind !== 'regenerating' && rotation.kind !== 'retiring'))
        return breach(`4: ${slot} is regenerated in ${rotation?.kind ?? 'no rotation'}`);
      if (rotation.sent === null) breach(`4: ${slot} is regenerated before the intent is saved`);
      if (row()?.keyless != null) breach(`3: ${slot} is regenerated of an account that counts as keyless`);
      const underWay = world.memory.sent.filter(({ voidAtMs }) => voidAtMs === null || voidAtMs > world.nowMs);
      if (underWay.some((other) => other.slot === slot))
        breach(`4: ${slot} is regenerated while an earlier request may still arrive`);
      if (world.nowMs - worker.savedAtMs > freshMs)
        breach(`6: the row was saved too long before ${slot} is regenerated`);
      if (world.nowMs - worker.pointerReadAtMs > freshMs)
        breach(`6: the pointer was read too long before ${slot} is regenerated`);
      if (rotation.kind === 'retiring') {
        const active = readable(world, names[rotation.newSlot]);
        const proof = active === null ? undefined : world.memory.accepted[active];
        if (
          proof === undefined ||
          world.nowMs - proof.lastMs > freshMs ||
          proof.inARow < lastProof.acceptances ||
          worker.probedAtMs === 0
        )
          if (!wasChangedByPeople())
            breach('6: the point of no return is passed without a fresh proof of the active key');
      }
      note({
        sent: [...underWay, { id, slot, rotationId: rotation.rotationId, atMs: world.nowMs, voidAtMs: null }],
      });
    },

    /** A regenerate that had left will not be applied from `voidAtMs` on. */
    neverApplied(id: string, voidAtMs: number) {
      note({ sent: world.memory.sent.map((one) => (one.id === id ? { ...one, voidAtMs } : one)) });
    },

    /** A change by Keyturn has been applied. */
    applied(change: KeyChange, killed: string | null) {
      const { memory } = world;
      if (change.kind === 'regenerate' && killed !== null) {
        const request = memory.sent.find(({ id }) => id === change.sendId);
        const id = `${request?.rotationId ?? 'none'}/${change.slot}`;
        if (memory.applied.includes(id)) breach(`4: ${change.slot} is regenerated twice in one rotation`);
        note({ sent: memory.sent.filter((one) => one !== request), applied: [...memory.applied, id] });
        const given = memory.givenByPeopleMs[killed] ?? Number.NEGATIVE_INFINITY;
        // Stated as a limit: a request on its way when somebody changes the same key is believed to be what changed it.
        const meddledMs = memory.regeneratedByPeopleMs[change.slot] ?? Number.NEGATIVE_INFINITY;
        const sinceMs = (request?.atMs ?? world.nowMs) - unseenMs;
        if (given > sinceMs || meddledMs > sinceMs || memory.invalidateLastSeen.includes(change.sendId))
          note({ excused: [...memory.excused, killed] });
        const last = memory.readable.includes(killed) ? world.nowMs : memory.lastReadableMs[killed];
        const rotation = rotationOf();
        killedCopy(killed, change.slot, request?.atMs ?? world.nowMs);
        const leaked = rotation?.kind === 'regenerating' ? rotation.leaked : null;
        const overlapMs =
          leaked?.slot === change.slot ? toldOf(leaked) : (rotation?.overlap.ms ?? target.policy.overlapMs);
        if (last !== undefined && world.nowMs - last < overlapMs && !world.memory.excused.includes(killed))
          breach(`2: ${killed} is killed ${Math.round((world.nowMs - last) / 1000)} s after consumers could read it`);
      }
      if (change.kind === 'disable') {
        const held = world.secrets[change.name]?.versions.find(({ id }) => id === change.version);
        if (newest(world, change.name)?.id === change.version)
          breach(`2: the latest version of ${change.name} is disabled`);
        if (held !== undefined && isLive(world, held.value))
          breach(`2: a version of ${change.name} that holds a current key is disabled`);
        const last = held === undefined ? undefined : memory.lastReadableMs[held.value];
        if (last !== undefined && world.nowMs - last < (rotationOf()?.overlap.ms ?? 0) && memory.lastActMs === null)
          breach(`2: a version of ${change.name} is disabled that consumers may still hold`);
      }
      if (change.kind === 'set' && change.sentAtMs !== null) overwroteCopy(change.name, change.sentAtMs);
      if (change.kind === 'set') {
        note({ unread: [...new Set([...memory.unread, change.name])] });
        // What people put where this leads, while it was leaving, could not be seen.
        if (change.sentAtMs !== null && wasChangedByPeople(change.sentAtMs))
          note({ excused: [...memory.excused, ...designated().filter((key) => !isLive(world, key))] });
      }
      const fresh = look();
      if (change.kind !== 'set' || change.sentAtMs === null) return;
      const { sentAtMs } = change;
      for (const { key, atMs, left, confirmed } of world.memory.leaked)
        if (left && !confirmed && atMs < sentAtMs && fresh.includes(key) && !wasChangedByPeople(sentAtMs))
          breach(`10: consumers are led back to ${key}, which has leaked`);
      leak((one) => ({ ...one, left: one.left || !world.memory.readable.includes(one.key) }));
      for (const key of fresh) {
        const killedAtMs = memory.killedByPeopleMs[key];
        if (!isLive(world, key) && killedAtMs !== undefined && killedAtMs < sentAtMs - (replyCountsMs + freshMs))
          breach(
            `1: consumers are given ${key}, which somebody had killed ${Math.round((sentAtMs - killedAtMs) / 1000)} s before`,
          );
      }
      const was = world.secrets[change.name]?.versions.at(-2)?.value;
      if (change.name === names.pointer && was === change.value) return;
      if (change.name === names.pointer && isSlot(change.value) && !wasChangedByPeople(sentAtMs))
        pointedAt(change.value, rotationOf()?.kind ?? 'no rotation');
    },

    /** A person's act is done; `killed` are the keys that died of it. */
    peopleActed(act: Act, killed: readonly string[]) {
      const before = world.memory;
      const died = Object.fromEntries(killed.map((key) => [key, world.nowMs]));
      const regenerated = Object.fromEntries(
        slots.filter((slot) => killed.length > 0 && wasReplaced(slot)).map((slot) => [slot, world.nowMs]),
      );
      note({
        lastActMs: world.nowMs,
        killedByPeopleMs: { ...before.killedByPeopleMs, ...died },
        regeneratedByPeopleMs: { ...before.regeneratedByPeopleMs, ...regenerated },
      });
      const now = designated();
      const dead = now.filter((key) => !isLive(world, key));
      const given = Object.fromEntries(now.map((key) => [key, world.nowMs]));
      const takenBack = act.startsWith('restore') ? before.readable.filter((key) => !now.includes(key)) : [];
      const { memory } = world;
      note({
        givenByPeopleMs: { ...memory.givenByPeopleMs, ...given },
        excused: [...new Set([...memory.excused, ...dead])],
        undone: [...memory.undone, ...takenBack],
      });
      look();
    },

    /** The journal forgets: what it made Keyturn do before does not count against it. */
    journalTampered(what: 'deleted' | 'put back') {
      const { memory } = world;
      // Stated as limits: the copy knows nothing of a request that is still on its way, and of nothing that the vault's old
      // versions do not show either.
      const invalidateLastSeen = memory.sent.map(({ id }) => id);
      note({
        ...{
          lastActMs: world.nowMs,
          applied: [],
          sent: [],
          invalidateLastSeen: [...memory.invalidateLastSeen, ...invalidateLastSeen],
        },
        // What is kept beside the row is believed again when the sweep finds that the row is an older one.
        leaked: what === 'deleted' ? memory.leaked : [],
        excused: [...new Set([...memory.excused, ...(what === 'put back' ? memory.undone : [])])],
      });
    },

    read(worker: Worker, name: string) {
      if (name === names.pointer) worker.pointerReadAtMs = world.nowMs;
      if (world.memory.unread.includes(name)) note({ unread: world.memory.unread.filter((one) => one !== name) });
    },

    /** Azure takes whatever settings come: only a look right before keeps what somebody has saved since they were read. */
    replaced({ hasLookedAgain }: Worker) {
      if (!hasLookedAgain) breach('9: the settings of an app are replaced without a look whether it has changed since');
    },

    probed(worker: Worker, key: string, isAccepted: boolean) {
      worker.probedAtMs = world.nowMs;
      const lease = row()?.lease;
      // A worker that lost its lease while it was frozen tells nobody what it was answered.
      if (lease?.kind !== 'held' || !lease.token.startsWith(`${worker.name}-`)) return;
      const known = world.memory.accepted[key];
      const inARow = isAccepted ? (known?.inARow ?? 0) + 1 : 0;
      const sinceMs = known === undefined || known.inARow === 0 ? world.nowMs : known.sinceMs;
      note({ accepted: { ...world.memory.accepted, [key]: { inARow, sinceMs, lastMs: world.nowMs } } });
    },

    saved(before: AccountRow | null, after: AccountRow) {
      world.formerRows = { ...world.formerRows, lastSave: before };
      const id = (one: AccountRow | null) =>
        one?.rotation == null
          ? null
          : one.rotation.kind === 'suspended'
            ? one.rotation.from.rotationId
            : one.rotation.rotationId;
      const [was, is] = [id(before), id(after)];
      if (was === null && is !== null) world.begun += 1;
      const isReplaced = before?.rotation?.kind === 'suspended' && after.lastEnd?.outcome === 'replaced';
      if (was !== null && is !== null && was !== is && !isReplaced)
        breach('3: a rotation is begun while another is in flight');
      const undeclared = undeclaredMove(before, after);
      if (undeclared !== null) breach(`11: a rotation ${undeclared}`);
      if (readsEveryRow && showsKey(after, before)) breach('7: the row shows a key');
      restedNotTooLong(after);
      keptForStragglers(after);
      for (const { slot, atMs } of after.leaks) {
        if (before?.leaks.some((one) => one.slot === slot && one.atMs === atMs)) continue;
        const key = world.keys[slot];
        const told = { key, atMs: world.nowMs, left: !world.memory.readable.includes(key), goneMs: [] };
        note({ told: { ...world.memory.told, [slot]: told } });
      }
      for (const { key, slot, goneMs } of world.memory.leaked) {
        if (after.leaks.some((one) => one.slot === slot)) continue;
        if (isLive(world, key)) breach(`10: the row knows no more that ${key} has leaked, which lives`);
        else if (before?.leaks.some((one) => one.slot === slot) && !isSeenGone(goneMs))
          breach(`10: ${key} counts as gone before two looks have shown it in neither slot`);
        note({ leaked: world.memory.leaked.filter((one) => one.key !== key) });
      }
    },

    /** Nothing is left to happen. */
    atIdle() {
      if (showsKey(row(), null)) breach('7: the row shows a key');
      const rotation = row()?.rotation ?? null;
      if (rotation !== null && rotation.kind !== 'suspended') breach(`9: the rotation hangs in ${rotation.kind}`);
      if (world.memory.lastActMs !== null) return;
      for (const { key, confirmed } of world.memory.leaked)
        if (!confirmed || !isLive(world, key))
          breach(`10: ${key} has leaked, and still ${isLive(world, key) ? 'lives' : 'counts as alive'} at the end`);
      // The instance that took the target over, in whatever moment, has it now.
      if (rotation?.kind === 'suspended' && rotation.reason === 'taken-over' && world.otherRow !== null) return;
      if (rotation?.kind === 'suspended')
        return breach(`9: nobody meddled, and yet it stays suspended: ${rotation.reason}`);
      const pointed = readable(world, names.pointer);
      const inOrder =
        pointed !== null &&
        isSlot(pointed) &&
        slots.every((slot) => readable(world, names[slot]) === world.keys[slot]) &&
        (names.direct === null || readable(world, names.direct) === world.keys[pointed]);
      if (!inOrder) breach('9: vault and account disagree at the end');
      const copies = target.copies.map((copy) => readable(world, copyName(copy)));
      if (copies.some((key) => key === null || !isLive(world, key))) breach('9: a copy holds a dead key at the end');
      if (row()?.lastEnd?.outcome === 'completed' && copies.some((key) => key !== world.keys[pointed as Slot]))
        breach('9: a copy was not led along');
    },
  };

  /** What is tried again is tried within 15 minutes, within one while a leaked key lives, and not after the state's deadline. */
  function restedNotTooLong({ lease, rotation, wakeAtMs, inDoubt, settleUntilMs }: AccountRow): void {
    if (lease.kind === 'held' || wakeAtMs === null || rotation === null || rotation.kind === 'suspended') return;
    // Its owner vanished: the next looks once the last write that it may have sent has settled, whatever it waited for itself.
    if (inDoubt?.kind === 'takeover' && wakeAtMs <= settleUntilMs) {
      if (wakeAtMs - world.nowMs > overtakenAfterMs) breach(`8: ${rotation.kind} rests longer than a write can settle`);
      return;
    }
    const { kind, waiting, deadlineMs, leaked, retrying } = rotation;
    if (waiting === null || plannedWaits.has(waiting)) return;
    // From then on the calls of a day are spread over what is left of it, the next try's among them.
    const isSpread = (retrying?.calls ?? 0) + mostCallsOfATry > freeCalls;
    const lives = world.memory.leaked.some(
      ({ key, slot, confirmed }) => slot === leaked?.slot && !confirmed && isLive(world, key),
    );
    const forMs = wakeAtMs - world.nowMs;
    if (!isSpread && forMs > (lives ? 60_000 : 15 * 60_000))
      breach(
        `8: ${kind} rests for ${Math.round(forMs / 1000)} s, ${waiting}${lives ? ', while a leaked key lives' : ''}`,
      );
    // A pause gives each state its whole time again; what confirms has a day of its own.
    if (wakeAtMs > Math.max(deadlineMs, world.nowMs) && world.pause === null && kind !== 'confirming')
      if (forMs > retryPastDeadlineMs) breach(`8: ${kind} rests past its deadline, ${waiting}`);
  }

  /** A leaked key is kept for nobody, and no key for longer than the target's policy says. */
  function keptForStragglers({ rotation, leaks, lease, wakeAtMs, inDoubt }: AccountRow): void {
    if (rotation?.kind !== 'overlapping' || rotation.waiting !== 'stragglers') return;
    // Anyone who still works on it, or takes over, decides again; nobody does while all is paused.
    if (lease.kind === 'held' || inDoubt?.kind === 'takeover' || world.pause?.paused) return;
    const untilMs = wakeAtMs ?? Number.POSITIVE_INFINITY;
    if (leaks.length > 0 && untilMs > world.nowMs) breach('13: a leaked key is kept for stragglers');
    const mostMs = Math.max(
      rotation.overlapUntilMs + target.policy.stragglers.holdMs,
      (rotation.held?.atMs ?? 0) + 60_000,
    );
    // The pause counts from before what may have taken long was asked.
    if (untilMs > Math.max(mostMs, world.nowMs) + retryPastDeadlineMs)
      breach('13: the old key is kept for stragglers for longer than the target says');
  }

  /** For how long, counted from when consumers could last read it, a leaked key lives as its report said beforehand. */
  function toldOf({ seen, overlapMs }: NonNullable<ActiveState['leaked']>): number {
    if (seen === null) return overlapMs;
    // It ends at once: the report counted from what the row had last seen.
    const sinceMs = row()?.lastSeen?.sinceMs ?? Number.NEGATIVE_INFINITY;
    return Math.min(target.policy.overlapMs, Math.max(0, world.nowMs - sinceMs - vaultRoundingMs));
  }

  /** Only a leaked key, or an operator's word, ends a key that a copy may still give to somebody. */
  function killedCopy(killed: string, slot: Slot, sentAtMs: number): void {
    const rotation = rotationOf();
    const { copied, copiedMs, excused } = world.memory;
    for (const { name, cacheMs } of target.copies) {
      const lastMs = copied === killed ? world.nowMs : copiedMs[killed];
      const isLeft = rotation?.leaked?.slot === slot || rotation?.leftBehind.includes(name) || excused.includes(killed);
      if (lastMs !== undefined && world.nowMs - lastMs < cacheMs && !isLeft && !wasChangedByPeople(sentAtMs))
        breach(`12: ${killed} is killed ${Math.round((world.nowMs - lastMs) / 1000)} s after a copy held it`);
    }
  }

  /** A value that is no key of the account's is somebody else's. */
  function overwroteCopy(name: string, sentAtMs: number): void {
    const was = world.secrets[name]?.versions.at(-2)?.value;
    const isCopy = target.copies.some((copy) => copyName(copy) === name);
    const isKey = slots.some((slot) => world.keys[slot] === was);
    // A regenerate's reply counts for a minute: what people change meanwhile is not seen.
    const isUnseen = (world.memory.lastActMs ?? Number.NEGATIVE_INFINITY) > sentAtMs - (replyCountsMs + freshMs);
    if (isCopy && was !== undefined && !isKey && !isUnseen) breach(`12: ${was} is overwritten in a copy`);
  }

  function wasChangedByPeople(sentAtMs = world.nowMs): boolean {
    return (world.memory.lastActMs ?? Number.NEGATIVE_INFINITY) > sentAtMs - unseenMs;
  }

  function wasReplaced(slot: Slot): boolean {
    const [before, now] = world.listed.slice(-2);
    return now !== undefined && now.atMs === world.nowMs && before?.keys[slot] !== now.keys[slot];
  }

  function pointedAt(slot: Slot, state: string): void {
    const key = readable(world, names[slot]);
    const proof = key === null ? undefined : world.memory.accepted[key];
    const { acceptances, spreadMs } =
      state === 'switching' ? target.policy.newKeyProof : { acceptances: 1, spreadMs: 0 };
    if (world.memory.unread.includes(names[slot]))
      breach(`5: consumers are pointed at ${slot} before its secret is read back`);
    if (proof === undefined || proof.inARow < acceptances || proof.lastMs - proof.sinceMs < spreadMs)
      breach(`5: consumers are pointed at ${slot} after ${proof?.inARow ?? 0} acceptances`);
  }
}

function isSeenGone([firstMs, lastMs]: readonly number[]): boolean {
  return firstMs !== undefined && lastMs !== undefined && lastMs - firstMs >= staleBoundMs;
}

/** Whether a row shows a key in what it does not share with the row before it. */
function showsKey(value: unknown, before: unknown): boolean {
  if (typeof value === 'string') return value.includes('secret-key-');
  if (typeof value !== 'object' || value === null) return false;
  const known = (before ?? {}) as Readonly<Record<string, unknown>>;
  for (const name in value) {
    const part: unknown = (value as Readonly<Record<string, unknown>>)[name];
    if (part !== known[name] && showsKey(part, known[name])) return true;
  }
  return false;
}
