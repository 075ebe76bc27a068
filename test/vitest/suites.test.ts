import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { suites, suitesOf } from './suites.ts';

const root = join(import.meta.dirname, '../..');
const files = globSync('test/**/*.test.ts', { cwd: root });

describe('the suites of tests', () => {
  it('every test file belongs to exactly one', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files.filter((file) => suitesOf(file).length !== 1)).toEqual([]);
  });

  it('every pattern names a test file', () => {
    const patterns = Object.values(suites).flat();
    expect(patterns.filter((pattern) => !files.some((file) => matchesGlob(file, pattern)))).toEqual([]);
  });

  it('a unit test loads nothing that starts a process or talks to a server', () => {
    const loads = importsOfAll(files.filter((file) => suitesOf(file).includes('unit')));
    const slow = ([, imported]: readonly [string, string]) =>
      /^node:(child_process|worker_threads|https?|net|tls)$|^@azure\/(?!functions$)/.test(imported);
    expect(loads.filter(slow).map((pair) => pair.join(' loads '))).toEqual([]);
  });
});

/** Every import of these files and of what they load, types aside. */
function importsOfAll(from: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const seen = new Set(from);
  for (const file of seen) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export)(?! type)(?:[^'";]*from)? '([^']+)';/gm))
      if (!specifier.startsWith('.')) found.push([file, specifier]);
      else if (specifier.endsWith('.ts')) seen.add(join(dirname(file), specifier));
  }
  return found;
}
