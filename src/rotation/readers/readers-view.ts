import * as z from 'zod';
import type { FailureError } from '../../shared/failure.ts';
import { missingPermission, viewLacked, withMissing } from '../../shared/missing-permission.ts';
import { namesOf } from '../../shared/names-of.ts';
import { isoOrNull } from '../../shared/time.ts';
import { azureCode, group, instantOrNull, lackedView, list, textOrNull } from '../../shared/view-parts.ts';
import {
  type InactiveKeyReaders,
  type Reader,
  type ReadersUnknownReason,
  readersUnknownReasons,
  type SeenReaders,
} from './decide-readers.ts';

const identity = {
  identity: textOrNull.describe('Object id; null: the log names none.'),
  appId: textOrNull,
  name: textOrNull.describe('Of the managed identity, or of the resource whose identity it is, if the log has it.'),
  resource: textOrNull.describe('Its ARM id, if the log has it.'),
};

const reader = group({
  ...identity,
  oldReadAt: instantOrNull.describe('When it last read the old key; null: not in the time that was looked at.'),
  newReadAt: instantOrNull.describe('When it last read the new key.'),
});

const asOf = instantOrNull.describe('Up to then all lines are taken to have arrived.');
const unknown = group({
  reason: z.enum(namesOf(readersUnknownReasons)),
  detail: z.string(),
  code: azureCode,
  ...lackedView,
})
  .nullable()
  .describe('Why what is not listed is unknown; null: all who read up to `asOf` are listed.');

/** Who read which key, as a rotation shows it. */
export const readersView = group({
  asOf,
  unknown,
  followers: list(reader).describe('The last key that they read is the new one.'),
  stragglers: list(reader).describe('They read the old key after the switch, or before it and nothing since.'),
  unclear: list(reader).describe('They read the old key before the switch; what they read since has not arrived.'),
  leftOut: z.number().describe('How many more there were than a rotation keeps, once it has written them down.'),
});

/** Who read the inactive key, as a plan shows it. */
export const inactiveKeyReadersView = group({
  asOf,
  unknown,
  readers: list(
    group({
      ...identity,
      readAt: instantOrNull.describe('When it last read the inactive key.'),
      activeReadAt: instantOrNull.describe('When it last read the active key.'),
    }),
  ),
});

export type InactiveKeyReadersView = Readonly<z.infer<typeof inactiveKeyReadersView>>;
export type ReadersView = Readonly<z.infer<typeof readersView>>;

/** Who read which key, as far as the log tells. */
export function viewReaders({ asOfMs, unknown, followers, stragglers, unclear }: SeenReaders): ReadersView {
  return {
    asOf: isoOrNull(asOfMs),
    unknown: unknown && viewUnknown(unknown, null, null),
    followers: followers.map(viewReader),
    stragglers: stragglers.map(viewReader),
    unclear: unclear.map(viewReader),
    leftOut: 0,
  };
}

/** Of each list so many are written down: rows are read with each page of targets, and hold half a megabyte. */
const mostNoted = 20;

/** As many as a rotation writes down. */
export function notedReaders(readers: ReadersView): ReadersView {
  const { followers, stragglers, unclear } = readers;
  const leftOut = [followers, stragglers, unclear].reduce((sum, one) => sum + Math.max(0, one.length - mostNoted), 0);
  const first = (all: ReadersView['followers']) => all.slice(0, mostNoted);
  return {
    ...readers,
    followers: first(followers),
    stragglers: first(stragglers),
    unclear: first(unclear),
    leftOut,
  };
}

/** The same of the inactive key. */
export function viewInactiveKeyReaders({ asOfMs, unknown, readers }: InactiveKeyReaders): InactiveKeyReadersView {
  return {
    asOf: isoOrNull(asOfMs),
    unknown: unknown && viewUnknown(unknown, null, null),
    readers: readers.map((one) => {
      const { oldReadAt: readAt, newReadAt: activeReadAt, ...named } = viewReader(one);
      return { ...named, readAt, activeReadAt };
    }),
  };
}

/** Nobody is listed: the log could not be asked. */
export function viewUnreadLog({ failure }: FailureError): Pick<ReadersView, 'asOf' | 'unknown'> {
  const action = 'action' in failure ? failure.action : undefined;
  return { asOf: null, unknown: viewUnknown(reasonOf(failure.code, action), failure.code, action) };
}

/** A workspace that takes no queries from public networks refuses as one without a role does; only the inner code differs. */
function reasonOf(code: string, action: string | undefined): ReadersUnknownReason {
  if (code === 'NspValidationFailedError') return 'log-network-denied';
  return action === undefined ? 'log-not-answered' : 'log-access-denied';
}

function viewUnknown(reason: ReadersUnknownReason, code: string | null, action: string | null | undefined) {
  const missing = reason === 'log-access-denied' ? missingPermission(action) : null;
  return { reason, detail: withMissing(readersUnknownReasons[reason], missing), code, ...viewLacked(missing) };
}

function viewReader({ objectId, appId, resourceId, oldReadAtMs, newReadAtMs }: Reader): z.infer<typeof reader> {
  return {
    identity: objectId,
    appId,
    name: resourceId?.split('/').at(-1) ?? null,
    resource: resourceId,
    oldReadAt: isoOrNull(oldReadAtMs),
    newReadAt: isoOrNull(newReadAtMs),
  };
}
