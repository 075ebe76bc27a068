import { secretNames, type Target } from '../../keys/target.ts';
import type { Notification } from '../../notifications/notification.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { leaksOnlyIn } from '../../rotation/audit/audited-changes.ts';
import { type SuspendReason, sentenceFor } from '../../rotation/reasons.ts';
import { isWithoutKeys } from '../../rotation/requests/start-rotation.ts';
import {
  type ActiveState,
  activeStateOf,
  oldSlotOf,
  type RotationEnd,
  type RotationState,
  rotationIdOf,
} from '../../rotation/state.ts';
import { withCode } from '../../shared/failure.ts';
import type { Slot } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import { remedies } from '../targets/remedies.ts';

/**
 * What is told of a save: a rotation that ended or waits for a person, a key that was reported as leaked, another key for
 * consumers, and who did not follow. Once per end, suspension, report and switch, since each is made by only one save.
 * @param atMs by the storage service's clock
 */
export function saveNotifications(
  before: AccountRow | null,
  after: AccountRow,
  target: Target,
  instance: string,
  atMs: number,
): readonly Notification[] {
  const about = notificationAbout(target, instance, atMs);
  const notifications: Notification[] = [];
  const { lastEnd, rotation } = after;
  const isNoted = isWithoutKeys(after, target);
  for (const leak of leaksOnlyIn(after, before))
    notifications.push({
      ...about,
      id: `${leak.rotationId}-key-leaked`,
      kind: 'key-leaked',
      slot: leak.slot,
      rotationId: isNoted ? null : leak.rotationId,
      reason: 'key-leaked',
      ...(isNoted ? notedText : leakText),
      adminCall: `GET /api/targets/${target.name}`,
    });
  for (const { rotationId, slot } of leaksOnlyIn(before, after))
    if (!after.leaks.some((leak) => leak.slot === slot))
      notifications.push({
        ...about,
        id: `${rotationId}-leaked-key-gone`,
        kind: 'leaked-key-gone',
        slot,
        rotationId,
        reason: 'leaked-key-gone',
        detail: 'Two looks at the account show the leaked key in neither slot: it is no longer valid.',
        whatToDo: 'Nothing, if it is known how the key leaked.',
        adminCall: `GET /api/targets/${target.name}`,
      });
  if (lastEnd !== null && lastEnd.last.rotationId !== before?.lastEnd?.last.rotationId)
    notifications.push({ ...about, ...endNotification(lastEnd, after.leaks, target) });
  for (const one of [switchNotification(before, after, target), stragglersNotification(before, after, target)])
    if (one !== null) notifications.push({ ...about, ...one });
  const was = before?.rotation ?? null;
  if (
    rotation?.kind === 'suspended' &&
    !(was?.kind === 'suspended' && was.sinceMs === rotation.sinceMs && rotationIdOf(was) === rotationIdOf(rotation))
  ) {
    notifications.push(suspendedNotification(rotation, target, instance, atMs));
  }
  return notifications;
}

/** A rotation that waits for a person. @param atMs when that is told, by the storage service's clock */
export function suspendedNotification(
  { reason, from, sinceMs }: Extract<RotationState, { kind: 'suspended' }>,
  target: Target,
  instance: string,
  atMs: number,
): Notification {
  return {
    ...notificationAbout(target, instance, atMs),
    id: `${from.rotationId}-suspended-${sinceMs}`.replace('.', '-'),
    kind: 'suspended',
    slot: from.newSlot,
    rotationId: from.rotationId,
    reason,
    detail: withCode(sentenceFor(reason), reason, from.lastFailure?.code),
    whatToDo: remedyOf(reason),
    adminCall: `POST /api/targets/${target.name}/rotations/${from.rotationId}/resume`,
  };
}

const leakText = {
  detail: 'An operator reported this key as leaked; consumers are led away from it, then it is regenerated.',
  whatToDo:
    'Follow the rotation. The target is `leaked` until two looks at the account show the key gone. Consumers that cache longer than its overlap fail until they read the pointer again. Find out how the key leaked.',
} as const;

/** Of a report while the account takes no keys, or is about to take none. */
const notedText = {
  detail:
    'An operator reported this key as leaked. Keys are turned off on this account, or are being turned off: its replacement begins at once when they are on again.',
  whatToDo: 'Nothing while keys stay off. Find out how the key leaked.',
} as const;

/** What every notice on a target says. */
export function notificationAbout(target: Target, instance: string, atMs: number) {
  return { at: iso(atMs), instance, target: target.name, account: target.account.armId, vault: target.vaultUrl };
}

function remedyOf(reason: SuspendReason): string {
  const remedy = remedies[reason];
  return /\bresume\b/i.test(remedy) ? remedy : `${remedy} Then resume.`;
}

const endTexts: Readonly<Record<RotationEnd['outcome'], { readonly detail: string; readonly whatToDo: string }>> = {
  completed: { detail: 'Both keys are new, and consumers use the one in this slot.', whatToDo: 'Nothing.' },
  'rolled-back': {
    detail: 'An operator led consumers back to the old key; it stays in use.',
    whatToDo: 'Put right what the new key broke, then start the next rotation; the schedule leaves it alone for a day.',
  },
  cancelled: {
    detail: 'An operator cancelled the rotation; consumers stay with the key they had.',
    whatToDo: 'Start the next rotation when nothing speaks against it; the schedule leaves it alone for a day.',
  },
  replaced: {
    detail: 'The rotation of a leaked key has taken the place of this one.',
    whatToDo: 'Follow the rotation that took its place.',
  },
};

