import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { webhookMessage } from '../../src/telling/channels.ts';
import { cloudEvent, eventTypes } from '../../src/telling/cloud-event.ts';
import { headlines } from '../../src/telling/notice.ts';
import { noticeKinds } from '../../src/telling/notice-kinds.ts';
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

  it.each(noticeKinds)('of kind %s has a headline', (kind) => {
    expect(JSON.stringify(webhookMessage(buildNotice({ kind }), 'slack').body)).toContain(headlines[kind]);
  });

  it('for Slack escapes what Slack would read as a link', () => {
    const message = webhookMessage(buildNotice({ because: 'a <b> & c' }), 'slack').body;
    expect(JSON.stringify(message)).toContain('a &lt;b&gt; &amp; c');
  });
});
