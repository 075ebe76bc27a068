import * as z from 'zod';
import { notificationKinds } from './choices.ts';

/** A secret, and which version of it consumers are given; null: not known. */
const givenSecret = z.object({ name: z.string(), version: z.string().nullable() });

export const notificationSchema = z.object({
  /** The same however often it is delivered: receivers drop doubles by it. */
  id: z.string(),
  kind: z.enum(notificationKinds),
  /** ISO 8601 in UTC, by the storage service's clock. */
  at: z.string(),
  instance: z.string(),
  /** Null, and so are account and vault: it is about the instance as a whole. */
  target: z.string().nullable(),
  /** ARM id. */
  account: z.string().nullable(),
  /** `https://kv-contoso.vault.azure.net` */
  vault: z.string().nullable(),
  /** The slot it is about: after a completed rotation the one that consumers use now. */
  slot: z.enum(['key1', 'key2']).nullable(),
  rotationId: z.string().nullable(),
  /** A word of the runbook, or how the rotation ended. */
  reason: z.string(),
  /** The reason in a sentence. */
  detail: z.string(),
  /** The runbook's advice. */
  whatToDo: z.string(),
  /** The admin call that goes with it: method, path and, if one is needed, the body's JSON, with a space between. */
  adminCall: z.string().nullable(),
  /** Of `key-switched`: what consumers are given from now on. `direct` is null if the target has no direct-value secret. */
  secrets: z.object({ pointer: givenSecret, key: givenSecret, direct: givenSecret.nullable() }).exactOptional(),
});

/** One notification. Never holds a key: names, ids, closed words, sentences of ours. */
export type Notification = z.infer<typeof notificationSchema>;

/** What a message is about, for its first line: the target, or the instance. */
export function subjectOf({ target, instance }: Pick<Notification, 'target' | 'instance'>): string {
  return target ?? instance;
}

/** What a message lists, in this order. */
export function notificationFacts(
  notification: Notification,
): readonly { readonly title: string; readonly value: string }[] {
  const { instance, target, account, vault, slot, rotationId, reason, at } = notification;
  return [
    { title: 'Target', value: target },
    { title: 'Account', value: account },
    { title: 'Vault', value: vault },
    { title: 'Slot', value: slot },
    { title: 'Reason', value: reason },
    { title: 'Rotation', value: rotationId },
    { title: 'Instance', value: instance },
    { title: 'Time', value: at },
  ].flatMap(({ title, value }) => (value === null ? [] : [{ title, value }]));
}
