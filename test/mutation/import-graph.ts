import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Test files that import one of the given files, by whatever way, relative to the root.
 * @param include Glob of the test files.
 */
export function testsThatImport(root: string, include: string, files: readonly string[]): readonly string[] {
  const wanted = new Set(files);
  const reaches = new Map<string, boolean>();
  const visit = (file: string): boolean => {
    if (wanted.has(file)) return true;
    const known = reaches.get(file);
    if (known !== undefined) return known;
    reaches.set(file, false);
    const does = importsOf(root, file).some(visit);
    reaches.set(file, does);
    return does;
  };
  // A circle would make the answer depend on where it was begun; every test file begins with a clean map.
  return globSync(include, { cwd: root, exclude: ['node_modules/**'] })
    .filter((file) => {
      reaches.clear();
      return visit(file);
    })
    .sort();
}

/** Answers which of the files that fit the glob import a file themselves. */
export function importersIn(root: string, include: string): (file: string) => readonly string[] {
  const files = globSync(include, { cwd: root });
  return (imported) => files.filter((file) => importsOf(root, file).includes(imported));
}

const importsByFile = new Map<string, readonly string[]>();

function importsOf(root: string, file: string): readonly string[] {
  const full = path.join(root, file);
  const known = importsByFile.get(full);
  if (known !== undefined) return known;
  const text = readFileSync(full, 'utf8');
  const found = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+\.ts)'/g)]
    .map((match) => path.join(path.dirname(file), match[1] ?? ''))
    .filter((imported) => existsSync(path.join(root, imported)));
  importsByFile.set(full, found);
  return found;
}
