import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const root = join(import.meta.dirname, '../..');

/** The scripts of package.json, each with its line of shell. */
export const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

/** Those that a person runs: not the step before each. */
export const names = Object.keys(scripts).filter(
  (name) => !Object.hasOwn(scripts, name.replace(/^pre/, '')) || scripts[name] !== 'node tools/prepare.mjs',
);
