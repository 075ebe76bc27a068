import {
  kindDetails,
  kindsForApplications,
  type NotificationKind,
  notificationKinds,
  type WebhookFormat,
} from './choices.ts';
import { linksOf } from './links.ts';
import { type Notification, subjectOf } from './notification.ts';
import type { CloudEvent, Topic, Webhook } from './ports.ts';
import { slackMessage } from './slack-message.ts';
import { teamsMessage } from './teams-message.ts';

export const channelNames = ['event-grid', 'webhook'] as const;

/** One way to reach people, or applications. */
export interface Channel {
  readonly name: (typeof channelNames)[number];
  /** What it is for; others are not sent to it. */
  readonly kinds: readonly NotificationKind[];
  /** @throws FailureError */
  readonly send: (notification: Notification) => Promise<void>;
}

/** @param dashboard its address, for links; default null: it is not known */
export function topicChannel(topic: Topic, dashboard: string | null = null): Channel {
  return {
    name: 'event-grid',
    kinds: notificationKinds,
    send: (notification) => topic.publish(cloudEvent(notification, dashboard)),
  };
}

/** @param dashboard its address, for links; default null: it is not known */
export function webhookChannel(webhook: Webhook, format: WebhookFormat, dashboard: string | null = null): Channel {
  return {
    name: 'webhook',
    kinds:
      format === 'cloudevents'
        ? notificationKinds
        : notificationKinds.filter((kind) => !kindsForApplications.includes(kind)),
    send: (notification) => {
      const { body, contentType } = webhookMessage(notification, format, dashboard);
      return webhook.post(body, contentType);
    },
  };
}

/** A notice in the shape that the receiver of a webhook understands. */
export function webhookMessage(notification: Notification, format: WebhookFormat, dashboard: string | null = null) {
  if (format === 'cloudevents')
    // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md, structured mode
    return { body: cloudEvent(notification, dashboard), contentType: 'application/cloudevents+json; charset=utf-8' };
  const message = { teams: teamsMessage, slack: slackMessage }[format];
  return {
    body: message(notification, linksOf(notification, dashboard)),
    contentType: 'application/json; charset=utf-8',
  };
}

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
    type: kindDetails[kind].type,
    subject: [subjectOf(notification), notification.rotationId].filter((part) => part !== null).join('/'),
    time: at,
    datacontenttype: 'application/json',
    data: links === null ? data : { ...data, links },
  };
}
