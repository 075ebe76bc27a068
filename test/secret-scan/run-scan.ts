import { findSecrets, type Place } from './find-secrets.ts';

/** What one test file has made of secrets and of texts. Files that share a process run one after the other. */
const secrets = new Set<string>();
/** By text: what is said twice is searched once. */
const texts = new Map<string, string>();
/** What was found while it happened. */
const found = new Set<string>();

/** A key in a queue's base64, or in an escaped line: one encoding deep. Encodings inside encodings are for whole runs' ends. */
const depth = 1;

/** Texts that are this long and longer are searched only as they stand: decoding megabytes would take longer than the tests. */
const longText = 200_000;

/** A key or token that must be found nowhere. */
export function issued(secret: string): void {
  secrets.add(secret);
}

/** Whether the simulated Azure has issued anything yet. */
export function isWatching(): boolean {
  return secrets.size > 0;
}

/** A text that has left Keyturn or its surroundings: a log line, a journal row, a message, an answer, an error. */
export function told(where: string, text: string): void {
  if (text.length >= 12) texts.set(text, where);
}

/** A leak that was seen by somebody who knows the secret. */
export function leaked(where: string): void {
  found.add(where);
}

/** For tests that leak on purpose: what was told so far is no leak. */
export function forgetLeaks(): void {
  texts.clear();
  found.clear();
}

/** For the next test file in the same process. */
export function forgetRun(): void {
  secrets.clear();
  forgetLeaks();
}

/** Every leak so far, by place; the secrets themselves are not told. */
export function leaks(): string[] {
  const places: Place[] = [];
  for (const [text, where] of texts)
    if (text.length < longText) places.push({ where, text });
    else for (const secret of secrets) if (text.includes(secret)) found.add(`${where}, as it stands`);
  if (secrets.size > 0)
    for (const { where, readAs } of findSecrets(secrets, places, depth))
      found.add(readAs === '' ? `${where}, as it stands` : `${where}, read as ${readAs}`);
  return [...found];
}
