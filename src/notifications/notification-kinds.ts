/** What people are told of. `KEYTURN_NOTIFY` chooses among these words. */
export const notificationKinds = [
  'completed',
  'failed',
  'suspended',
  'overdue',
  'drift',
  'key-leaked',
  'leaked-key-valid',
  'leaked-key-gone',
] as const;

export type NotificationKind = (typeof notificationKinds)[number];
