import type { NotificationKind } from './choices.ts';
import { linksOf } from './links.ts';
import { type Notification, subjectOf } from './notification.ts';
import type { CloudEvent } from './ports.ts';

/** Event types, for the filters of subscriptions. */
export const eventTypes: Readonly<Record<NotificationKind, string>> = {
  completed: 'Keyturn.RotationCompleted',
  failed: 'Keyturn.RotationFailed',
  suspended: 'Keyturn.RotationSuspended',
  overdue: 'Keyturn.RotationOverdue',
  drift: 'Keyturn.DriftFound',
  'key-leaked': 'Keyturn.KeyLeaked',
  'leaked-key-valid': 'Keyturn.LeakedKeyValid',
  'leaked-key-gone': 'Keyturn.LeakedKeyGone',
  'targets-not-accepted': 'Keyturn.TargetsNotAccepted',
  stragglers: 'Keyturn.StragglersSeen',
  'key-switched': 'Keyturn.KeySwitched',
};

/**
 * A notice as a CloudEvent 1.0. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * @param dashboard its address, for links; default null: it is not known
 */
export function cloudEvent(notification: Notification, dashboard: string | null = null): CloudEvent {
  const { id, kind, at, ...data } = notification;
  const links = linksOf(notification, dashboard);
  return {
    specversion: '1.0',
    id,
    source: `urn:keyturn:${notification.instance}`,
    type: eventTypes[kind],
    subject: [subjectOf(notification), notification.rotationId].filter((part) => part !== null).join('/'),
    time: at,
    datacontenttype: 'application/json',
    data: links === null ? data : { ...data, links },
  };
}
