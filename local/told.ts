import { channel } from 'node:diagnostics_channel';

/**
 * What is made here and what goes out, for anyone who listens in this process: a run can hold every text against every secret.
 * Without a listener nothing happens.
 */

/** Each account key and access token, as it is made. */
export function tellSecret(secret: string): void {
  secrets.publish(secret);
}

/** Each text that leaves: a line of the host's log, an answer. @param text made only if anyone listens: an answer may have megabytes */
export function tellText(where: string, text: () => string): void {
  if (texts.hasSubscribers) texts.publish({ where, text: text() } satisfies ToldText);
}

/** The folder of a storage that has stopped, with all that it was told. */
export function tellFolder(folder: string): void {
  folders.publish(folder);
}

export interface ToldText {
  readonly where: string;
  readonly text: string;
}

const secrets = channel('keyturn.local.secret');
const texts = channel('keyturn.local.text');
const folders = channel('keyturn.local.folder');
