import { leaseMs } from '../../../src/durable/numbers.ts';
import type { AccessState } from '../../../src/hardening/access/access-state.ts';
import type { WantedAssignment } from '../../../src/hardening/access/ports.ts';
import type { HardeningRow } from '../../../src/hardening/hardening-row.ts';
import type { KeylessState } from '../../../src/hardening/keyless/keyless-state.ts';
import type { NetworkState } from '../../../src/hardening/network/network-state.ts';
import { askedRules, sameRules } from '../../../src/hardening/network/plan-rules.ts';
import type { NetworkRules } from '../../../src/hardening/network/ports.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { secretNames } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { freeCalls, longestRetryMs } from '../../../src/shared/retry-pace.ts';
import { slots } from '../../../src/shared/slot.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Worker } from '../worker.ts';
import { type Change, readable, type World } from '../world.ts';
import { applyHardening, set } from './apply-hardening.ts';
import { callersOf, type HardeningChange, type HardeningMemory, reaches, takesToken } from './hardening-world.ts';
import { description, explored } from './requests.ts';

type AnyState = NetworkState | AccessState | KeylessState;

/** What people change this shortly before one of our writes leaves cannot be seen. */
const unseenMs = 10_000;
/** Rules that keep Keyturn out stand for five minutes, and as long as it takes to overtake a worker and to try again twice. */
const mostLockedOutMs = 45 * 60_000;
/** What is sent rests on a proof of the token that is younger than a lease. */
const mostSinceTokenMs = leaseMs;
/** What one try costs, a whole round of calls among it. */
const mostCallsOfATry = 40;
const dayMs = 24 * 3_600_000;
const mostCallsPerDay = 300;
/** More than a lease: a worker that waits within its invocation keeps it from others. */
const mostSleepMs = leaseMs;

export function rowOf<State extends AnyState = AnyState>(world: World): HardeningRow<State> | null {
  return (world.hardening.row?.fields ?? null) as HardeningRow<State> | null;
}

/** Where a change of the network stands, finely enough to tell its calls apart. */
export function stateOf(world: World, area: HardeningArea): string {
  const change = rowOf(world)?.state.change ?? null;
  if (change === null) return 'no change';
  if ('phase' in change)
    return change.phase.kind === 'working'
      ? `working: ${change.phase.first?.kind ?? 'nothing yet'}`
      : change.phase.kind;
  if ('at' in change) return change.at.kind;
  return change.steps.find(({ doneAtMs }) => doneAtMs === null)?.change.kind ?? area;
}

