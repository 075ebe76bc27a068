/** What people are told of. `KEYTURN_TELL` chooses among these words. */
export const noticeKinds = [
  'completed',
  'failed',
  'suspended',
  'overdue',
  'drift',
  'key-compromised',
  'leaked-key-valid',
  'leaked-key-gone',
] as const;

export type NoticeKind = (typeof noticeKinds)[number];
