import type { Node, ParseError } from 'jsonc-parser';
import type { FieldProblem } from '../shared/field-problem.ts';
import { declaredTargets, notUtf8, utf8Text } from './declared-targets.ts';
import type { FoundTarget } from './discovered-targets.ts';
import { mostDocumentBytes } from './ports.ts';

/** So many problems of a document are kept and shown, each with its line. */
const mostProblems = 50;

/** One thing wrong with a targets document, and where it stands. */
export interface DocumentProblem extends FieldProblem {
  /** From 1; null if it is about the document as a whole. */
  readonly line: number | null;
}

export type DocumentContent =
  | { readonly kind: 'targets'; readonly targets: readonly FoundTarget[] }
  | {
      readonly kind: 'invalid';
      /** The first of them. */
      readonly problems: readonly DocumentProblem[];
      readonly problemsInAll: number;
    };

/** What the problems of a document as a whole are reported as, and its list of targets. */
const whole = 'document';
const list = 'targets';

/**
 * The targets that a document declares, or what is wrong with it, line by line. One target that cannot be used refuses the
 * document: half a list would be a drop that nobody meant.
 * @param vaultSuffix of the cloud: `vault.azure.net`
 * @param ownApp name of the app in which Keyturn runs; null: not known
 */
export async function readTargetsDocument(
  bytes: Uint8Array,
  vaultSuffix: string,
  ownApp: string | null = null,
): Promise<DocumentContent> {
  const text = utf8Text(bytes);
  if (text === null) return invalid(whole, notUtf8(bytes, 'a text'), 'a JSON list of targets in UTF-8', null);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    const [first] = (await syntaxOf(text)).errors;
    const line = first === undefined ? null : lineAt(text, first.offset);
    return invalid(whole, 'text that is not JSON', 'a JSON list of targets', line);
  }
  const { placed, problems } = declaredTargets(document, vaultSuffix, list, ownApp);
  if (problems.length > 0) {
    const syntax = await syntaxOf(text);
    const located = problems
      .slice(0, mostProblems)
      .map((problem) => ({ ...problem, line: lineOf(problem, text, syntax) }));
    return { kind: 'invalid', problems: located, problemsInAll: problems.length };
  }
  const targets = placed.map(({ target, written }): FoundTarget => {
    // The default of the prefix depends on the neighbours: each target is kept with its own.
    return { target, written: { ...Object(written), prefix: target.prefix }, blocked: null };
  });
  return { kind: 'targets', targets };
}

/** What a document that is too large to be read is refused for. */
export function tooLarge(bytes: number): DocumentContent {
  return invalid(whole, `${bytes} bytes`, `at most ${mostDocumentBytes} bytes`, null);
}

function invalid(field: string, found: string, accepted: string, line: number | null): DocumentContent {
  return { kind: 'invalid', problems: [{ line, field, found, accepted }], problemsInAll: 1 };
}

interface Syntax {
  readonly tree: Node | undefined;
  readonly errors: readonly ParseError[];
  readonly nodeAt: (root: Node, path: (string | number)[]) => Node | undefined;
}

/** Where everything stands in the text. The parser is loaded for a document that has errors. */
async function syntaxOf(text: string): Promise<Syntax> {
  const { findNodeAtLocation: nodeAt, parseTree } = await import('jsonc-parser');
  const errors: ParseError[] = [];
  try {
    return { tree: parseTree(text, errors, { disallowComments: true }), errors, nodeAt };
  } catch (error) {
    // Lists within lists by the hundred thousand: no line is known then.
    if (error instanceof RangeError) return { tree: undefined, errors: [], nodeAt };
    throw error;
  }
}

/** The line of a field, or of the innermost thing around it that is there. */
function lineOf({ field }: FieldProblem, text: string, { tree, nodeAt }: Syntax): number | null {
  if (tree === undefined || !field.startsWith(`${list}[`)) return null;
  const steps = [...field.slice(list.length).matchAll(/\[(\d+)\]|\.([^.[\]]+)/g)];
  const path = steps.map(([, index, name = '']) => (index === undefined ? name : Number(index)));
  const place = tree.type === 'array' ? path : [list, ...path];
  for (let length = place.length; length > 0; length -= 1) {
    const node = nodeAt(tree, place.slice(0, length));
    if (node !== undefined) return lineAt(text, node.offset);
  }
  return null;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
