/** The Python recipe of docs/consumers.md, on Debian's packages of the Azure SDK, lives through rotations and a leak. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { linesOf, recipe } from './recipe.ts';
import { emptyFolder, lives, liveThrough, type Stops } from './recipe-process.ts';

/** Debian's own Python: only it finds Debian's packages. */
const python = '/usr/bin/python3';
const runs = (...args: string[]) => spawnSync(python, args, { encoding: 'utf8' }).status === 0;
const hasSdk = runs('-c', 'import azure.identity, azure.keyvault.secrets, requests');

const stops: Stops = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function recipeFile(): Promise<string> {
  const file = join(await emptyFolder(stops), 'recipe.py');
  await writeFile(file, recipe('python'));
  return file;
}

it.for(lives)('no request of four threads fails in %s', async (life, { skip }) => {
  skip(!hasSdk, "Debian's packages of the Azure SDK for Python are not installed");
  await liveThrough(life, [python, '-u', 'test/consumer/python-driver.py', await recipeFile()], stops);
});

it('the recipe is Python of at most 40 lines', async ({ skip }) => {
  expect(linesOf(recipe('python'))).toBeLessThanOrEqual(40);
  if (!runs('--version')) skip('python3 is not installed');
  expect(runs('-m', 'py_compile', await recipeFile())).toBe(true);
});
