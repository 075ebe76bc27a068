import type { NotificationKind } from './choices.ts';
import type { Notification } from './notification.ts';

/** Pages of the dashboard that a notification leads to. */
export interface Links {
  /** The target's page; of a notification on the whole instance, what needs a person. */
  readonly target: string;
  /** The runbook's entry of the reason; null: there is nothing to do. */
  readonly runbook: string | null;
}

/** The word of the runbook, if it is another one than the reason. `null`: nothing is to be looked up. */
const runbookWords: Partial<Readonly<Record<NotificationKind, string | null>>> = {
  completed: null,
  failed: null,
  'leaked-key-gone': null,
  'key-switched': null,
  'key-leaked': 'leaked',
};

/**
 * Where to read on.
 * @param dashboard its address, such as `https://func-keyturn-contoso.azurewebsites.net`; null: it is not known
 */
export function linksOf(
  { kind, target, reason }: Pick<Notification, 'kind' | 'target' | 'reason'>,
  dashboard: string | null,
): Links | null {
  if (dashboard === null) return null;
  const word = kind in runbookWords ? runbookWords[kind] : reason;
  return {
    target: target === null ? `${dashboard}/` : `${dashboard}/targets/${encodeURIComponent(target)}`,
    runbook: word == null ? null : `${dashboard}/reasons/${encodeURIComponent(word)}`,
  };
}
