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

/**
 * Keywords that are no name of a column or a member unless they stand in brackets, `m['to']`: those that Microsoft's parser
 * does not mark `canBeIdentifier`, https://github.com/microsoft/Kusto-Query-Language/blob/master/src/Kusto.Language/Syntax/SyntaxFacts.cs
 */
export const keywords: ReadonlySet<string> = new Set(
  [
    'accumulate alias and as asc bagexpansion between bin_legacy by cachingpolicy callout cancel characters consume',
    'contains contains_cs containscs datascope datatable declare desc distinct earliest endswith endswith_cs expandoutput',
    'extend external external_data externaldata filter find first flags getschema has has_any has_cs hasprefix hasprefix_cs',
    'hassuffix hassuffix_cs in invoke join journal last latest let like likecs limit materialize mdm missing mvapply mvexpand',
    'notcontains notcontainscs notlike notlikecs of on or order parse partitioning print project rebalance regex relaxed',
    'reset restrict rowstore rowstorepolicy rowstores run sample sandbox sandboxes seal search serialize servicepoints set',
    'sharding simple softdelete sort sql startswith startswith_cs summarize tablepurge take threadpools throw to top toscalar',
    'totable union verbose viewers where with',
  ].flatMap((line) => line.split(' ')),
);

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
