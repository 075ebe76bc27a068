/** A piece of a query, and where it starts, counted in characters from 0. */
export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'timespan' | 'sign' | 'end';
  /** A text without its quotes; everything else as written. */
  readonly text: string;
  readonly at: number;
}

/** What the parser met and could not go on with. */
export class KqlSyntaxError extends Error {
  readonly token: Token;

  constructor(token: Token) {
    super(`not expected here: ${token.text}`);
    this.token = token;
  }
}

const patterns: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /(?:\s+|\/\/[^\n]*)/y],
  ['timespan', /\d+(?:\.\d+)?(?:ms|[smhd])\b/y],
  ['number', /\d+(?:\.\d+)?/y],
  // `has_any`, `!in~`, `!contains` are words of their own.
  ['name', /!?[A-Za-z_$][A-Za-z0-9_]*(?:(?<=\bin)~)?/y],
  ['text', /@'[^']*'|@"[^"]*"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ['sign', /=~|!~|==|!=|<>|<=|>=|\.\.|[|,()[\]{}.=<>+\-*/%:;]/y],
];

/** The tokens of a query, the last one of kind `end`. Throws `KqlSyntaxError` at a character that begins none. */
export function kqlTokens(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    const [kind, text] = tokenAt(query, at);
    if (kind !== 'blank') tokens.push({ kind, text: kind === 'text' ? unquoted(text) : text, at });
    at += text.length;
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at: query.length }];
}

function tokenAt(query: string, at: number): readonly [Token['kind'] | 'blank', string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(query) ?? [];
    if (text !== undefined) return [kind, text];
  }
  throw new KqlSyntaxError({ kind: 'sign', text: query.charAt(at), at });
}

function unquoted(text: string): string {
  if (text.startsWith('@')) return text.slice(2, -1);
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, character: string) => escapes[character] ?? character);
}
