import { topicChannel, webhookChannel } from '../notifications/channels.ts';
import type { NotificationKind } from '../notifications/notification-kinds.ts';
import type { Outbox, Receivers } from '../notifications/ports.ts';
import type { WebhookFormat } from '../notifications/webhook-formats.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { Notifier } from './notifier.ts';

interface Chosen {
  readonly topicEndpoint: string | null;
  readonly webhook: { readonly url: SecretText; readonly format: WebhookFormat } | null;
  readonly kinds: readonly NotificationKind[];
}

/** How people are told by the settings; null when they name no way. */
export function makeNotifier(
  { outbox, receivers }: { readonly outbox: Outbox; readonly receivers: Receivers },
  { topicEndpoint, webhook, kinds }: Chosen,
): Notifier | null {
  const channels = [
    ...(topicEndpoint === null ? [] : [topicChannel(receivers.topic(topicEndpoint))]),
    ...(webhook === null ? [] : [webhookChannel(receivers.webhook(webhook.url), webhook.format)]),
  ];
  return channels.length === 0 ? null : { outbox, channels, kinds };
}
