import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { App } from '../../src/app/contract.ts';
import type { AppParts } from '../../src/app.ts';
import { type Ablation, ablations } from './ablations.ts';

/** What is explored: the app as it is made in production, or one of whose rules is taken away. */
export interface Engine {
  createApp(parts: AppParts): App;
}

const root = path.resolve(import.meta.dirname, '../..');
const src = pathToFileURL(path.join(root, 'src')).href;

/** The source of a file with an ablation's edits made. @throws when a text to be replaced does not stand there exactly once */
export function edited(file: string, { rule, edits }: Ablation): string {
  let source = readFileSync(path.join(root, file), 'utf8');
  for (const { from, to } of edits.filter((one) => one.file === file)) {
    const parts = source.split(from);
    if (parts.length !== 2)
      throw new TypeError(
        `"${rule}" takes away "${from}", which stands ${parts.length - 1} times in ${file}: say anew how the engine looks without that rule`,
      );
    source = parts.join(to);
  }
  return source;
}

let isHooked = false;

/** Loads the engine anew without one rule; the modules of other engines stay as they are. */
export async function engineWithout(rule: Ablation): Promise<Engine> {
  if (!isHooked) hook();
  isHooked = true;
  const engine: unknown = await import(`${src}/app.ts?without=${ablations.indexOf(rule)}`);
  return engine as Engine;
}

/** Each module that an engine imports belongs to that engine alone, told by the query of its address; all share the words of `shared`, whose errors the world throws. */
function hook(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const query = context.parentURL?.match(/\?without=\d+$/)?.[0];
      return query !== undefined && resolved.url.startsWith(src) && !resolved.url.startsWith(`${src}/shared/`)
        ? { ...resolved, url: `${resolved.url}${query}` }
        : resolved;
    },
    load(url, context, nextLoad) {
      const at = url.match(/\?without=(\d+)$/)?.[1];
      const rule = at === undefined ? undefined : ablations[Number(at)];
      if (rule === undefined || !url.startsWith(src)) return nextLoad(url, context);
      const file = path.relative(root, fileURLToPath(url.replace(/\?.*$/, ''))).replaceAll('\\', '/');
      return { format: 'module-typescript', source: edited(file, rule), shortCircuit: true };
    },
  });
}
