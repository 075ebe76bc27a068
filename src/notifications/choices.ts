import { namesOf } from '../shared/names-of.ts';
import type { SecretText } from '../shared/secret-text.ts';

/** What a webhook's receiver understands. Settings choose among these words, so this file is loaded at each cold start. */
export const webhookFormats = ['cloudevents', 'teams', 'slack'] as const;

export type WebhookFormat = (typeof webhookFormats)[number];

/** What people and applications are notified of. `KEYTURN_NOTIFY` chooses among these words. */
export const kindDetails = {
  completed: { type: 'Keyturn.RotationCompleted', color: 'Good', headline: 'Keys rotated' },
  failed: { type: 'Keyturn.RotationFailed', color: 'Warning', headline: 'Rotation ended without replacing both keys' },
  suspended: { type: 'Keyturn.RotationSuspended', color: 'Attention', headline: 'Rotation waits for a person' },
  overdue: { type: 'Keyturn.RotationOverdue', color: 'Warning', headline: 'Rotation is overdue' },
  'change-blocked': {
    type: 'Keyturn.ChangeBlocked',
    color: 'Attention',
    headline: 'An account cannot be changed back',
  },
  drift: { type: 'Keyturn.DriftFound', color: 'Warning', headline: 'Vault and account disagree' },
  'key-leaked': { type: 'Keyturn.KeyLeaked', color: 'Attention', headline: 'A key was reported as leaked' },
  'leaked-key-valid': {
    type: 'Keyturn.LeakedKeyValid',
    color: 'Attention',
    headline: 'A leaked key may still be valid',
  },
  'leaked-key-gone': { type: 'Keyturn.LeakedKeyGone', color: 'Good', headline: 'A leaked key is no longer valid' },
  'targets-not-accepted': {
    type: 'Keyturn.TargetsNotAccepted',
    color: 'Warning',
    headline: 'The list of targets was not accepted',
  },
  stragglers: { type: 'Keyturn.StragglersSeen', color: 'Warning', headline: 'Somebody still reads the old key' },
  'key-switched': { type: 'Keyturn.KeySwitched', color: 'Good', headline: 'Consumers are given another key' },
} as const satisfies Record<string, KindDetails>;

interface KindDetails {
  /** Event type, for the filters of subscriptions. */
  readonly type: string;
  /** Of the headline, in Teams. */
  readonly color: 'Good' | 'Warning' | 'Attention';
  /** What a message begins with. */
  readonly headline: string;
}

export type NotificationKind = keyof typeof kindDetails;

export const notificationKinds: readonly [NotificationKind, ...NotificationKind[]] = namesOf(kindDetails);

/** What only applications act on: it goes where CloudEvents go, and into no chat. */
export const kindsForApplications: readonly NotificationKind[] = ['key-switched'];

/** Whom people are notified through, and of what. */
export interface NotificationChoices {
  /** `https://<topic>.<region>-1.eventgrid.azure.net/api/events` */
  readonly topicEndpoint: string | null;
  readonly webhook: { readonly url: SecretText; readonly format: WebhookFormat } | null;
  readonly kinds: readonly NotificationKind[];
  /** Where people open the dashboard: `https://func-keyturn-contoso.azurewebsites.net`. Null: the platform does not tell. */
  readonly dashboard: string | null;
}
