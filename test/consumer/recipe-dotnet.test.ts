/** The .NET recipe of docs/consumers.md, compiled with the packages of NuGet, lives through rotations and a leak. */
import { spawnSync } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isWhole } from '../vitest/whole-search.ts';
import { linesOf, recipe } from './recipe.ts';
import { emptyFolder, lives, liveThrough, type Stops } from './recipe-process.ts';

const kept: Stops = [];
const stops: Stops = [];
const end = async (all: Stops) => {
  for (const stop of all.splice(0).reverse()) await stop();
};
afterAll(() => end(kept));
afterEach(() => end(stops));

let folder: string;
/** Why it cannot be built here; null: it is built. */
let missing: string | null = null;

beforeAll(async () => {
  folder = await emptyFolder(kept);
  await cp('test/consumer/dotnet', folder, { recursive: true });
  await writeFile(join(folder, 'Recipe.cs'), recipe('dotnet'));
  if (!isWhole) missing = 'The .NET recipe is compiled with KEYTURN_SEARCH=whole.';
  else if (dotnet('--version').error !== undefined) missing = 'There is no .NET SDK here.';
  else if (dotnet('restore').status !== 0) missing = 'Azure.Security.KeyVault.Secrets cannot be restored here.';
  else
    expect(dotnet('build', '--no-restore', '--output', 'out', '-p:UseSharedCompilation=false')).toMatchObject({
      status: 0,
    });
});

/** In the folder of the recipe; no process of it outlives the call. */
function dotnet(...args: string[]) {
  const quiet = { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1', MSBUILDDISABLENODEREUSE: '1' };
  const { error, status, stdout } = spawnSync('dotnet', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...quiet },
    // Without NuGet in reach it tries for long.
    timeout: 240_000,
  });
  return { error, status, stdout };
}

it.for(lives)('no request of four tasks fails in %s', async (life, { skip }) => {
  if (missing !== null) skip(missing);
  await liveThrough(life, ['dotnet', join(folder, 'out/recipe.dll')], stops);
});

it('the recipe takes at most 40 lines', () => {
  expect(linesOf(recipe('dotnet'))).toBeLessThanOrEqual(40);
});
