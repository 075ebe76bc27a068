import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingNames } from '../../src/settings/settings.ts';

const own = (name: string) => name.startsWith('KEYTURN_');

/** What stands in the first column of the page's table of settings. */
function rows(): string[] {
  const page = readFileSync('docs/settings.md', 'utf8');
  const chapter = page.split(/^## /m).find((part) => part.startsWith('Settings')) ?? '';
  const cells = chapter.split('\n').flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`(KEYTURN_\w+)`/g)].map(([, name = '']) => name));
}

test('each setting of Keyturn has its row in docs/settings.md, once, and no row tells of another', () => {
  expect(rows().toSorted()).toEqual(settingNames.filter(own).toSorted());
});

test('local.settings.json.example names none that Keyturn does not read', () => {
  const { Values } = JSON.parse(readFileSync('local.settings.json.example', 'utf8'));
  expect(Object.keys(Values).filter((name) => own(name) && !settingNames.includes(name))).toEqual([]);
});
