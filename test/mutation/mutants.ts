import {
  type Expression,
  isArrayLiteralExpression,
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isElementAccessExpression,
  isExportDeclaration,
  isExpression,
  isExpressionStatement,
  isIfStatement,
  isImportDeclaration,
  isNumericLiteral,
  isObjectLiteralExpression,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isReturnStatement,
  isStringLiteral,
  isTypeNode,
  isWhileStatement,
  type Node,
  type SourceFile,
  type StringLiteral,
  SyntaxKind,
} from 'typescript/unstable/ast';

/** One small change of a source file. */
export interface Mutant {
  /** Path of the file, relative to the root. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** What kind of change it is, such as `condition negated`. */
  readonly change: string;
  /** What is replaced: offsets in UTF-16 units, the end excluded. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The smallest expression or statement around the change: running it is what a test must do to notice the change. */
  readonly around: { readonly kind: 'expression' | 'statement'; readonly start: number; readonly end: number };
}

const swaps: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [SyntaxKind.LessThanToken, '<='],
  [SyntaxKind.LessThanEqualsToken, '<'],
  [SyntaxKind.GreaterThanToken, '>='],
  [SyntaxKind.GreaterThanEqualsToken, '>'],
  [SyntaxKind.AmpersandAmpersandToken, '||'],
  [SyntaxKind.BarBarToken, '&&'],
  [SyntaxKind.PlusToken, '-'],
  [SyntaxKind.MinusToken, '+'],
  [SyntaxKind.AsteriskToken, '/'],
  [SyntaxKind.SlashToken, '*'],
]);

/** Methods that are easily taken for one another; `filter` becomes none at all. */
const methods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

/**
 * Every change that may be made to a file, in the order of its text. Prose (a text with a blank) and what only types are
 * made of stay; whether a change compiles is not asked here.
 * @param file The path that the mutants carry.
 * @param other Another value that a string literal may take by its type; null if its type is no union of strings.
 */
export function mutantsOf(
  file: string,
  source: SourceFile,
  other: (literal: StringLiteral) => string | null,
): readonly Mutant[] {
  const found: Mutant[] = [];
  const startOf = (node: Node) => node.getStart(source);
  const textOf = (node: Node) => source.text.slice(startOf(node), node.end);
  const lineOf = (at: number) => source.text.slice(0, at).split('\n').length;

  const add = (change: string, around: Node, text: string, start = startOf(around), end = around.end) => {
    const marked = markable(around);
    found.push({
      file,
      line: lineOf(start),
      change,
      start,
      end,
      text,
      around: {
        kind: isExpression(marked) ? 'expression' : 'statement',
        start: startOf(marked),
        end: marked.end,
      },
    });
  };
  const negate = (condition: Expression) => add('condition negated', condition, `!(${textOf(condition)})`);
  /** An entry of a list, with the comma that follows it. */
  const without = (entries: readonly Node[], change: string) => {
    for (const [index, entry] of entries.entries()) {
      const next = entries[index + 1];
      const after = /^\s*,?/.exec(source.text.slice(entry.end))?.[0].length ?? 0;
      add(change, entry.parent, '', startOf(entry), next === undefined ? entry.end + after : startOf(next));
    }
  };

  const visit = (node: Node): void => {
    if (isTypeNode(node) || isImportDeclaration(node) || isExportDeclaration(node)) return;
    if (isIfStatement(node)) {
      negate(node.expression);
      if (node.elseStatement === undefined) add('guard dropped', node, '');
    } else if (isWhileStatement(node) || isConditionalExpression(node)) {
      negate(isWhileStatement(node) ? node.expression : node.condition);
    } else if (isBinaryExpression(node)) {
      const { left, operatorToken, right } = node;
      if (operatorToken.kind === SyntaxKind.EqualsToken) {
        // What is assigned to is a pattern, not a value.
        visit(right);
        return;
      }
      const swapped = swaps.get(operatorToken.kind);
      if (swapped !== undefined)
        add(`${textOf(operatorToken)} to ${swapped}`, node, swapped, startOf(operatorToken), operatorToken.end);
      if (operatorToken.kind === SyntaxKind.QuestionQuestionToken)
        add('always the default', node, `(${textOf(right)})`);
      if ([SyntaxKind.AmpersandAmpersandToken, SyntaxKind.BarBarToken].includes(operatorToken.kind)) {
        add('only the first part', node, `(${textOf(left)})`);
        add('only the second part', node, `(${textOf(right)})`);
      }
    } else if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
      add('! dropped', node, `(${textOf(node.operand)})`);
    } else if (isExpressionStatement(node)) {
      add('statement dropped', node, ';');
    } else if (isReturnStatement(node) && node.expression === undefined) {
      add('return dropped', node, ';');
    } else if (isArrayLiteralExpression(node)) {
      without(node.elements, 'entry dropped');
    } else if (isObjectLiteralExpression(node)) {
      without(node.properties, 'property dropped');
    } else if (isNumericLiteral(node) && !isName(node)) {
      add('number replaced', node, String(Number(node.text.replaceAll('_', '')) + 1));
    } else if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword) {
      const flipped = node.kind === SyntaxKind.FalseKeyword;
      add(`${!flipped} to ${flipped}`, node, String(flipped));
    } else if (isStringLiteral(node) && isValue(node)) {
      add('string replaced', node, `'${other(node) ?? `${node.text}-mutated`}'`);
    } else if (isCallExpression(node) && isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const method = methods[name.text];
      if (method !== undefined) add(`${name.text} to ${method}`, node, method, startOf(name), name.end);
      if (name.text === 'filter') add('filter dropped', node, textOf(expression));
    }
    node.forEachChild(visit);
  };
  source.forEachChild(visit);
  return found.sort((one, other) => one.start - other.start || one.end - other.end);
}

/** The text of the file with the change made. */
export function mutated(text: string, { start, end, text: replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** A string that is neither prose, nor a name of a property or a module. */
function isValue(literal: StringLiteral): boolean {
  const { parent, text } = literal;
  const isImported = isCallExpression(parent) && parent.expression.kind === SyntaxKind.ImportKeyword;
  return text !== '' && !/\s/.test(text) && !isName(literal) && !isImported;
}

function isName({ parent, pos }: Node): boolean {
  return isPropertyAssignment(parent) && parent.name.pos === pos;
}

/** What a marker can be set around: inside an optional chain only the whole chain, or the marker would break it. */
function markable(node: Node): Node {
  const { parent } = node;
  const isChain =
    (isPropertyAccessExpression(parent) || isCallExpression(parent) || isElementAccessExpression(parent)) &&
    parent.expression === node;
  return isChain ? markable(parent) : node;
}
