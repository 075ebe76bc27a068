import type { HttpRequest } from '@azure/functions';

/**
 * The entity tags of `If-Match`, `*` among them; null when none was sent. A proxy that compresses an answer marks its tag
 * as weak (`W/"…"`). Our tags name what a hardening is, not its bytes, so such a tag still says what its sender saw.
 * https://www.rfc-editor.org/rfc/rfc9110#field.if-match
 */
export function ifMatch(request: HttpRequest): readonly string[] | null {
  const header = request.headers.get('if-match');
  return header === null ? null : header.split(',').map((tag) => tag.trim().replace(/^W\/(?=")/, ''));
}
