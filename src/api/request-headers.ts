import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { invalid } from './problem.ts';

/**
 * The entity tags of `If-Match`, `*` among them; null when none was sent. A proxy that compresses an answer marks its tag
 * as weak (`W/"…"`). Our tags name what an area is, not its bytes, so such a tag still says what its sender saw.
 * https://www.rfc-editor.org/rfc/rfc9110#field.if-match
 */
export function ifMatch(request: HttpRequest): readonly string[] | null {
  const header = request.headers.get('if-match');
  return header === null ? null : tagsIn(header);
}

/**
 * The answer with an entity tag of its body; 304 without a body if that is what `If-None-Match` names, so that who asks again and
 * again gets it only when it is another one. https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match
 */
export async function unlessSeen(request: HttpRequest, jsonBody: unknown): Promise<HttpResponseInit> {
  const { entityTagOfText } = await import('../shared/entity-tag.ts');
  // Of five thousand targets these are megabytes: written once, for the tag and for the answer.
  const body = JSON.stringify(jsonBody);
  const etag = entityTagOfText(body);
  const tags = tagsIn(request.headers.get('if-none-match') ?? '');
  return tags.includes(etag) || tags.includes('*')
    ? { status: 304, headers: { etag } }
    : { headers: { etag, 'content-type': 'application/json' }, body };
}

/** A structured-header string, or the same without its quotes. https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export const idempotencyKeyPattern = /^(?:"([!#-[\]-~]{1,128})"|([!#-[\]-~]{1,128}))$/;

/** The caller's own name for the request, or null. @throws ProblemError 400 when the header holds no such name */
export function idempotencyKey(request: HttpRequest): string | null {
  const header = request.headers.get('idempotency-key');
  if (header === null) return null;
  const [, quoted, bare] = idempotencyKeyPattern.exec(header.trim()) ?? [];
  const key = quoted ?? bare;
  if (key !== undefined) return key;
  const accepted = '1 to 128 visible ASCII characters, such as a GUID';
  throw invalid('header', [{ field: 'Idempotency-Key', found: `a text of ${header.length} characters`, accepted }]);
}

/** Without the mark of a weak tag. */
function tagsIn(header: string): readonly string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\/(?=")/, ''));
}
