import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { names, root, scripts } from './scripts.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

describe('a script on a fresh clone', () => {
  test.each(names)('%s installs first what is missing', (name) => {
    expect(scripts[`pre${name}`]).toBe('node tools/prepare.mjs');
  });
});

describe('what is installed', () => {
  /** What other tests put there, and take away meanwhile: `.cache`, `.vite`, `.vitest-cache`. */
  const cached = /^\.(cache|vite)/;

  /** Blocks as the disk counts them, in MB; a file that stands under two names counts once. */
  function sizeOnDisk(folder: string): number {
    const seen = new Map<string, number>();
    for (const top of readdirSync(folder, { withFileTypes: true })) {
      if (cached.test(top.name)) continue;
      const place = join(folder, top.name);
      const below = top.isDirectory() ? readdirSync(place, { recursive: true, withFileTypes: true }) : [];
      for (const file of [place, ...below.map(({ parentPath, name }) => join(parentPath, name))]) {
        const { dev, ino, blocks, size } = lstatSync(file);
        seen.set(`${dev} ${ino}`, (blocks ?? Math.ceil(size / 512)) * 512);
      }
    }
    return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0) / 2 ** 20;
  }

  test('is as big as README and the step before each script say, and at most 670 MB', () => {
    const [readme, said] = ['README.md', 'tools/prepare.mjs'].map((file) =>
      /\b(\d+) MB on disk, of which (\d+) are Node 24/.exec(readFileSync(join(root, file), 'utf8'))?.slice(1),
    );
    expect(readme).toEqual(said);
    const [whole = 0, node = 0] = said?.map(Number) ?? [];
    const size = sizeOnDisk(join(root, 'node_modules'));
    expect(size).toBeLessThan(670);
    // Where it was measured, to the nearest ten; other systems need other binaries.
    const tolerance = process.platform === 'linux' && process.arch === 'x64' ? 0.02 : 0.1;
    expect(Math.abs(size / whole - 1)).toBeLessThan(tolerance);
    expect(Math.abs(sizeOnDisk(join(root, 'node_modules/node')) / node - 1)).toBeLessThan(tolerance);
  });

  test('holds no telemetry: Azurite would bring 120 MB of it', () => {
    const { packages } = z.object({ packages: z.record(z.string(), z.unknown()) }).parse(read('package-lock.json'));
    const telemetry = Object.keys(packages).filter((path) => /opentelemetry|applicationinsights/.test(path));
    expect(telemetry).toEqual(['node_modules/@opentelemetry/api', 'node_modules/applicationinsights']);
    expect(packages['node_modules/applicationinsights']).toEqual({ resolved: 'local/no-telemetry', link: true });
  });

  test('is installed without a warning', () => {
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('loglevel=error');
  });
});
