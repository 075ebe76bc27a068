import { readFileSync } from 'node:fs';
import { type WayName, wayNames } from './ways.ts';

/** What README says of a way in the row that begins with `row`, without its emphasis. */
export function readmeCell(row: string, way: WayName): string {
  const line = readFileSync('README.md', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`| ${row} |`));
  const cells = line?.split('|').slice(2, -1) ?? [];
  return cells[wayNames.indexOf(way)]?.trim().replaceAll('*', '') ?? `README has no row ${row}`;
}
