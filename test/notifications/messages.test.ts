import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cloudEvent, topicChannel, webhookChannel, webhookMessage } from '../../src/notifications/channels.ts';
import {
  kindDetails,
  type NotificationKind,
  notificationKinds,
  type WebhookFormat,
  webhookFormats,
} from '../../src/notifications/choices.ts';
import { buildNotification, buildSwitch } from './notification-builder.ts';

/** Where the instance of these notifications has its dashboard. */
const dashboard = 'https://func-keyturn-contoso.azurewebsites.net';

const page = readFileSync('docs/notifications.md', 'utf8');

describe('the page on notifications', () => {
  it('shows the event that is sent', () => {
    const [, example = 'null'] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(JSON.parse(example)).toEqual(webhookMessage(buildNotification(), 'cloudevents', dashboard).body);
  });

  it('shows what is told of a switch', () => {
    const [, example = 'null'] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => json);
    // The page shows what differs from the first example.
    expect(cloudEvent(buildSwitch())).toMatchObject(JSON.parse(example));
  });

  it('lists each kind with its event type', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| `(Keyturn\.\w+)` \|/gm)].map(([, kind, type]) => [kind, type]);
    expect(rows).toEqual(notificationKinds.map((kind) => [kind, kindDetails[kind].type]));
  });
});

it.each(webhookFormats)('a message in the format %s is as it always was', async (format) => {
  const { body } = webhookMessage(buildNotification(), format, dashboard);
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(`snapshots/${format}.json`);
});

/** Texts of a Slack message's blocks, in their order. */
function slackTexts(change: Parameters<typeof buildNotification>[0]): readonly string[] {
  const { blocks } = webhookMessage(buildNotification(change), 'slack').body as {
    blocks: readonly { text: { text: string } }[];
  };
  return blocks.map(({ text }) => text.text);
}

/** What a Teams card shows, in its order. */
function teamsBody(change: Parameters<typeof buildNotification>[0]) {
  const { attachments } = webhookMessage(buildNotification(change), 'teams').body as {
    attachments: readonly {
      content: {
        body: readonly { text?: string; color?: string; facts?: readonly { title: string; value: string }[] }[];
      };
    }[];
  };
  return attachments[0]?.content.body ?? [];
}

describe('a message', () => {
  it('as a CloudEvent has what the specification asks for, and one id for ever', () => {
    const notification = buildNotification({ rotationId: null });
    expect(cloudEvent(notification)).toMatchObject({ specversion: '1.0', id: notification.id, subject: 'ai-contoso' });
    expect(() => new URL(cloudEvent(notification).source)).not.toThrow();
  });

  it.each(webhookFormats)('in %s names instance, account, vault, slot, reason and what to do', (format) => {
    const notification = buildNotification();
    const text = JSON.stringify(webhookMessage(notification, format).body).replaceAll('\\\\', '');
    for (const value of [
      notification.instance,
      notification.account,
      notification.vault,
      notification.slot,
      notification.reason,
      notification.whatToDo,
      notification.adminCall,
    ])
      expect(text).toContain(value);
  });

  it.each<[NotificationKind, color: string]>([
    ['completed', 'Good'],
    ['failed', 'Warning'],
    ['suspended', 'Attention'],
    ['overdue', 'Warning'],
    ['change-blocked', 'Attention'],
    ['drift', 'Warning'],
    ['key-leaked', 'Attention'],
    ['leaked-key-valid', 'Attention'],
    ['leaked-key-gone', 'Good'],
  ])('of kind %s has a headline, and is %s in Teams', (kind, color) => {
    const headline = `${kindDetails[kind].headline}: ai-contoso`;
    expect(slackTexts({ kind })[0]).toBe(headline);
    expect(teamsBody({ kind })[0]).toMatchObject({ text: headline, color });
  });

  it('that is about no slot and no rotation, and goes with no call, has no empty line', () => {
    const change = { slot: null, rotationId: null, adminCall: null, whatToDo: 'Wait.' };
    const titles = ['Target', 'Account', 'Vault', 'Reason', 'Instance', 'Time'];
    const body = teamsBody(change);
    expect(body.map(({ text }) => text)).toEqual([
      expect.any(String),
      expect.any(String),
      undefined,
      'What to do: Wait.',
    ]);
    expect(body[2]?.facts?.map(({ title }) => title)).toEqual(titles);
    const [, , facts, advice] = slackTexts(change);
    expect(facts?.split('\n').map((line) => /^\*(\w+):\*/.exec(line)?.[1])).toEqual(titles);
    expect(advice).toBe('*What to do:* Wait.');
  });

  it('for Slack escapes in every text what Slack would read as a link', () => {
    const said = 'a <b> & c';
    const escaped = 'a &lt;b&gt; &amp; c';
    const change = { detail: said, reason: said, whatToDo: said, adminCall: said };
    const [, detail, facts, advice] = slackTexts(change);
    expect([detail, advice]).toEqual([escaped, `*What to do:* ${escaped}\n\`${escaped}\``]);
    expect(facts).toContain(`*Reason:* ${escaped}\n`);
    expect(webhookMessage(buildNotification(change), 'slack').body).toMatchObject({
      text: `Rotation waits for a person: ai-contoso. ${escaped}`,
    });
  });

  it('for Slack keeps within the lengths that Slack takes', () => {
    const long = 'x'.repeat(4_000);
    expect(slackTexts({ target: long, detail: long, whatToDo: long }).map(({ length }) => length)).toEqual([
      150, 3_000, 3_000, 3_000,
    ]);
  });

  it('for Teams escapes in every text what Teams would read as Markdown, but for the call', () => {
    const said = 'a_b *c* [d] \\';
    const escaped = 'a\\_b \\*c\\* \\[d\\] \\\\';
    const body = teamsBody({ target: said, detail: said, whatToDo: said, adminCall: said });
    expect(body.map(({ text }) => text)).toEqual([
      `Rotation waits for a person: ${escaped}`,
      escaped,
      undefined,
      `What to do: ${escaped}`,
      said,
    ]);
    expect(body[2]?.facts?.[0]).toEqual({ title: 'Target', value: escaped });
  });
});

