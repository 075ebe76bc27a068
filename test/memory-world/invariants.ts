import { secretNames, type Target } from '../../src/keys/target.ts';
import { activeKeyProof, freshMs } from '../../src/rotation/numbers.ts';
import { rotationIdOf } from '../../src/rotation/state.ts';
import { isSlot, slots } from '../../src/shared/slot.ts';
import { consumers } from './consumers.ts';
import type { Happening } from './happening.ts';
import type { MemoryWorld } from './memory-world.ts';
import { readRow } from './read-row.ts';
import { copyName } from './target-builder.ts';

/** The invariants by the number that the design gives them; 0: a consumer's call failed. */
export type Invariant = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Writes that leave only under the lease. */
const fencedOperations = new Set(['regenerate', 'set', 'set-tags', 'disable', 'recover']);

export interface Watch {
  /** Call after everything that happens. */
  check(): void;
  /** Each breach as a sentence, with its invariant's number first. */
  readonly breaches: string[];
  /** How many calls consumers have made, one for each key that one of them may hold, at each step. */
  consumerCalls: number;
}

/**
 * Watches a world and says which invariant broke when. What people outside do is not Keyturn's breach: a key that they
 * killed, or that they gave to consumers when it was dead, being killed or not yet accepted, counts no more.
 */
