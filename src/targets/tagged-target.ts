import type * as z from 'zod';
import type { Target } from '../keys/target.ts';
import { clipped, type FieldProblem, fieldProblems, found } from '../shared/field-problem.ts';
import { toTarget } from './declared-targets.ts';
import type { TaggedAccount } from './ports.ts';
import { foundDuration, targetProblems } from './target-rules.ts';
import { targetSchema } from './target-schema.ts';
import { vaultUrl } from './vault-url.ts';

const tagPrefix = 'keyturn-';
/** Nothing is begun for the account's target while this says `true`. */
const pauseTag = 'keyturn-pause';
/** Leaves the account to the Keyturn instance of that name. */
export const ownerTag = 'keyturn-instance';
/**
 * A proof keeps a worker's invocation for as long as it is spread over, and somebody's many accounts must not keep the
 * workers from others. Declared targets may take five minutes.
 */
const longestTaggedSpreadMs = 60_000;
/** `direct` is short for a direct-value secret called `{prefix}-key`. */
const layoutTag = 'keyturn-layout';

/** Every field of a declared target but the account itself, by the tag that sets it. Who may write tags must not be handed keys: copies have none. */
const fieldByTag = new Map(
  Object.keys(targetSchema.unwrap().shape)
    .filter((field) => field !== 'accountId' && field !== 'copies')
    .map((field) => [tagOf(field), field]),
);

/** The tags that Keyturn reads on an AI account. */
export const tagNames: readonly string[] = [...fieldByTag.keys(), layoutTag, pauseTag, ownerTag];

/** The account's tags of ours, names in lower case: Azure keeps their case and compares without. */
export function ownTags(tags: TaggedAccount['tags']): ReadonlyMap<string, string> {
  const own = Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value.trim()] as const);
  return new Map(own.filter(([name]) => name.startsWith(tagPrefix)));
}

/** Whether the tag `keyturn-pause` stands on the account. A value that says neither yes nor no pauses, to be safe. */
export function isPaused(tags: ReadonlyMap<string, string>): boolean {
  const value = tags.get(pauseTag);
  return value !== undefined && value.toLowerCase() !== 'false';
}

/** Whether the tags ask for a target, or only pause or hand over one that is declared. */
export function asksForTarget(tags: ReadonlyMap<string, string>): boolean {
  return [...tags.keys()].some((name) => name !== pauseTag && name !== ownerTag);
}

/** A target as its tags write it: what the schema of declared targets takes, kept so that it can be read again. */
export type WrittenTarget = Readonly<Record<string, unknown>>;

type Read<T> = T | { readonly problems: readonly FieldProblem[] };

/**
 * The target that an account's tags describe, by the very schema of declared targets; or everything that is wrong with
 * them, each under its tag's name.
 * @param vaultSuffix of the cloud: `vault.azure.net`
 */
export function taggedTarget(
  { account }: TaggedAccount,
  tags: ReadonlyMap<string, string>,
  vaultSuffix: string,
): Read<{ readonly target: Target; readonly written: WrittenTarget }> {
  const plain = account.account.replaceAll(/[^0-9A-Za-z-]/g, '-');
  const written: Record<string, unknown> = { accountId: account.armId, name: nameFrom(plain), prefix: plain };
  for (const [tag, field] of fieldByTag) {
    const text = tags.get(tag);
    if (text !== undefined) written[field] = readValue(field, text);
  }
  if (tags.get(layoutTag)?.toLowerCase() === 'direct') written.directSecretName ??= `${String(written.prefix)}-key`;
  const read = writtenTarget(written, vaultSuffix);
  const problems = [
    ...strangeTags(tags),
    ...misused(tags),
    ...('problems' in read ? read.problems : longProof(read.target, written)),
  ];
  return 'problems' in read || problems.length > 0 ? { problems } : { target: read.target, written };
}

