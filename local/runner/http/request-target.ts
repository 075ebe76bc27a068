/** A request's target as the host's parts see it. */
export interface RequestTarget {
  /** Decoded, without dot segments, beginning with a slash; an encoded slash stays `%2F`. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** Absolute, encoded again from the decoded path: what a handler sees. */
  readonly url: string;
}

/**
 * Reads a target as the host's web server, Kestrel, does: decoded once, then dot segments taken out, also those that were
 * encoded. Undefined where it answers 400: a NUL, what is not printable ASCII, an absolute target of another host.
 */
export function requestTarget(target: string, host: string): RequestTarget | undefined {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute !== null && absolute[1]?.toLowerCase() !== host.toLowerCase()) return undefined;
  const sent = absolute?.[2] ?? target;
  if (/[^\x21-\x7e]/.test(sent)) return undefined;
  const [sentPath = '', ...rest] = sent.split('?');
  const path = withoutDotSegments(decoded(sentPath));
  if (path.includes('\0')) return undefined;
  const query = rest.join('?');
  return {
    path,
    query,
    url: `http://${host}${encoded(path)}${rest.length > 0 ? `?${query.replaceAll('#', '%23')}` : ''}`,
  };
}

/** What is not valid UTF-8 stays encoded, and so does a slash, which must not become a segment border. */
function decoded(path: string): string {
  return path.replace(/(?:%(?!2f)[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent);
    }
  });
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isDot = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDot) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** As PathString.ToUriComponent: what looks like an encoded character is left alone. */
function encoded(path: string): string {
  return path.replace(/%[0-9a-f]{2}|[^\w.~!$&'()*+,;=:@/-]/giu, (part) =>
    part.length === 3 && part.startsWith('%') ? part : encodeURIComponent(part),
  );
}
