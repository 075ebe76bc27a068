import type { TypedData } from '../wire.ts';

/** What the host knows of a queue message beside its text; a run by hand has no id and no pop receipt. */
export interface QueueMessageProperties {
  readonly queueTrigger: string;
  readonly dequeueCount: number;
  readonly insertedOn: string;
  readonly expiresOn: string;
  readonly nextVisibleOn: string;
  readonly id?: string;
  readonly popReceipt?: string;
}

/** DateTimeOffset.MaxValue: what a message has that expires never. */
export const endOfTime = '9999-12-31T23:59:59.9999999+00:00';

/**
 * The metadata that a queue function receives. The top-level properties of a JSON object in the text leak into it and overwrite
 * the built-in entries whatever their case: a body `{"id":"mine"}` turns the id into `mine`.
 */
export function queueMetadata(text: string, properties: QueueMessageProperties): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: properties.queueTrigger },
    DequeueCount: { json: String(properties.dequeueCount) },
    ExpirationTime: { json: JSON.stringify(properties.expiresOn) },
    InsertionTime: { json: JSON.stringify(properties.insertedOn) },
    NextVisibleTime: { json: JSON.stringify(properties.nextVisibleOn) },
    ...(properties.id === undefined ? {} : { Id: { string: properties.id } }),
    ...(properties.popReceipt === undefined ? {} : { PopReceipt: { string: properties.popReceipt } }),
  };
  for (const [name, value] of Object.entries(objectIn(text))) {
    if (value === null || Array.isArray(value)) continue;
    for (const known of Object.keys(metadata)) if (known.toLowerCase() === name.toLowerCase()) delete metadata[known];
    metadata[name] = typeof value === 'object' ? { json: JSON.stringify(value) } : { string: dotNetText(value) };
  }
  return metadata;
}

function objectIn(text: string): Record<string, unknown> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return {};
  try {
    return JSON.parse(trimmed);
  } catch {
    return {};
  }
}

/** .NET's ToString: `True`, and ISO date-times rewritten as `01/31/2026 08:00:00`. */
function dotNetText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  const date = typeof value === 'string' ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?$/.exec(value) : null;
  return date === null ? String(value) : `${date[2]}/${date[3]}/${date[1]} ${date[4]}`;
}

/**
 * The text of a message as it lies in the queue; undefined when it is not valid base64 of UTF-8, which no handler ever sees.
 * White space in base64 is passed over, as .NET's Convert.FromBase64String does; missing padding is not.
 */
export function decodeQueueText(stored: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return stored;
  const base64 = stored.replace(/[ \t\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
