import type { AccountId } from '../shared/resource-id.ts';
import type { SecretText } from '../shared/secret-text.ts';

/** A CloudEvent 1.0 with JSON data. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

/** A custom topic of Event Grid. */
export interface Topic {
  /** @throws FailureError when the event was not taken, or it is not known whether it was */
  publish(event: CloudEvent): Promise<void>;
}

/** An address that takes JSON by POST. */
export interface Webhook {
  /** @throws FailureError unless the answer is a 2xx */
  post(body: unknown, contentType: string): Promise<void>;
}

/** Makes `Topic` and `Webhook`; nothing is connected before the first message. */
export interface Receivers {
  /** @param endpoint `https://<topic>.<region>-1.eventgrid.azure.net/api/events` */
  topic(endpoint: string): Topic;
  webhook(url: SecretText): Webhook;
}

/** One message that waits to be delivered. */
export interface OutboxRow {
  /** The notice's id. */
  readonly id: string;
  readonly fields: unknown;
}

/** Whom or what a notification is about: an account, or the Keyturn instance as a whole. */
export type OutboxOwner = AccountId | { readonly instance: string };

/**
 * What is still to be told of an account, in its partition of the journal. Rows that come of a rotation are put there by
 * the account row's own save, under `outboxKey`. Every method throws `FailureError`.
 */
export interface Outbox {
  /** Puts a message there, unless one of that id waits or was told before. */
  add(owner: OutboxOwner, row: OutboxRow): Promise<'added' | 'known'>;
  /** What waits, and the storage service's clock. */
  waiting(owner: OutboxOwner): Promise<{ readonly rows: readonly OutboxRow[]; readonly storageNowMs: number }>;
  /** Keeps what an attempt has changed. */
  keep(owner: OutboxOwner, row: OutboxRow): Promise<void>;
  /** It is told, or given up: it waits no more, and is not added again. */
  settle(owner: OutboxOwner, row: OutboxRow): Promise<void>;
}

/** Key of a waiting message among the account's history rows. */
export function outboxKey(id: string): string {
  return `outbox-${id}`;
}

/** Key of one that waits no more. */
export function notifiedKey(id: string): string {
  return `told-${id}`;
}
