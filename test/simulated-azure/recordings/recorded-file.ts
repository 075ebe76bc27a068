/** Any JSON value, as recorders wrote it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** What was asked and answered, in one form for every recorder's. */
export interface RecordedExchange {
  readonly request: {
    readonly method: string;
    /** Absolute, https, without `:443`; what the recorder left open (`<name>`, `{name}`) is filled in. */
    readonly url: string;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    /** Undefined when none was sent, or the recording keeps none. */
    readonly body: Json | undefined;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** Undefined when none was sent, or the recording keeps none. */
    readonly body: Json | undefined;
  };
}

/**
 * How far a file can be trusted, which decides how much of it is compared:
 * - `recording`: recorder's file; what is absent was absent
 * - `reported`: text of an issue or a vendor page; headers that are absent are unknown
 * - `example`: the specification's sample; placeholders for values, few members, no headers
 */
export type Evidence = 'recording' | 'reported' | 'example';

export interface RecordedFile {
  /** Path below the folder, without `.json`: `keyvault/secret-crud-7.3`. */
  readonly name: string;
  readonly evidence: Evidence;
  readonly exchanges: readonly RecordedExchange[];
  /** The collector's remarks on what was left out. */
  readonly cut: readonly string[];
  /** Why the file could not be read. */
  readonly unreadable?: string;
}

export function isObject(value: Json | undefined): value is { readonly [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of member names, or undefined. */
export function at(value: Json | undefined, ...members: readonly string[]): Json | undefined {
  return members.reduce<Json | undefined>((inner, member) => (isObject(inner) ? inner[member] : undefined), value);
}

/** The text at a path of member names, or undefined. */
export function textAt(value: Json | undefined, ...members: readonly string[]): string | undefined {
  const found = at(value, ...members);
  return typeof found === 'string' ? found : undefined;
}

/** The items of a list at a path of member names; empty when there is no list. */
export function itemsAt(value: Json | undefined, ...members: readonly string[]): readonly Json[] {
  const found = at(value, ...members);
  return Array.isArray(found) ? found : [];
}
