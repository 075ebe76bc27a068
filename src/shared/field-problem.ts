import leven from 'leven';
import * as z from 'zod';

/** One thing wrong with a setting, a declared target or a request body. Never holds a secret. */
export interface FieldProblem {
  /** `KEYTURN_TENANT_ID`, `KEYTURN_TARGETS[0].overlap`, `activeSlot`. */
  readonly field: string;
  /** What stands there, in words or quoted: `nothing`, `"2 fortnights"`, `a list`. */
  readonly found: string;
  /** What may stand there. In our schemas the `error` of a field is this text. */
  readonly accepted: string;
}

/** Longest quoted text: enough to recognise a value, too short to flood a log. */
const quotedCharacters = 80;

/** Account keys, storage keys and client secrets run on longer than this; GUIDs and ARM ids are broken by `-` and `/`. */
const secretLike = /AccountKey=|SharedAccess|sig=|[0-9A-Za-z+_~]{32}/i;

/** A key may stand where a name should, as in `?<key>`; names of our own have an `_` sooner. */
const secretName = /[0-9A-Za-z+~]{32}/;

/** What stands in a field, for a message: texts quoted and cut, numbers as they are, anything else by its kind. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  if (secretLike.test(value)) return `a text of ${value.length} characters, perhaps a secret (not shown)`;
  return JSON.stringify(value.length > quotedCharacters ? `${value.slice(0, quotedCharacters)}…` : value);
}

/**
 * An object with these members and no others. Unlike `z.strictObject`, an unknown one is told which names there are.
 * @param accepted what stands here, in words
 */
export function strictMembers<Shape extends z.core.$ZodLooseShape>(shape: Shape, accepted: string) {
  const names = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? names : accepted) });
}

/** A text of this form. @param accepted the same in words */
export function textLike(pattern: RegExp, accepted: string) {
  return z.string({ error: accepted }).regex(pattern, { error: accepted });
}

/** True or false; false if nobody says. */
export function flag() {
  return z.boolean({ error: 'true or false' }).default(false);
}

/**
 * The problems that a schema found, the first of each field: of a text where a list belongs zod also says that it is too long.
 * The input must have been parsed with `reportInput: true`.
 * @param at where the parsed value stands, such as `KEYTURN_TARGETS[0]`; empty for a body
 * @param called what its members are called
 */
export function fieldProblems(error: z.ZodError, at = '', called = 'members'): FieldProblem[] {
  const first = new Map<string, FieldProblem>();
  for (const problem of error.issues.flatMap((issue) => problemsOf(issue, at, called)))
    if (!first.has(problem.field)) first.set(problem.field, problem);
  return [...first.values()];
}

function problemsOf(issue: z.core.$ZodIssue, at: string, called: string): FieldProblem[] {
  const field = fieldPath(at, issue.path);
  if (issue.code === 'invalid_union') {
    const meant = meantOf(issue);
    if (meant !== null) return meant.flatMap((inner) => problemsOf(inner, field, called));
  }
  if (issue.code !== 'unrecognized_keys') return [{ field, found: found(issue.input), accepted: issue.message }];
  const names = issue.message.split(' ').filter((name) => name !== '');
  return issue.keys.map((key) => ({
    field: secretName.test(key) ? fieldPath(field, ['(not shown)']) : fieldPath(field, [key]),
    found: secretName.test(key) ? 'a name that is perhaps a secret (not shown)' : 'a name that is not known here',
    accepted: knownNames(clipped(key), names, called),
  }));
}

/** The problems of the one form of several whose members are those that stand there; null: it cannot be told which was meant. */
function meantOf({ input, errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | null {
  if (input === null || typeof input !== 'object' || Object.keys(input).length === 0) return null;
  const [meant, ...others] = errors.filter((problems) =>
    problems.every(({ code, path }) => code !== 'unrecognized_keys' && path.length > 0),
  );
  return meant === undefined || others.length > 0 ? null : meant;
}

/** `targets[0].overlap`; cut, since anybody who wrote a name that is not known could make it as long as the whole body. */
function fieldPath(at: string, path: readonly PropertyKey[]): string {
  const whole = path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, at);
  return clipped(whole);
}

/** The near names when there are any, else all of them. */
function knownNames(unknown: string, names: readonly string[], called: string): string {
  if (names.length === 0) return `no ${called} at all`;
  const near = names.filter((name) => leven(name.toLowerCase(), unknown.toLowerCase()) <= Math.max(2, name.length / 3));
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${names.join(', ')}`;
}

/** So much of a text that anybody may have written goes into an answer or the log: enough to know it by, too short to flood either. */
const mostShown = 200;

/** `text`, cut to `mostShown` characters, the last of them `…` if something was cut; no character is cut in two. */
export function clipped(text: string): string {
  if (text.length <= mostShown) return text;
  return `${text.slice(0, mostShown - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `text` in quotes, cut, for a sentence. */
export function quoted(text: string): string {
  return JSON.stringify(clipped(text));
}
