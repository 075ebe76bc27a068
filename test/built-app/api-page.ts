import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';
import { z } from 'zod';
import { type Answer, type BuiltApp, target, until } from './start-built-app.ts';

/** A request, then its answer, of which only the named members are shown, or what happens between two requests. */
const pieces =
  /(?:<!-- only (?<members>[\w, ]+) -->\n\n)?```http\n(?<method>[A-Z]+) \/api\/(?<path>\S+)\n(?<headers>(?:[\w-]+: .*\n)*)(?:\n(?<body>[^`]*))?```\n\n```http\n(?<shown>[^`]*)```|<!-- until the rotation's state or reason is (?<state>[\w-]+) -->|<!-- operations -->\n[\s\S]*?<!-- \/operations -->/g;

/**
 * The text of docs/api.md with the answers that the built app gives to the requests in it, in their order. Instants, ids and
 * the ends of keys differ from run to run: an answer that differs in nothing else stays as it stands.
 */
export async function renderedPage(app: BuiltApp, text: string): Promise<string> {
  let id = 'none';
  let rendered = '';
  let end = 0;
  for (const match of text.matchAll(pieces)) {
    const [all] = match;
    const { members, method, path, headers = '', body, shown: stands = '', state } = match.groups ?? {};
    rendered += text.slice(end, match.index);
    end = match.index + all.length;
    if (method !== undefined && path !== undefined) {
      const at = path.replace('{id}', id);
      const options = {
        headers: Object.fromEntries(headers.split('\n').flatMap(headerOf)),
        ...(body === undefined ? {} : { body: body.trim() }),
      };
      const answer = await until(
        () => app.ask(method, at, options),
        (seen) => !isPassing(seen.body),
      );
      id = /rotations\/([^/]+)$/.exec(answer.headers.get('location') ?? '')?.[1] ?? id;
      const comes = shown(answer, members?.split(', '));
      const request = all.slice(0, all.indexOf('```\n\n```http') + 3);
      rendered += `${request}\n\n\`\`\`http\n${lasting(comes) === lasting(stands) ? stands : comes}\`\`\``;
    } else {
      if (state !== undefined) await untilRotation(app, id, state);
      rendered += state === undefined ? await operations(app) : all;
    }
  }
  return rendered + text.slice(end);
}

const standing = z.object({ state: z.string(), reason: z.string().nullable() });

/** Refusals that are over by themselves: the worker that ended the former step still holds the account. */
const passing = new Set(['busy', 'request-pending']);
/** The refusal's own reason, or those that a dry run tells. */
const named = z.object({
  reason: z.string().nullish(),
  blockedBy: z.array(z.object({ reason: z.string().nullish(), name: z.string().nullish() })).default([]),
});

/** Whether the same request may be answered otherwise in a moment. */
export function isPassing(body: unknown): boolean {
  const { reason, blockedBy } = named.catch({ blockedBy: [] }).parse(body);
  return passing.has(reason ?? '') || blockedBy.some((one) => passing.has(one.reason ?? one.name ?? ''));
}

/** Rotations stay in these until they are asked to move on. */
const lastingStates = ['suspended', 'held', 'completed', 'rolled-back', 'cancelled'];

/** Waits until the rotation is in `state`, or rests for that reason. */
export async function untilRotation(app: BuiltApp, id: string, state: string): Promise<void> {
  const wait = () =>
    until(
      async () => standing.parse((await app.ask('GET', `targets/${target}/rotations/${id}`)).body),
      (seen) => seen.state === state || seen.reason === state,
    );
  await (lastingStates.includes(state) ? app.hurried(wait) : wait());
}

function headerOf(line: string): [string, string][] {
  const [, name, value] = /^([\w-]+): (.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
}

/** As a person would see it in a terminal; with `members`, the others of the body are a last line of three dots. */
function shown({ status, headers, body }: Answer, members?: readonly string[]): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${headers.get('content-type')?.replace(/;.*/, '')}`,
    ...['location', 'retry-after'].flatMap((name) => (headers.has(name) ? [`${name}: ${headers.get(name)}`] : [])),
  ];
  const text = JSON.stringify(members === undefined ? body : chosen(body, members), null, 2);
  return `${lines.join('\n')}\n\n${members === undefined ? text : text.replace(/\n}$/, ',\n  …\n}')}\n`;
}

/** The members of `body` that are shown; each has to be there. */
function chosen(body: unknown, members: readonly string[]): Record<string, unknown> {
  const all = z.record(z.string(), z.unknown()).parse(body);
  expect(Object.keys(all)).toEqual(expect.arrayContaining([...members]));
  return Object.fromEntries(members.map((member) => [member, all[member]]));
}

/** `text` without what differs from run to run. */
function lasting(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'instant')
    .replaceAll(/\d{4}-\d\d-\d\d/g, 'day')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'version')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/"0x[0-9A-F]+\\"/g, 'etag')
    .replaceAll(/\*{4}\w{4}/g, 'key');
}

const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ summary: z.string(), description: z.string() }))),
});

/** The table of operations, as the app describes itself. */
async function operations(app: BuiltApp): Promise<string> {
  const { paths } = description.parse((await app.ask('GET', 'openapi.json', { as: null })).body);
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, description: needs }]) => {
      const role = /`Keyturn\.(\w+)`/.exec(needs)?.[1] ?? 'none';
      return `| \`${method.toUpperCase()} /api${path}\` | ${role} | ${summary} |`;
    }),
  );
  return ['<!-- operations -->', '| operation | role | |', '|---|---|---|', ...rows, '<!-- /operations -->'].join('\n');
}