export function watchInvariants(world: MemoryWorld, target: Target): Watch {
  const names = secretNames(target);
  const crowd = consumers(world, target);
  const watch: Watch = { check, breaches: [], consumerCalls: 0 };
  const nowMs = () => world.clock.nowMs();
  const breach = (invariant: Invariant, text: string): undefined => {
    const sentence = `${invariant}: ${text}`;
    if (!watch.breaches.some((known) => known === sentence)) watch.breaches.push(sentence);
  };

  /** Keys that people outside have made unfit for consumers. */
  const spoiled = new Set<string>();
  const peoplePointedAtMs = new Map<string, number>();
  /** How long consumers may follow a pointer that people moved for half a minute. */
  const outsidePointerMs = target.policy.pointerCacheMs + 60_000;
  const givenByPeopleAtMs = new Map<string, number>();
  let lastOutsideMs = Number.NEGATIVE_INFINITY;
  /** When people last took the row away, or put an old one back. */
  let rowRestoredAtMs = Number.NEGATIVE_INFINITY;
  /** Regenerates that have left and may still be applied, by slot. */
  const underWay: { by: string; rotationId: string; slot: string; sentAtMs: number }[] = [];
  const appliedIn = new Set<string>();
  const pointerReadAtMs = new Map<string, number>();
  const pointerSentAtMs = new Map<string, number>();
  const savedAtMs = new Map<string, number>();
  const rowsSeenBy = new Map<string, string>();
  /** Acceptances in a row, since when, and the last of them. */
  const accepted = new Map<string, { inARow: number; sinceMs: number; lastMs: number }>();
  const storedAtMs = new Map<string, number>();
  const readBack = new Set<string>();

  /** When a declared copy last held a key, by copy and key. */
  const copied = new Map<string, number>();

  const row = () => readRow(world.journal.row?.fields);

  function noteCopies(): void {
    for (const copy of target.copies) {
      const key = world.vault.value(copyName(copy));
      if (key !== null) copied.set(`${copy.name} ${key}`, nowMs());
    }
  }

  /** What people store in a copy while the request is leaving could not be seen. */
  function killedCopies(killed: string, sentAtMs: number): void {
    const rotation = row()?.rotation ?? null;
    const state = rotation?.kind === 'suspended' ? rotation.from : rotation;
    for (const { name, cacheMs } of target.copies) {
      const lastMs = copied.get(`${name} ${killed}`);
      const isExcused = state?.leaked != null || state?.leftBehind.includes(name) || lastOutsideMs > sentAtMs - freshMs;
      if (lastMs !== undefined && nowMs() - lastMs < cacheMs && !isExcused)
        breach(9, `${killed} was killed ${Math.round((nowMs() - lastMs) / 1000)} s after the copy ${name} held it`);
    }
  }

  function check(): void {
    noteCopies();
    crowd.notification();
    for (const key of crowd.designated())
      if (!spoiled.has(key) && !world.account.accepts(key)) breach(1, `the key given to consumers is refused: ${key}`);
    const held = crowd.held();
    watch.consumerCalls += held.size;
    for (const key of held)
      if (!spoiled.has(key) && !world.account.accepts(key)) breach(0, `a consumer's call failed with ${key}`);
  }

  function sentRegenerate(by: string, slot: string): undefined {
    const now = row();
    const rotation = now?.rotation ?? null;
    if (now === null || rotation === null || rotation.kind === 'suspended')
      return breach(3, `${by} regenerates ${slot} while no rotation is in flight`);
    if (rotation.kind !== 'regenerating' && rotation.kind !== 'retiring')
      return breach(4, `${by} regenerates ${slot} in ${rotation.kind}`);
    if (rotation.sent === null) breach(4, `${by} regenerates ${slot} before the intent is saved`);
    if (underWay.some((other) => other.slot === slot))
      breach(4, `${by} regenerates ${slot} while an earlier request may still arrive`);
    if (nowMs() - (savedAtMs.get(by) ?? 0) > freshMs) breach(6, `${by} saved the row too long before regenerating`);
    if (nowMs() - (pointerReadAtMs.get(by) ?? 0) > freshMs)
      breach(6, `${by} read the pointer too long before regenerating ${slot} in ${rotation.kind}`);
    if (rotation.kind === 'retiring' && target.policy.probe === 'data-plane') {
      const active = world.vault.value(names[rotation.newSlot]);
      const proof = active === null ? undefined : accepted.get(active);
      if (proof === undefined || nowMs() - proof.lastMs > freshMs || proof.inARow < activeKeyProof.acceptances)
        breach(6, `${by} regenerates ${slot} without a fresh proof of the active key`);
    }
    underWay.push({ by, rotationId: rotation.rotationId, slot, sentAtMs: nowMs() });
  }

  function sentUnderLease(by: string, operation: string): void {
    // Stated as a limit: a write may rest on a row of up to five seconds ago, and people have just taken that away.
    if (nowMs() - rowRestoredAtMs <= freshMs) return;
    const now = row();
    if (now === null || now.lease.kind !== 'held' || rowsSeenBy.get(now.lease.token) !== by)
      breach(3, `${by} sends ${operation} without the lease`);
  }

  function sentPointer(by: string): void {
    pointerSentAtMs.set(by, nowMs());
    if (nowMs() - (pointerReadAtMs.get(by) ?? 0) > freshMs)
      breach(6, `${by} read the pointer too long before moving it`);
    if (nowMs() - (savedAtMs.get(by) ?? 0) > freshMs)
      breach(6, `${by} saved the row too long before moving the pointer`);
  }

  function regenerated(by: string, slot: string, killed: string): void {
    noteCopies();
    crowd.notification();
    const at = underWay.findIndex((request) => request.by === by && request.slot === slot);
    const [request] = at === -1 ? [] : underWay.splice(at, 1);
    const id = `${request?.rotationId ?? 'none'}/${slot}`;
    if (appliedIn.has(id)) breach(4, `${slot} is regenerated twice in one rotation`);
    appliedIn.add(id);
    killedCopies(killed, request?.sentAtMs ?? nowMs());
    const rotation = row()?.rotation ?? null;
    const state = rotation?.kind === 'suspended' ? rotation.from : rotation;
    // A leaked key that consumers are not led to ends at once, as the preview said: those who fail by it are counted.
    const isLeaked = state?.kind === 'regenerating' && state.leaked?.slot === slot;
    const overlapMs = isLeaked ? 0 : (state?.overlap.ms ?? target.policy.overlapMs);
    const lastMs = crowd.lastDesignatedAtMs(killed);
    // What people gave to consumers while the request was leaving could not be seen.
    if ((givenByPeopleAtMs.get(killed) ?? 0) > (request?.sentAtMs ?? nowMs()) - freshMs) spoiled.add(killed);
    if (lastMs !== null && nowMs() - lastMs < overlapMs && !spoiled.has(killed))
      breach(2, `${killed} was killed ${Math.round((nowMs() - lastMs) / 1000)} s after consumers could read it`);
  }

  function stored(by: string, name: string, value: string): void {
    noteCopies();
    crowd.notification();
    readBack.delete(name);
    storedAtMs.set(name, nowMs());
    if (name === names.pointer && isSlot(value)) pointedAt(by, value);
    // Consumers whom people pointed at this slot read its new key before anybody has proved it.
    for (const slot of slots)
      if (name === names[slot] && nowMs() - (peoplePointedAtMs.get(slot) ?? -Infinity) < outsidePointerMs)
        spoiled.add(value);
  }

  function pointedAt(by: string, slot: 'key1' | 'key2'): void {
    const rotation = row()?.rotation ?? null;
    const key = world.vault.value(names[slot]);
    const proof = key === null ? undefined : accepted.get(key);
    if (target.policy.probe === 'control-plane-only') return;
    // What people changed while the request was leaving could not be seen.
    if (lastOutsideMs > (pointerSentAtMs.get(by) ?? 0) - freshMs) {
      if (key !== null) spoiled.add(key);
      return;
    }
    const wanted = rotation?.kind === 'switching' ? target.policy.newKeyProof : activeKeyProof;
    if (rotation?.kind === 'switching' && !readBack.has(names[slot]) && storedAtMs.has(names[slot]))
      breach(5, `${by} points at ${slot} before its secret is read back`);
    if (proof === undefined || proof.inARow < wanted.acceptances || proof.lastMs - proof.sinceMs < wanted.spreadMs)
      breach(5, `${by} points at ${slot} after ${proof?.inARow ?? 0} acceptances`);
  }

  function saved(by: string, before: unknown, after: unknown): undefined {
    const was = readRow(before);
    // A refused adoption takes away the row that it made.
    if (after === null)
      return (was?.rotation ?? null) === null ? undefined : breach(3, 'the row of a rotation in flight was removed');
    const is = readRow(after);
    if (is === null) return breach(7, 'a row was saved that cannot be read');
    savedAtMs.set(by, nowMs());
    if (is.lease.kind === 'held' && !rowsSeenBy.has(is.lease.token)) rowsSeenBy.set(is.lease.token, by);
    const [one, other] = [was?.rotation ?? null, is.rotation];
    // A leaked key's rotation takes the place of a suspended one, and says so.
    const end = is.lastEnd;
    const isReplaced =
      one?.kind === 'suspended' && end?.outcome === 'replaced' && end.last.rotationId === rotationIdOf(one);
    if (one !== null && other !== null && rotationIdOf(one) !== rotationIdOf(other) && !isReplaced)
      breach(3, `${by} began ${rotationIdOf(other)} while ${rotationIdOf(one)} was in flight`);
    said('journal', JSON.stringify(after));
  }

  function said(where: string, text: string): void {
    for (const key of world.account.everyKey) if (text.includes(key)) breach(7, `${where} shows ${key}`);
  }

  function outside(act: string): void {
    noteCopies();
    lastOutsideMs = nowMs();
    crowd.notification();
    const live = new Set(slots.map((slot) => world.account.keys[slot]));
    // An old copy begins its rotation again, from what it finds.
    if (act === 'restore row') {
      appliedIn.clear();
      rowRestoredAtMs = nowMs();
    }
    if (act.startsWith('kill:')) spoiled.add(act.slice('kill:'.length));
    const pointed = world.vault.value(names.pointer);
    if (pointed !== null) peoplePointedAtMs.set(pointed, nowMs());
    for (const key of crowd.designated()) givenByPeopleAtMs.set(key, nowMs());
    for (const key of crowd.designated())
      if (
        !live.has(key) ||
        !world.account.accepts(key) ||
        underWay.some(({ slot }) => isSlot(slot) && world.account.keys[slot] === key)
      )
        spoiled.add(key);
  }

  world.watchers.push((happening: Happening) => {
    switch (happening.kind) {
      case 'sent':
        if (fencedOperations.has(happening.call.operation)) sentUnderLease(happening.by, happening.call.operation);
        if (happening.call.operation === 'regenerate') sentRegenerate(happening.by, happening.call.subject);
        if (happening.call.operation === 'set' && happening.call.subject === names.pointer) sentPointer(happening.by);
        return;
      case 'void': {
        const { by, call } = happening;
        const at = underWay.findIndex((request) => request.by === by && request.slot === call.subject);
        if (call.operation === 'regenerate' && at !== -1) underWay.splice(at, 1);
        return;
      }
      case 'regenerated':
        return regenerated(happening.by, happening.slot, happening.killed);
      case 'stored':
        return stored(happening.by, happening.name, happening.value);
      case 'read':
        if (happening.name === names.pointer) pointerReadAtMs.set(happening.by, nowMs());
        readBack.add(happening.name);
        return;
      case 'probed': {
        const known = accepted.get(happening.key) ?? { inARow: 0, sinceMs: nowMs(), lastMs: nowMs() };
        accepted.set(
          happening.key,
          happening.accepted
            ? { inARow: known.inARow + 1, sinceMs: known.inARow === 0 ? nowMs() : known.sinceMs, lastMs: nowMs() }
            : { inARow: 0, sinceMs: nowMs(), lastMs: nowMs() },
        );
        return;
      }
      case 'saved':
        return saved(happening.by, happening.before, happening.after);
      case 'outside':
        return outside(happening.act);
      case 'said':
        return said(happening.where, happening.text);
    }
  });
  return watch;
}
