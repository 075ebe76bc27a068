import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { levels } from '../../src/api/invocation-log.ts';
import { measureFleet, measureTarget } from '../../src/app/sweep/measure.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const page = readFileSync('docs/audit-and-metrics.md', 'utf8');

/** The rows of the table under a heading, cell by cell. */
function table(head: string): string[][] {
  const text = page.slice(page.indexOf(head)).split('\n\n')[0] ?? '';
  const rows = text.split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const words = (cells: readonly string[]) =>
  cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, one]) => one));

describe('the page on logs', () => {
  it('lists every event under its severity, and none besides', () => {
    const listed = ['error', 'warn', 'info'].flatMap((severity) => {
      const chapter = page.split(/^##+ /m).find((part) => part.startsWith(`${severity}\n`)) ?? '';
      const cells = [...chapter.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
      return cells.map((event) => [event.slice(1, -1), severity]);
    });
    expect(listed.sort()).toEqual(Object.entries(levels).sort());
  });

  it('lists every change of the audit trail, and none besides', () => {
    const source = readFileSync('src/rotation/audit/audited-changes.ts', 'utf8');
    const [union = ''] = /readonly what:[^;]*;/.exec(source) ?? [];
    const kinds = [...union.matchAll(/'([a-z-]+)'/g)].map(([, kind = '']) => kind);
    expect(kinds).toContain('intent');
    const listed = table('| change | meaning |').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind),
    );
    expect(listed.sort()).toEqual(kinds.sort());
  });

  it('tells what each number of a sweep means', () => {
    const ofTarget = words(table('| of `target-measured` | meaning |').map(([name = '']) => name));
    const measured = Object.keys(measureTarget(buildTarget(), null));
    const named = new Set(['event', 'target', 'rotationId', 'reason']);
    expect(ofTarget.sort()).toEqual(measured.filter((name) => !named.has(name)).sort());
    const ofFleet = words(table('| of `fleet-measured` | meaning |').map(([name = '']) => name));
    expect(ofFleet.sort()).toEqual(
      Object.keys(measureFleet([]))
        .filter((name) => name !== 'event')
        .sort(),
    );
  });
});