/** The invariants of a change of hardening, each by its number; 9: how it all ends. */
export function hardeningJudge(world: World, area: HardeningArea, breach: (text: string) => void) {
  const memory = () => world.hardening.memory;
  const note = (change: Partial<HardeningMemory>) => set(world, { memory: { ...memory(), ...change } });
  const network = () => (area === 'network' ? (rowOf<NetworkState>(world)?.state ?? null) : null);

  const wasChangedByPeople = (sinceMs = world.nowMs) =>
    memory().tampered !== null || (memory().lastActMs ?? Number.NEGATIVE_INFINITY) > sinceMs - unseenMs;

  const isOwner = ({ name }: Worker) =>
    rowOf(world)?.lease.kind === 'held' && rowOf(world)?.lease.token.startsWith(`${name}-`) === true;

  /** After whatever changed: whether Keyturn still gets in. */
  const look = () => {
    const { lockedOutSinceMs, sentRules, sentKeysOff } = memory();
    const isOurs = sentRules !== null && sameRules(world.hardening.rules, sentRules);
    const isLockedOut =
      area === 'keyless'
        ? sentKeysOff && world.facts.localAuthDisabled && !takesToken(world.hardening)
        : isOurs && !reaches(world.hardening);
    if (isLockedOut !== (lockedOutSinceMs !== null)) note({ lockedOutSinceMs: isLockedOut ? world.nowMs : null });
  };

  /** 4: nothing is sent that contradicts what may still arrive. */
  const leaves = (id: string, what: string) => {
    const open = memory().inFlight.filter(({ voidAtMs }) => voidAtMs === null || voidAtMs > world.nowMs);
    if (open.some((one) => one.what !== what) && memory().tampered === null)
      breach(`4: ${what} is sent while ${open.find((one) => one.what !== what)?.what} may still arrive`);
    note({ inFlight: [...open, { id, what, atMs: world.nowMs, voidAtMs: null }] });
  };

  const sentRules = (rules: NetworkRules, id: string) => {
    const { foundRules, rulesBefore, rulesChangedAtMs } = memory();
    const isUnseen = rulesChangedAtMs !== null && rulesChangedAtMs > world.nowMs - unseenMs;
    const found = isUnseen ? [foundRules, rulesBefore] : [foundRules];
    const now = world.hardening.rules;
    const change = network()?.change ?? null;
    leaves(id, `rules ${textOf(rules)}`);
    if (change === null) breach('3: rules are sent without a change under way');
    else {
      const asked = askedRules(change.request, foundRules);
      if (found.every((one) => isMoreOpen(rules, one)) && isMoreOpen(rules, asked))
        breach(
          `1: rules ${textOf(rules)} are sent, more open than asked (${textOf(asked)}) and than found (${textOf(foundRules)})`,
        );
      const { phase } = change;
      if (phase.kind === 'working') breach('1: rules are sent before those that stood are saved');
      else if (!sameRules(now, phase.from) && !sameRules(now, phase.to) && !wasChangedByPeople())
        breach(`1: rules ${textOf(now)} that somebody else has set are overwritten with ${textOf(rules)}`);
    }
    // Stated as a limit: what a person sets between our look and our write is overwritten, and nothing shows that it was there.
    note({ sentRules: rules, ...(isUnseen ? { foundRules: rulesBefore } : {}) });
  };

  /** Stated as a limit: what a person replaces between our look and our write cannot be seen. */
  const isStoredKeyHeld = () => {
    const names = secretNames(explored);
    const active = slots.find((slot) => slot === readable(world, names.pointer));
    return wasChangedByPeople() || (active !== undefined && readable(world, names[active]) === world.keys[active]);
  };

  const sentKeys = (off: boolean, id: string) => {
    const { tokenAcceptedAtMs, foundKeysOff, tampered } = memory();
    const change = rowOf<KeylessState>(world)?.state.change ?? null;
    leaves(id, `keys ${off ? 'off' : 'on'}`);
    if (change === null) return breach('3: keys are turned without a change under way');
    const rotation = (world.row?.fields as AccountRow | undefined)?.rotation ?? null;
    if (off && rotation !== null) breach(`3: keys are turned off while a rotation is ${rotation.kind}`);
    const sinceMs = world.nowMs - (tokenAcceptedAtMs ?? Number.NEGATIVE_INFINITY);
    if (off && sinceMs > mostSinceTokenMs)
      breach(`3: keys are turned off ${Math.round(sinceMs / 1000)} s after the token was last accepted`);
    // Stated as a limit: a row that is put back asks again for what it asked for then, its revert with it.
    if (!off && foundKeysOff && change.at.kind !== 'turning-on' && change.calledOff === null && tampered !== 'put back')
      breach('1: keys are turned on that were off before, and nobody has asked for it');
    if (off) note({ sentKeysOff: true, storedKeyHeld: isStoredKeyHeld() });
  };

  const sentAssignment = ({ principalId, roleGuid, name }: WantedAssignment, id: string) => {
    leaves(id, `role of ${principalId}`);
    const asked = rowOf<AccessState>(world)?.state.asked ?? [];
    if (!asked.some((grant) => grant.role.guid === roleGuid))
      breach(`1: ${principalId} is given a role that nobody asked for`);
    note({ sentAssignments: [...memory().sentAssignments, name] });
  };

  const sentRemoval = (name: string, id: string) => {
    leaves(id, `removal of ${name}`);
    const held = world.hardening.assignments.find((one) => one.name === name);
    if (held !== undefined && held.description !== description && !wasChangedByPeople())
      breach(`1: the assignment of ${held.principalId} is removed, which Keyturn has not made`);
    note({ sentRemovals: [...memory().sentRemovals, name] });
  };

  return {
    called(worker: Worker, _call: Call) {
      if (worker.journal === 'second' || isOfRotation(worker)) return;
      const change = rowOf(world)?.state.change ?? null;
      if (change === null) return;
      const state = `${change.id} ${stateOf(world, area)}`;
      const { calls } = memory();
      const isSame = calls.state === state && world.nowMs - calls.sinceMs < dayMs;
      const count = isSame ? calls.count + 1 : 1;
      note({ calls: { state, sinceMs: isSame ? calls.sinceMs : world.nowMs, count } });
      if (count === mostCallsPerDay + 1) breach(`8: more than ${mostCallsPerDay} calls within a day, in ${state}`);
    },

    /** The worker has read the account's rules: what people did before is seen. */
    looked(worker: Worker) {
      if (isOwner(worker)) note({ rulesChangedAtMs: null });
    },

    tokenAccepted(_worker: Worker) {
      note({ tokenAcceptedAtMs: world.nowMs });
    },

    slept(worker: Worker, durationMs: number) {
      if (durationMs > mostSleepMs) breach(`8: ${worker.name} sleeps for ${durationMs / 1000} s`);
    },

    sentUnderLease(worker: Worker, { service, operation, subject }: Call) {
      // What stands in the vault is under the lease of the account's own row.
      if (service !== 'arm' || memory().tampered !== null) return;
      const what = `${operation} ${subject}`;
      if (!isOwner(worker)) breach(`3: ${worker.name} sends ${what} without the lease`);
      else if (world.nowMs - (world.hardening.row?.savedAtMs ?? 0) >= leaseMs)
        breach(`3: ${worker.name} sends ${what} under a lease that has expired`);
    },

    sent(_worker: Worker, _call: Call, change: Change) {
      if (change.kind === 'rules') sentRules(change.rules, change.sendId);
      if (change.kind === 'local-auth') sentKeys(change.disabled, change.sendId);
      if (change.kind === 'assign') sentAssignment(change.wanted, change.sendId);
      if (change.kind === 'unassign') sentRemoval(change.name, change.sendId);
    },

    neverApplied(change: Change, voidAtMs: number) {
      if (!('sendId' in change)) return;
      note({ inFlight: memory().inFlight.map((one) => (one.id === change.sendId ? { ...one, voidAtMs } : one)) });
    },

    /** A change takes place. */
    applied(change: HardeningChange) {
      const before = rowOf(world);
      if (change.kind === 'rules' || change.kind === 'local-auth')
        world.facts = { ...world.facts, provisioningState: 'Succeeded' };
      if ('sendId' in change) {
        const { inFlight, rulesActMs, rulesBefore } = memory();
        const one = inFlight.find(({ id }) => id === change.sendId);
        note({ inFlight: inFlight.filter((other) => other !== one) });
        // Stated as a limit: a write of ours in flight while a person changes the same rules; nothing shows that theirs were there.
        if (change.kind === 'rules' && one !== undefined && rulesActMs !== null && rulesActMs > one.atMs)
          note({ foundRules: rulesBefore });
      }
      if (!applyHardening(world, change)) return;
      if (change.kind === 'row') {
        world.formerRows = { ...world.formerRows, lastSave: before };
        saved(before);
      }
      look();
    },

    /** A person's act is done: what stands now is what Keyturn finds. */
    peopleActed(before: NetworkRules, keysOffBefore: boolean) {
      const { hardening, facts } = world;
      const change = network()?.change ?? null;
      const { foundRules, rulesBefore, rulesChangedAtMs } = memory();
      const isUnseen = rulesChangedAtMs !== null && rulesChangedAtMs > world.nowMs - unseenMs;
      const { rules } = hardening;
      // Stated as a limit: who sets the very rules that are asked for is taken for the change itself.
      if (change !== null && sameRules(rules, askedRules(change.request, foundRules))) note({ sentRules: rules });
      else if (!sameRules(before, rules))
        note({
          ...{ foundRules: rules, rulesBefore: isUnseen ? rulesBefore : foundRules },
          ...{ rulesChangedAtMs: world.nowMs, rulesActMs: world.nowMs },
        });
      note({
        lastActMs: world.nowMs,
        foundAssignments: hardening.assignments,
      });
      const keyless = rowOf<KeylessState>(world)?.state.change ?? null;
      // As above: who turns keys off while that is asked for is taken for the change itself.
      const isAsked = area === 'keyless' && keyless !== null && keyless.at.kind !== 'turning-on';
      if (keysOffBefore !== facts.localAuthDisabled) {
        if (facts.localAuthDisabled && isAsked)
          note({ sentKeysOff: true, storedKeyHeld: memory().storedKeyHeld || isStoredKeyHeld() });
        else note({ foundKeysOff: facts.localAuthDisabled });
      }
      look();
    },

    /** The journal forgets: what it made Keyturn do before does not count against it. */
    tampered(what: 'deleted' | 'put back') {
      note({ tampered: what, lastActMs: world.nowMs });
    },

    /** Nothing is left to happen. */
    atIdle() {
      const row = rowOf(world);
      const { tampered } = memory();
      if (row !== null && row.state.change !== null && tampered === null) {
        breach(`9: the change hangs in ${stateOf(world, area)}`);
        return;
      }
      ended();
    },
  };

  /** How a change ended, when it ends and when all is at rest: what may befall the account between the two shows as well. */
  function ended(): void {
    if (area === 'network') networkEnded();
    if (area === 'keyless') keysEnded();
    if (area === 'access') accessEnded();
  }

  /** The row was saved. */
  function saved(before: HardeningRow<AnyState> | null): void {
    const after = rowOf(world);
    if (after === null) return;
    const { change } = after.state;
    if (change !== null && change.id !== before?.state.change?.id) {
      const { hardening, facts } = world;
      note({
        ...{
          begun: memory().begun + 1,
          changeId: change.id,
          startedAtMs: world.nowMs,
          sentRules: null,
          tokenAcceptedAtMs: memory().tokenAcceptedAtMs,
        },
        ...{ foundRules: hardening.rules, rulesChangedAtMs: null, foundAssignments: hardening.assignments },
        ...{
          foundKeysOff: facts.localAuthDisabled,
          sentKeysOff: false,
          storedKeyHeld: false,
          sentAssignments: [],
          sentRemovals: [],
        },
      });
    }
    if (after.lease.kind === 'released' && change !== null && after.wakeAtMs === null && memory().tampered === null)
      breach(`5: ${stateOf(world, area)} rests for good`);
    if (
      change === null &&
      before?.state.change != null &&
      memory().inFlight.some(({ voidAtMs }) => voidAtMs === null || voidAtMs > world.nowMs) &&
      memory().tampered === null
    )
      breach(`4: the change ends while ${memory().inFlight[0]?.what} may still arrive`);
    if (change === null && before?.state.change != null) ended();
    const { lockedOutSinceMs } = memory();
    // From then on the calls of a day are spread over what is left of it; a proof of keys that linger rests by plan.
    const isSpread = (after.retrying?.calls ?? 0) > freeCalls - mostCallsOfATry;
    const restMs = (after.wakeAtMs ?? 0) - world.nowMs;
    if (after.lease === null && after.retrying !== null && !isSpread && restMs > longestRetryMs + 1_000)
      breach(`8: ${stateOf(world, area)} rests for ${Math.round(restMs / 1000)} s`);
    const state = stateOf(world, area);
    if (lockedOutSinceMs !== null && world.nowMs - lockedOutSinceMs > mostLockedOutMs && !wasChangedByPeople())
      if (state === 'closing' || state === 'proving')
        breach(
          `2: for ${Math.round((world.nowMs - lockedOutSinceMs) / 60_000)} min Keyturn does not get in, and the change goes on`,
        );
  }

  function keysEnded(): void {
    const state = rowOf<KeylessState>(world)?.state ?? null;
    const { facts, hardening, keys } = world;
    const { tampered, lastActMs, foundKeysOff, inFlight } = memory();
    if (tampered !== null || state === null || state.last === null || inFlight.length > 0) return;
    const { outcome, endedAtMs, reason, keyProof } = state.last;
    if (keyProof === 'refused' && !memory().storedKeyHeld)
      breach('3: a key that the account had no more is taken for a proof that keys are off');
    const accountRow = world.row?.fields as AccountRow | undefined;
    const isMarked = accountRow?.keyless != null;
    const isStored = slots.every((slot) => readable(world, secretNames(explored)[slot]) === keys[slot]);
    const isActed = (lastActMs ?? 0) > endedAtMs - keysProvedMs;
    if (outcome === 'keys-off' && !isActed) {
      if (!facts.localAuthDisabled) breach('3: the change ended with keys off, and they are on');
      if (!takesToken(hardening)) breach('2: keys are off, and the token is not accepted');
      // Stated as a limit: that a key is refused which somebody has replaced says nothing of the others.
      if (world.nowMs < hardening.keysLingerUntilMs && isStored)
        breach('3: the change ended with keys off, and a gateway takes them');
      if (!isMarked) breach('9: keys are off, and the account does not count as keyless');
    }
    if (outcome === 'reverted' || outcome === 'keys-on') {
      if (facts.localAuthDisabled && !foundKeysOff && lastActMs === null)
        breach(`2: the change ended as ${outcome}, and keys are off`);
      if (isMarked) breach(`9: the change ended as ${outcome}, and the account counts as keyless`);
      // A rotation between regenerating a key and storing it is judged by where it ends.
      if (!isStored && lastActMs === null && accountRow?.rotation == null)
        breach(`9: the change ended as ${outcome}, and the vault holds other keys`);
    }
    if (outcome === 'failed' && reason === null) breach('5: the change failed without a reason');
  }

  function accessEnded(): void {
    const state = rowOf<AccessState>(world)?.state ?? null;
    const { tampered, lastActMs, foundAssignments, sentAssignments, sentRemovals, inFlight } = memory();
    if (tampered !== null || state === null || state.last === null) return;
    const { assignments } = world.hardening;
    const { outcome, reason } = state.last;
    for (const { name, principalId } of assignments)
      if (!foundAssignments.some((one) => one.name === name) && !sentAssignments.includes(name))
        breach(`1: ${principalId} has a role at the end that was neither found nor asked for`);
    for (const one of foundAssignments)
      if (!assignments.some(({ name }) => name === one.name) && !sentRemovals.includes(one.name))
        breach(`9: the assignment of ${one.principalId} is gone at the end`);
    if (outcome === 'failed' && reason === null) breach('5: the change failed without a reason');
    if (outcome !== 'applied' || lastActMs !== null || inFlight.length > 0) return;
    if (assignments.filter((one) => one.description === description).length !== (state.asked ?? []).length)
      breach('9: the change ended as applied, and the roles are not as asked');
  }

  function networkEnded(): void {
    const state = network();
    const { rules } = world.hardening;
    const { foundRules, tampered, lastActMs, sentRules: ours, inFlight } = memory();
    if (tampered !== null || state === null || state.last === null) return;
    const { end, endedAtMs } = state.last;
    const isAsFound = sameRules(rules, foundRules);
    const isOurs = ours !== null && sameRules(rules, ours);
    // Stated as a limit: a write in flight while a person changes the same rules.
    const isMixed = lastActMs !== null && inFlight.length > 0;
    if (!isAsFound && !isOurs && !isMixed)
      breach(`1: the rules are ${textOf(rules)} at the end, neither asked nor found`);
    if (end === 'applied' && lastActMs === null && !isOurs && ours !== null)
      breach(`9: the change ended as applied, and the rules are ${textOf(rules)}`);
    if (end !== 'applied' && isOurs && !isAsFound && lastActMs === null)
      breach(`2: the change ended as ${end}, and the rules are the new ones: ${textOf(rules)}`);
    if (!reaches(world.hardening) && isOurs && !isAsFound && (lastActMs ?? 0) < endedAtMs - provedMs)
      breach(`2: the change ended as ${end}, and Keyturn does not get in`);
  }
}

/** Whether it came by the message of a rotation. */
function isOfRotation({ message }: Worker): boolean {
  return message !== null && message.area === undefined;
}

/** The same of a proof that keys are off, in four minutes. */
const keysProvedMs = 6 * 60_000;
/** The rounds of the proof: what happened before the first of them is seen. */
const provedMs = 90_000;

/** Whether somebody gets in by `one` who does not by `other`. */
function isMoreOpen(one: NetworkRules, other: NetworkRules): boolean {
  const others = callersOf(other);
  return [...callersOf(one)].some((caller) => !others.has(caller));
}

function textOf({ publicNetworkAccess, defaultAction, ipRules }: NetworkRules): string {
  return [publicNetworkAccess, defaultAction, ...ipRules].join('/');
}