describe('a message leads to the dashboard', () => {
  it.each<[NotificationKind, change: Parameters<typeof buildNotification>[0], target: string, runbook: string | null]>([
    ['suspended', {}, '/targets/ai-contoso', '/reasons/pointer-moved'],
    ['overdue', { reason: 'role-spreading' }, '/targets/ai-contoso', '/reasons/role-spreading'],
    ['key-leaked', { reason: 'key-leaked' }, '/targets/ai-contoso', '/reasons/leaked'],
    ['completed', { reason: 'completed' }, '/targets/ai-contoso', null],
    ['targets-not-accepted', { target: null, reason: 'document-invalid' }, '/', '/reasons/document-invalid'],
  ])('if it is of kind %s', (kind, change, target, runbook) => {
    const notification = buildNotification({ kind, ...change });
    const links = { target: `${dashboard}${target}`, runbook: runbook && `${dashboard}${runbook}` };
    expect(cloudEvent(notification, dashboard).data).toMatchObject({ links });
    for (const format of ['teams', 'slack'] as const) {
      const text = JSON.stringify(webhookMessage(notification, format, dashboard).body);
      const found = [...text.matchAll(/https:\/\/func-[^"|]+/g)].map(([url]) => url);
      expect([format, found]).toEqual([format, [links.target, ...(links.runbook === null ? [] : [links.runbook])]]);
    }
  });

  it.each(webhookFormats)('in %s only if its address is known', (format) => {
    expect(JSON.stringify(webhookMessage(buildNotification(), format, null).body)).not.toMatch(/links|OpenUrl|Runbook/);
  });
});

describe('a channel', () => {
  it('of Event Grid publishes the event', async () => {
    const published: unknown[] = [];
    const channel = topicChannel({ publish: async (event) => void published.push(event) }, dashboard);
    await channel.send(buildNotification());
    expect([channel.name, published]).toEqual(['event-grid', [cloudEvent(buildNotification(), dashboard)]]);
  });

  it.each<[WebhookFormat, type: string]>([
    ['cloudevents', 'application/cloudevents+json; charset=utf-8'],
    ['teams', 'application/json; charset=utf-8'],
    ['slack', 'application/json; charset=utf-8'],
  ])('of a webhook posts the message in the format %s as %s', async (format, type) => {
    const posted: unknown[] = [];
    const channel = webhookChannel({ post: async (...sent) => void posted.push(sent) }, format, dashboard);
    await channel.send(buildNotification());
    expect([channel.name, posted]).toEqual([
      'webhook',
      [[webhookMessage(buildNotification(), format, dashboard).body, type]],
    ]);
  });
});
