import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isBinaryExpression, isCaseClause, isSwitchStatement, type StringLiteral } from 'typescript/unstable/ast';
import { API, type Checker, type Diagnostic } from 'typescript/unstable/sync';
import { type Mutant, mutantsOf, mutated } from './mutants.ts';

/** What the compiler says of a change: nothing, a fault in the file itself, or a fault in a file that uses it. */
export interface Compiler {
  /** Every mutant of a file, whether it compiles or not. */
  mutantsOf(file: string): readonly Mutant[];
  /** Asks about the changed file alone, which takes some 50 ms. */
  compiles(mutant: Mutant): boolean;
  /** Asks about the whole program, which takes seconds: the file that no longer compiles, or null. */
  fileBrokenBy(mutant: Mutant): string | null;
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

  const withChange = <Answer>(
    mutant: Mutant,
    ask: (program: ReturnType<typeof programOf>['program'], path: string) => Answer,
  ) => {
    const path = join(root, mutant.file);
    changed.set(path, mutated(readFileSync(path, 'utf8'), mutant));
    // The file of the last change is as it was again.
    const after = api.updateSnapshot({ fileChanges: { changed: lastPath === null ? [path] : [lastPath, path] } });
    lastPath = path;
    try {
      return ask(programOf(after).program, path);
    } finally {
      after.dispose();
      changed.delete(path);
    }
  };

  return {
    mutantsOf: (file) => {
      const source = program.getSourceFile(join(root, file));
      if (source === undefined) throw new RangeError(`${file} is not part of ${root}/tsconfig.json`);
      return mutantsOf(file, source, (literal) => otherString(checker, literal));
    },
    compiles: (mutant) =>
      withChange(mutant, (changedProgram, path) =>
        [...changedProgram.getSyntacticDiagnostics(path), ...changedProgram.getSemanticDiagnostics(path)].every(
          (diagnostic) => !isFault(diagnostic),
        ),
      ),
    fileBrokenBy: (mutant) =>
      withChange(mutant, (changedProgram) => {
        const fault = changedProgram.getSemanticDiagnostics().find(isFault);
        return fault === undefined ? null : relative(root, fault.fileName ?? root);
      }),
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
