import { readFile } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import type { HttpMethod, HttpResponseInit } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { apiViews } from '../../src/app/api-views.ts';
import { answering } from '../../src/functions/answering.ts';
import type { Endpoint } from '../../src/functions/endpoint.ts';
import { endpoints } from '../../src/functions/endpoints.ts';
import { problemView } from '../../src/functions/problem-view.ts';
import { fakeContext, fakeRequest } from '../functions/fake-request.ts';
import { simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { deliverUntil, rotationOf } from '../scenarios/steered-rotation.ts';
import { matchRoute } from './match-route.ts';

const page = join(import.meta.dirname, '../../docs/api.md');

/** A request, then its answer, or what happens between two requests. */
const pieces =
  /```http\n(?<method>[A-Z]+) (?<path>\S+)\n(?<headers>(?:[\w-]+: .*\n)*)(?:\n(?<body>[^`]*))?```\n\n```http\n[^`]*```|<!-- until the rotation (?:is (?<state>\w+)|(?<rests>rests)) -->|<!-- operations -->\n[\s\S]*?<!-- \/operations -->/g;

describe('docs/api.md', () => {
  it('shows what the API answers', async () => {
    const keyturn = simulatedKeyturn();
    // Which gateway node a call meets is left to chance: here each knows a new key at once.
    Object.assign(keyturn.azure.world.pace, { newKeyAcceptedMs: 0, oldKeyAcceptedMs: 0, listKeysStaleMs: 0 });
    let id = 'none';
    const text = await readFile(page, 'utf8');
    let rendered = '';
    let end = 0;
    for (const match of text.matchAll(pieces)) {
      const [all] = match;
      const { method, path, headers = '', body, state, rests } = match.groups ?? {};
      rendered += text.slice(end, match.index);
      end = match.index + all.length;
      if (method !== undefined && path !== undefined) {
        const answer = await ask(keyturn, method, path.replace('{id}', id), headers, body?.trim());
        id = /rotations\/([^/]+)$/.exec(String(new Headers(answer.headers).get('location')))?.[1] ?? id;
        rendered += `${all.slice(0, all.indexOf('```\n\n```http') + 3)}\n\n\`\`\`http\n${shown(answer)}\`\`\``;
      } else {
        if (state !== undefined) await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === state);
        if (rests !== undefined) await deliverUntil(keyturn, () => true);
        rendered += state === undefined && rests === undefined ? operations() : all;
      }
    }
    rendered += text.slice(end);
    await expect(rendered).toMatchFileSnapshot(page);
  });
});

/** One request as the host would hand it over, by a caller who holds the role that it needs and no more. */
async function ask(
  { app, clock }: ReturnType<typeof simulatedKeyturn>,
  method: string,
  path: string,
  headers: string,
  body: string | undefined,
): Promise<HttpResponseInit> {
  const { endpoint, params } = matchRoute(endpoints, method, path);
  const edge = {
    app: async () => app,
    authorise: async () => ({ objectId: 'b6f0c1de-…', name: 'operator@contoso.com' }),
    log: () => {},
    newId: () => 'request-id',
  };
  clock.advance(1_000);
  const request = fakeRequest({
    method: method as HttpMethod,
    path,
    params,
    headers: Object.fromEntries(headers.split('\n').flatMap((line) => headerOf(line))),
    ...(body === undefined ? {} : { body }),
  });
  const answer = await answering(edge, endpoint)(request, fakeContext(endpoint.name));
  if (answer === null || typeof answer !== 'object' || !('status' in answer || 'jsonBody' in answer))
    throw new TypeError('no answer');
  keepsItsWord(endpoint, answer);
  return answer;
}

/** What goes over the wire is what the description says, with no member more. */
function keepsItsWord({ answers }: Endpoint, { status = 200, jsonBody }: HttpResponseInit): void {
  const view = status >= 400 ? problemView : apiViews[answers[status === 202 ? 202 : 200] ?? 'Pause'];
  const body: unknown = JSON.parse(JSON.stringify(jsonBody));
  expect(view.parse(body)).toEqual(body);
}

function headerOf(line: string): [string, string][] {
  const [, name, value] = /^([\w-]+): (.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
}

/** As a person would see it in a terminal. */
function shown({ status = 200, headers, jsonBody }: HttpResponseInit): string {
  const sent = new Headers(headers);
  const type = sent.get('content-type') ?? 'application/json';
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    ...['location', 'retry-after'].flatMap((name) => (sent.has(name) ? [`${name}: ${sent.get(name)}`] : [])),
  ];
  // Each run makes keys of its own; their last four characters are all that is seen of them.
  const body = JSON.stringify(jsonBody, null, 2).replaceAll(/\*{4}\w{4}/g, '****a1b2');
  return `${lines.join('\n')}\n\n${body}\n`;
}

/** The table of operations. */
function operations(): string {
  const rows = endpoints.map(
    ({ method, route, role, summary }) =>
      `| \`${method} /api/${route}\` | ${role.replace('Keyturn.', '')} | ${summary} |`,
  );
  return ['<!-- operations -->', '| operation | role | |', '|---|---|---|', ...rows, '<!-- /operations -->'].join('\n');
}
