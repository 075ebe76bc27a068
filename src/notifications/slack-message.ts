import { kindDetails } from './choices.ts';
import type { Links } from './links.ts';
import { type Notification, notificationFacts, subjectOf } from './notification.ts';

/** https://docs.slack.dev/messaging/formatting-message-text#linking-urls */
function linkedText({ target, runbook }: Links): string {
  return [`<${target}|Open the dashboard>`, ...(runbook === null ? [] : [`<${runbook}|Runbook>`])].join('  ·  ');
}

/** Slack's bound of one section's text. https://docs.slack.dev/reference/block-kit/blocks/section-block */
const mostCharacters = 3_000;

/** A notice as an incoming webhook of Slack takes it: `text` for notifications, blocks for the channel. */
export function slackMessage(notification: Notification, links: Links | null): unknown {
  const { kind, detail, whatToDo, adminCall } = notification;
  const headline = `${kindDetails[kind].headline}: ${subjectOf(notification)}`;
  const section = (text: string) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: text.slice(0, mostCharacters) },
  });
  const facts = notificationFacts(notification).map(({ title, value }) => `*${title}:* ${escaped(value)}`);
  const call = adminCall === null ? '' : `\n\`${escaped(adminCall)}\``;
  return {
    text: escaped(`${headline}. ${detail}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline.slice(0, 150) } },
      section(escaped(detail)),
      section(facts.join('\n')),
      section(`*What to do:* ${escaped(whatToDo)}${call}`),
      ...(links === null ? [] : [section(linkedText(links))]),
    ],
  };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: these three, no others. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
