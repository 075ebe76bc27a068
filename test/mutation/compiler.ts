import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBinaryExpression, isCaseClause, isSwitchStatement, type StringLiteral } from 'typescript/unstable/ast';
import { API, type Checker, type Diagnostic } from 'typescript/unstable/sync';
import { importersIn } from './import-graph.ts';
import { type Mutant, mutantsOf, mutated } from './mutants.ts';

export interface Compiler {
  /** Every mutant of a file, whether it compiles or not. */
  mutantsOf(file: string): readonly Mutant[];
  /** Whether the changed file compiles, and every file that imports it. */
  compiles(mutant: Mutant): boolean;
  close(): void;
}

// What is no longer used after a change is no fault of the change: somebody who made it would take the import out, too.
const unusedCodes: readonly number[] = [6133, 6138, 6192, 6196, 6198, 6199];
const isFault = ({ code }: Diagnostic) => !unusedCodes.includes(code);

/** @param root Folder of a tsconfig.json; files are named relative to it. */
export function compilerOf(root: string): Compiler {
  const changed = new Map<string, string>();
  let lastPath: string | null = null;
  const api = new API({ cwd: root, fs: { readFile: (path) => changed.get(path) } });
  const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
  const programOf = (from: typeof snapshot) => {
    const project = from.getProjects()[0];
    if (project === undefined) throw new RangeError(`${root} has no tsconfig.json`);
    return project;
  };
  const { program, checker } = programOf(snapshot);
  const importersOf = importersIn(root, 'src/**/*.ts');

  return {
    mutantsOf: (file) => {
      const source = program.getSourceFile(join(root, file));
      if (source === undefined) throw new RangeError(`${file} is not part of ${root}/tsconfig.json`);
      return mutantsOf(file, source, (literal) => otherString(checker, literal));
    },
    compiles: (mutant) => {
      const path = join(root, mutant.file);
      changed.set(path, mutated(readFileSync(path, 'utf8'), mutant));
      // The file of the last change is as it was again.
      const after = api.updateSnapshot({ fileChanges: { changed: lastPath === null ? [path] : [lastPath, path] } });
      lastPath = path;
      const { program: changedProgram } = programOf(after);
      const isFaultless = [mutant.file, ...importersOf(mutant.file)]
        .map((file) => join(root, file))
        .every((file) =>
          [...changedProgram.getSyntacticDiagnostics(file), ...changedProgram.getSemanticDiagnostics(file)].every(
            (diagnostic) => !isFault(diagnostic),
          ),
        );
      after.dispose();
      changed.delete(path);
      return isFaultless;
    },
    close: () => api.close(),
  };
}

/** The next member of the union that the literal belongs to, by its context or by what it is compared with. */
function otherString(checker: Checker, literal: StringLiteral): string | null {
  const { parent } = literal;
  let type = checker.getContextualType(literal);
  if (isBinaryExpression(parent))
    type = checker.getTypeAtLocation(parent.left === literal ? parent.right : parent.left) ?? type;
  const statement = isCaseClause(parent) ? parent.parent.parent : null;
  if (statement !== null && isSwitchStatement(statement))
    type = checker.getTypeAtLocation(statement.expression) ?? type;
  if (type?.isUnionType() !== true) return null;
  const values = type.getTypes().flatMap((member) => (member.isStringLiteralType() ? [member.value] : []));
  const others = values.filter((value) => value !== literal.text);
  return others[values.indexOf(literal.text) % Math.max(others.length, 1)] ?? others[0] ?? null;
}
