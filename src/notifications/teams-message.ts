import { kindDetails } from './choices.ts';
import type { Links } from './links.ts';
import { type Notification, notificationFacts, subjectOf } from './notification.ts';

/**
 * A notice as a message with an Adaptive Card, as a Teams channel's Workflows webhook takes it.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export function teamsMessage(notification: Notification, links: Links | null): unknown {
  const text = (content: string, more: object = {}) => ({ type: 'TextBlock', text: content, wrap: true, ...more });
  const { kind, detail, whatToDo, adminCall } = notification;
  const { headline, color } = kindDetails[kind];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          // The newest that Teams takes from a webhook.
          version: '1.4',
          body: [
            text(`${headline}: ${plain(subjectOf(notification))}`, {
              size: 'Medium',
              weight: 'Bolder',
              color,
            }),
            text(plain(detail)),
            {
              type: 'FactSet',
              facts: notificationFacts(notification).map(({ title, value }) => ({ title, value: plain(value) })),
            },
            text(`What to do: ${plain(whatToDo)}`),
            ...(adminCall === null ? [] : [text(adminCall, { fontType: 'Monospace' })]),
          ],
          ...(links === null ? {} : { actions: openActions(links) }),
        },
      },
    ],
  };
}

/** https://adaptivecards.io/explorer/Action.OpenUrl.html */
function openActions({ target, runbook }: Links): readonly object[] {
  const open = (title: string, url: string) => ({ type: 'Action.OpenUrl', title, url });
  return [open('Open the dashboard', target), ...(runbook === null ? [] : [open('Runbook', runbook)])];
}

/** Cards read a little Markdown in texts: names are shown as they are. */
function plain(text: string): string {
  return text.replaceAll(/[\\*_[\]]/g, (mark) => `\\${mark}`);
}