/** Reads a written target; a default that has changed since it was written, or a field that is new, counts at once. */
export function writtenTarget(written: unknown, vaultSuffix: string): Read<{ readonly target: Target }> {
  const parsed = targetSchema.safeParse(written, { reportInput: true });
  if (!parsed.success) return { problems: underTags(fieldProblems(parsed.error)) };
  const { vault, prefix = '' } = parsed.data;
  const url = vaultUrl(vault, vaultSuffix);
  if (url === null) {
    const accepted = `a vault's name, or https://<name>.${vaultSuffix}`;
    return { problems: [{ field: tagOf('vault'), found: found(vault), accepted }] };
  }
  const target = toTarget(parsed.data, url, prefix);
  const problems = underTags(targetProblems({ at: '', written, declared: parsed.data, target }));
  return problems.length > 0 ? { problems } : { target };
}

function strangeTags(tags: ReadonlyMap<string, string>): FieldProblem[] {
  return [...tags.keys()]
    .filter((name) => !tagNames.includes(name))
    .map((name) => ({
      field: clipped(name),
      found: 'a tag that is not known here',
      accepted: `one of ${tagNames.join(', ')}`,
    }));
}

function misused(tags: ReadonlyMap<string, string>): FieldProblem[] {
  const accepts = (tag: string, words: readonly string[]): FieldProblem[] => {
    const value = tags.get(tag);
    if (value === undefined || words.includes(value.toLowerCase())) return [];
    return [{ field: tag, found: found(value), accepted: words.join(' or ') }];
  };
  const layout = tags.get(layoutTag)?.toLowerCase();
  const direct = tagOf('directSecretName');
  const contradiction =
    layout === 'pointer' && tags.has(direct)
      ? [{ field: layoutTag, found: '"pointer"', accepted: `direct, or no ${direct}` }]
      : [];
  return [...accepts(layoutTag, ['pointer', 'direct']), ...accepts(pauseTag, ['true', 'false']), ...contradiction];
}

/**
 * A tag is text. If the field takes none such, it is read as JSON: `true`, `20`, `{"acceptances":20}`; and if it does
 * not take it as it is written, in lower case, since people write `True`, `Auto` and `90D`.
 */
function readValue(field: string, text: string): unknown {
  const schema: z.ZodType | undefined = Object.entries(targetSchema.unwrap().shape).find(
    ([name]) => name === field,
  )?.[1];
  if (schema === undefined) return text;
  const lower = text.toLowerCase();
  const readings = [text, jsonIn(text), lower, jsonIn(lower)];
  const taken = readings.find((value) => schema.safeParse(value).success);
  // What no reading makes good is told as it was written: a number that is out of bounds as the number that it is.
  return taken === undefined ? jsonIn(text) : taken;
}

/** What a text says as JSON; the text itself if it says none, or a text. */
function jsonIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? text : value;
  } catch {
    return text;
  }
}

function longProof({ policy: { newKeyProof } }: Target, written: unknown): FieldProblem[] {
  if (newKeyProof.spreadMs <= longestTaggedSpreadMs) return [];
  const shown = foundDuration(written, 'newKeyProof.spread', newKeyProof.spreadMs);
  const accepted = 'at most 60 s in a tag: a longer proof is for targets in the settings';
  return [{ field: `${tagOf('newKeyProof')}.spread`, found: shown, accepted }];
}

function underTags(problems: readonly FieldProblem[]): FieldProblem[] {
  return problems.map(({ field, ...rest }) => {
    const [, first = '', more = ''] = /^\.?([0-9A-Za-z]+)(.*)$/.exec(field) ?? [];
    return { field: `${tagOf(first)}${more}`, ...rest };
  });
}

/** `rotateEvery` becomes `keyturn-rotate-every`. */
function tagOf(field: string): string {
  return `${tagPrefix}${field.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

function nameFrom(plain: string): string {
  return plain
    .toLowerCase()
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}
