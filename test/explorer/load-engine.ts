import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { App } from '../../src/app/contract.ts';
import type { AppParts } from '../../src/app/create-app.ts';
import type { HardeningArea } from '../../src/hardening/ports.ts';

/** What is explored: the app as it is made in production, or one of whose rules is taken away. */
export interface Engine {
  createApp(parts: AppParts): App;
}

/** One place of the source whose text is replaced. It must stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A rule of the protocol, and how the engine looks without it. */
export interface Ablation {
  readonly rule: string;
  readonly edits: readonly Edit[];
  /**
   * The budget with which a breach shows; or why the rule stays although none was found, and whether without it a rotation goes
   * on too late after a crash.
   */
  readonly expect: { readonly breaks: 0 | 1 | 2 | 3 } | { readonly stays: string; readonly isLate?: true };
  /** The change of hardening whose rule it is; left out: a rotation's. */
  readonly change?: HardeningArea;
  /** The name of the one scene of that change in which it is looked for; left out: all, one after the other. */
  readonly scene?: string;
  /** Only a target of this kind misses it. */
  readonly layout?: 'copies' | 'settings' | 'stragglers';
  /** The moves with which a deeper search looks for it: what the rule is about. Null where one move is enough. */
  readonly focus: RegExp | null;
}

export const edit = (file: string, from: string, to: string): Edit => ({ file: `src/${file}`, from, to });
export const row = (rule: string, expect: Ablation['expect'], ...edits: readonly Edit[]): Ablation => ({
  rule,
  expect,
  edits,
  focus: null,
});
/** A rule whose absence takes more than one move, all of these. */
export const deep = (focus: RegExp, rule: string, expect: Ablation['expect'], ...edits: readonly Edit[]): Ablation => ({
  ...row(rule, expect, ...edits),
  focus,
});

const root = path.resolve(import.meta.dirname, '../..');
const src = pathToFileURL(path.join(root, 'src')).href;

/** The source of a file with an ablation's edits made. @throws when a text to be replaced does not stand there exactly once */
export function edited(file: string, { rule, edits }: Ablation): string {
  let source = readFileSync(path.join(root, file), 'utf8');
  for (const { from, to } of edits.filter((one) => one.file === file)) {
    const parts = source.split(from);
    if (parts.length !== 2)
      throw new TypeError(
        `"${rule}" takes away "${from}", which stands ${parts.length - 1} times in ${file}: say again how the engine looks without that rule`,
      );
    source = parts.join(to);
  }
  return source;
}

/** Texts without their types: most modules of one engine stand in the next one to the letter. */
const withoutTypes = new Map<string, string>();

function stripped(source: string): string {
  const known = withoutTypes.get(source) ?? stripTypeScriptTypes(source);
  withoutTypes.set(source, known);
  return known;
}

let isHooked = false;
/** The rules of which engines were loaded without, by the number in their modules' addresses, and the modules that differ. */
const loaded: { readonly rule: Ablation; readonly own: ReadonlySet<string> }[] = [];

/** Loads the engine again without one rule: the modules with an edit and those that import them, however far. The others are shared. */
export async function engineWithout(rule: Ablation): Promise<Engine> {
  if (!isHooked) hook();
  isHooked = true;
  if (!loaded.some((one) => one.rule === rule)) loaded.push({ rule, own: withImporters(rule.edits) });
  const at = loaded.findIndex((one) => one.rule === rule);
  const engine: unknown = await import(`${src}/${entry}?without=${at}`);
  return engine as Engine;
}

const entry = 'app/create-app.ts';
/** By the address of a module of src: those that import it. */
const importersOf = new Map<string, Set<string>>();

function withImporters(edits: readonly Edit[]): ReadonlySet<string> {
  if (importersOf.size === 0) readImports(`${src}/${entry}`, new Set());
  const own = new Set(edits.map(({ file }) => pathToFileURL(path.join(root, file)).href));
  for (const one of own) for (const importer of importersOf.get(one) ?? []) own.add(importer);
  if (!own.has(`${src}/${entry}`)) throw new TypeError(`the engine imports none of ${[...own].join(', ')}`);
  return own;
}

function readImports(url: string, read: Set<string>): void {
  if (read.has(url)) return;
  read.add(url);
  const source = stripped(readFileSync(fileURLToPath(url), 'utf8'));
  for (const [, specifier] of source.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
    const imported = new URL(specifier ?? '', url).href;
    importersOf.set(imported, (importersOf.get(imported) ?? new Set()).add(url));
    readImports(imported, read);
  }
}

/** Tells the modules of an engine apart by the query of their addresses. */
function hook(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const at = context.parentURL?.match(/\?without=(\d+)$/)?.[1];
      return at !== undefined && loaded[Number(at)]?.own.has(resolved.url)
        ? { ...resolved, url: `${resolved.url}?without=${at}` }
        : resolved;
    },
    load(url, context, nextLoad) {
      const at = url.match(/\?without=(\d+)$/)?.[1];
      const without = at === undefined ? undefined : loaded[Number(at)];
      if (without === undefined) return nextLoad(url, context);
      const file = path.relative(root, fileURLToPath(url.replace(/\?.*$/, ''))).replaceAll('\\', '/');
      return { format: 'module', source: stripped(edited(file, without.rule)), shortCircuit: true };
    },
  });
}
