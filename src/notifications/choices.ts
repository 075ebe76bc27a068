/** What a webhook's receiver understands. Settings choose among these words, so this file is loaded at each cold start. */
export const webhookFormats = ['cloudevents', 'teams', 'slack'] as const;

export type WebhookFormat = (typeof webhookFormats)[number];

/** What people and applications are notified of. `KEYTURN_NOTIFY` chooses among these words. */
export const notificationKinds = [
  'completed',
  'failed',
  'suspended',
  'overdue',
  'drift',
  'key-leaked',
  'leaked-key-valid',
  'leaked-key-gone',
  'targets-not-accepted',
  'stragglers',
  'key-switched',
] as const;

export type NotificationKind = (typeof notificationKinds)[number];

/** What only applications act on: it goes where CloudEvents go, and into no chat. */
export const kindsForApplications: readonly NotificationKind[] = ['key-switched'];