/** What an end says that leaves a leaked key valid. */
function leakedText(leaked: Slot) {
  return {
    detail: `An operator confirmed that the key in ${leaked} stays valid, which was reported as leaked.`,
    whatToDo: `Report ${leaked} as leaked again as soon as nothing speaks against replacing it. The target is \`leaked\` until then; the schedule leaves it alone for a day.`,
  };
}

function endNotification({ outcome, last }: RotationEnd, leaks: AccountRow['leaks'], target: Target) {
  const { rotationId, newSlot } = last;
  const isUndone = outcome === 'rolled-back' || outcome === 'cancelled';
  const kept = isUndone ? (leaks.find(({ goneSinceMs }) => goneSinceMs === null)?.slot ?? null) : null;
  const rotations = `/api/targets/${target.name}/rotations`;
  const calls: Readonly<Record<RotationEnd['outcome'], string>> = {
    completed: `GET ${rotations}/${rotationId}/audit-trail`,
    'rolled-back': `POST ${rotations}`,
    cancelled: `POST ${rotations}`,
    replaced: `GET ${rotations}`,
  };
  return {
    id: `${rotationId}-${outcome}`,
    kind: outcome === 'completed' ? ('completed' as const) : ('failed' as const),
    slot: newSlot,
    rotationId,
    reason: outcome,
    ...(kept === null ? endTexts[outcome] : leakedText(kept)),
    adminCall:
      kept === null ? calls[outcome] : `POST /api/targets/${target.name}/leak ${JSON.stringify({ slot: kept })}`,
  };
}

/** When the versions that consumers follow were first seen to stand; null: the rotation has not led them anywhere. */
export function switchedAtMs(state: ActiveState): number | null {
  return 'switchedAtVaultMs' in state ? state.switchedAtVaultMs : null;
}

/** Consumers are given another key from now on: after the switch, or back after a rollback. */
function switchNotification(before: AccountRow | null, after: AccountRow, target: Target) {
  const { rotation, lastEnd, lastSeen } = after;
  const given = (
    reason: 'switched' | 'rolled-back',
    { rotationId }: ActiveState,
    slot: Slot,
    atMs: number,
    versions: { readonly pointer: string; readonly key: string; readonly direct: string | null } | null,
  ) => {
    const names = secretNames(target);
    return {
      id: `${rotationId}-${reason}-${atMs}`.replace('.', '-'),
      kind: 'key-switched' as const,
      slot,
      rotationId,
      reason,
      detail: switchTexts[reason],
      whatToDo:
        'Read the pointer and its key, or the direct value, once more. Whoever does not goes on with a valid key until its cache is over.',
      adminCall: `GET /api/targets/${target.name}/rotations/${rotationId}`,
      secrets: {
        pointer: { name: names.pointer, version: versions?.pointer ?? null },
        key: { name: names[slot], version: versions?.key ?? null },
        direct: names.direct === null ? null : { name: names.direct, version: versions?.direct ?? null },
      },
    };
  };
  if (lastEnd?.outcome === 'rolled-back' && lastEnd.last.rotationId !== before?.lastEnd?.last.rotationId) {
    const slot = oldSlotOf(lastEnd.last);
    const versions = lastSeen && { ...lastSeen.versions, key: lastSeen.versions[slot] };
    return given('rolled-back', lastEnd.last, slot, lastEnd.endedAtMs, versions);
  }
  if (rotation?.kind !== 'overlapping' && rotation?.kind !== 'updating-copies') return null;
  const was = before?.rotation == null ? null : activeStateOf(before.rotation);
  const isKnown = was?.rotationId === rotation.rotationId && switchedAtMs(was) === rotation.switchedAtVaultMs;
  return isKnown ? null : given('switched', rotation, rotation.newSlot, rotation.switchedAtVaultMs, rotation.followed);
}

const switchTexts = {
  switched: 'Consumers are given the new key. The old one stays valid for the overlap.',
  'rolled-back': 'Consumers are given the old key again. The new one stays valid, too.',
} as const;

/** Of so many identities the names are told; the rotation shows the rest. */
const mostNamed = 5;

/** Who was last seen reading the old key when the overlap was over. */
function stragglersNotification(before: AccountRow | null, after: AccountRow, target: Target) {
  const was = before?.rotation == null ? null : activeStateOf(before.rotation);
  const is = after.rotation === null ? null : activeStateOf(after.rotation);
  const stragglers = stragglersOf(is);
  if (is === null || stragglers.length === 0 || (was?.rotationId === is.rotationId && stragglersOf(was).length > 0))
    return null;
  const names = stragglers.map(
    ({ name, identity, appId }) => name ?? identity ?? appId ?? 'an identity without a name',
  );
  const more = names.length > mostNamed ? `, and ${names.length - mostNamed} more` : '';
  const rotation = `/api/targets/${target.name}/rotations/${is.rotationId}`;
  return {
    id: `${is.rotationId}-stragglers`,
    kind: 'stragglers' as const,
    slot: oldSlotOf(is),
    rotationId: is.rotationId,
    reason: 'stragglers',
    detail: `${sentenceFor('stragglers')} Seen: ${names.slice(0, mostNamed).join(', ')}${more}.`,
    whatToDo: `Let them read the key again. If they need longer, hold the overlap: POST ${rotation}/hold.`,
    adminCall: `GET ${rotation}`,
  };
}

/** Who was last seen reading the old key, once that is written down. */
function stragglersOf(state: ActiveState | null) {
  return state !== null && 'readers' in state ? (state.readers?.stragglers ?? []) : [];
}

/** When stragglers were written down, as nearly as a row tells; null: there are none. */
export function stragglersAtMs(state: ActiveState): number | null {
  return 'overlapUntilMs' in state && stragglersOf(state).length > 0 ? state.overlapUntilMs : null;
}
