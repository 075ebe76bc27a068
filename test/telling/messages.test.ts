import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { topicChannel, webhookChannel, webhookMessage } from '../../src/telling/channels.ts';
import { cloudEvent, eventTypes } from '../../src/telling/cloud-event.ts';
import { headlines } from '../../src/telling/notice.ts';
import { type NoticeKind, noticeKinds } from '../../src/telling/notice-kinds.ts';
import { type WebhookFormat, webhookFormats } from '../../src/telling/webhook-formats.ts';
import { buildNotice } from './notice-builder.ts';

const page = readFileSync('docs/telling.md', 'utf8');

/** The JSON example under a heading of the page. */
function example(heading: string): unknown {
  const chapter = page.split(/^### /m).find((part) => part.startsWith(heading)) ?? '';
  return JSON.parse(/```json\n([\s\S]*?)```/.exec(chapter)?.[1] ?? 'null');
}

const headings: Readonly<Record<WebhookFormat, string>> = {
  cloudevents: 'CloudEvents',
  teams: 'Teams',
  slack: 'Slack',
};

describe('the page on telling people shows what is sent', () => {
  it.each(webhookFormats)('in the format %s', (format) => {
    expect(example(headings[format])).toEqual(webhookMessage(buildNotice(), format).body);
  });

  it('with each kind and its event type', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| `(Keyturn\.\w+)` \|/gm)].map(([, kind, type]) => [kind, type]);
    expect(rows).toEqual(noticeKinds.map((kind) => [kind, eventTypes[kind]]));
  });
});

/** Texts of a Slack message's blocks, in their order. */
function slackTexts(change: Parameters<typeof buildNotice>[0]): readonly string[] {
  const { blocks } = webhookMessage(buildNotice(change), 'slack').body as {
    blocks: readonly { text: { text: string } }[];
  };
  return blocks.map(({ text }) => text.text);
}

/** What a Teams card shows, in its order. */
function teamsBody(change: Parameters<typeof buildNotice>[0]) {
  const { attachments } = webhookMessage(buildNotice(change), 'teams').body as {
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
    const notice = buildNotice({ rotationId: null });
    expect(cloudEvent(notice)).toMatchObject({ specversion: '1.0', id: notice.id, subject: 'ai-contoso' });
    expect(() => new URL(cloudEvent(notice).source)).not.toThrow();
  });

  it.each(webhookFormats)('in %s names instance, account, vault, slot, reason and what to do', (format) => {
    const notice = buildNotice();
    const text = JSON.stringify(webhookMessage(notice, format).body).replaceAll('\\\\', '');
    for (const value of [
      notice.instance,
      notice.account,
      notice.vault,
      notice.slot,
      notice.reason,
      notice.whatToDo,
      notice.adminCall,
    ])
      expect(text).toContain(value);
  });

  it.each<[NoticeKind, color: string]>([
    ['completed', 'Good'],
    ['failed', 'Warning'],
    ['suspended', 'Attention'],
    ['overdue', 'Warning'],
    ['drift', 'Warning'],
    ['key-compromised', 'Attention'],
    ['leaked-key-valid', 'Attention'],
    ['leaked-key-gone', 'Good'],
  ])('of kind %s has a headline, and is %s in Teams', (kind, color) => {
    const headline = `${headlines[kind]}: ai-contoso`;
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
    const change = { because: said, reason: said, whatToDo: said, adminCall: said };
    const [, because, facts, advice] = slackTexts(change);
    expect([because, advice]).toEqual([escaped, `*What to do:* ${escaped}\n\`${escaped}\``]);
    expect(facts).toContain(`*Reason:* ${escaped}\n`);
    expect(webhookMessage(buildNotice(change), 'slack').body).toMatchObject({
      text: `Rotation waits for a person: ai-contoso. ${escaped}`,
    });
  });

  it('for Slack keeps within the lengths that Slack takes', () => {
    const long = 'x'.repeat(4_000);
    expect(slackTexts({ target: long, because: long, whatToDo: long }).map(({ length }) => length)).toEqual([
      150, 3_000, 3_000, 3_000,
    ]);
  });

  it('for Teams escapes in every text what Teams would read as Markdown, but for the call', () => {
    const said = 'a_b *c* [d] \\';
    const escaped = 'a\\_b \\*c\\* \\[d\\] \\\\';
    const body = teamsBody({ target: said, because: said, whatToDo: said, adminCall: said });
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

describe('a channel', () => {
  it('of Event Grid publishes the event', async () => {
    const published: unknown[] = [];
    const channel = topicChannel({ publish: async (event) => void published.push(event) });
    await channel.send(buildNotice());
    expect([channel.name, published]).toEqual(['event-grid', [cloudEvent(buildNotice())]]);
  });

  it.each<[WebhookFormat, type: string]>([
    ['cloudevents', 'application/cloudevents+json; charset=utf-8'],
    ['teams', 'application/json; charset=utf-8'],
    ['slack', 'application/json; charset=utf-8'],
  ])('of a webhook posts the message in the format %s as %s', async (format, type) => {
    const posted: unknown[] = [];
    const channel = webhookChannel({ post: async (...sent) => void posted.push(sent) }, format);
    await channel.send(buildNotice());
    expect([channel.name, posted]).toEqual(['webhook', [[webhookMessage(buildNotice(), format).body, type]]]);
  });
});
