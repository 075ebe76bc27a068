import type { SecretText } from '../shared/secret-text.ts';
import { topicChannel, webhookChannel } from '../telling/channels.ts';
import type { NoticeKind } from '../telling/notice-kinds.ts';
import type { Outbox, Receivers } from '../telling/ports.ts';
import type { WebhookFormat } from '../telling/webhook-formats.ts';
import type { Telling } from './telling.ts';

interface Chosen {
  readonly topicEndpoint: string | null;
  readonly webhook: { readonly url: SecretText; readonly format: WebhookFormat } | null;
  readonly kinds: readonly NoticeKind[];
}

/** How people are told by the settings; null when they name no way. */
export function makeTelling(
  { outbox, receivers }: { readonly outbox: Outbox; readonly receivers: Receivers },
  { topicEndpoint, webhook, kinds }: Chosen,
): Telling | null {
  const channels = [
    ...(topicEndpoint === null ? [] : [topicChannel(receivers.topic(topicEndpoint))]),
    ...(webhook === null ? [] : [webhookChannel(receivers.webhook(webhook.url), webhook.format)]),
  ];
  return channels.length === 0 ? null : { outbox, channels, kinds };
}
