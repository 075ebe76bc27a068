import { readFileSync } from 'node:fs';

/** A recipe of docs/consumers.md, with the vault of the simulated Azure in place of its example. */
export function recipe(name: string): string {
  const page = readFileSync('docs/consumers.md', 'utf8');
  const code = new RegExp(`<!-- recipe: ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1];
  if (code === undefined) throw new TypeError(`docs/consumers.md has no recipe ${name}`);
  return code.replaceAll('kv-contoso', 'kv-ai102-secure');
}

/** How many lines a reader copies. */
export function linesOf(code: string): number {
  return code.split('\n').filter((line) => line.trim() !== '').length;
}

/**
 * Runs a recipe in JavaScript.
 * @param modules what its imports give
 * @param globals what else it finds
 * @returns what it declares at its top level, of `names`
 */
export async function runRecipe(
  code: string,
  names: readonly string[],
  modules: Readonly<Record<string, unknown>>,
  globals: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const body = code
    .replaceAll(/^import (\{[^}]*\}) from '([^']+)';$/gm, "const $1 = modules['$2'];")
    .replaceAll(/^export /gm, '');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const run = new AsyncFunction('modules', ...Object.keys(globals), `${body}\nreturn { ${names.join(', ')} };`);
  return await run(modules, ...Object.values(globals));
}
