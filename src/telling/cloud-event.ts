import type { Notice } from './notice.ts';
import type { NoticeKind } from './notice-kinds.ts';
import type { CloudEvent } from './ports.ts';

/** Event types, for the filters of subscriptions. */
export const eventTypes: Readonly<Record<NoticeKind, string>> = {
  completed: 'Keyturn.RotationCompleted',
  failed: 'Keyturn.RotationFailed',
  suspended: 'Keyturn.RotationSuspended',
  overdue: 'Keyturn.RotationOverdue',
  drift: 'Keyturn.DriftFound',
  'key-compromised': 'Keyturn.KeyCompromised',
  'leaked-key-valid': 'Keyturn.LeakedKeyValid',
  'leaked-key-gone': 'Keyturn.LeakedKeyGone',
};

/** A notice as a CloudEvent 1.0. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export function cloudEvent(notice: Notice): CloudEvent {
  const { id, kind, at, ...data } = notice;
  return {
    specversion: '1.0',
    id,
    source: `urn:keyturn:${notice.instance}`,
    type: eventTypes[kind],
    subject: notice.rotationId === null ? notice.target : `${notice.target}/${notice.rotationId}`,
    time: at,
    datacontenttype: 'application/json',
    data,
  };
}
