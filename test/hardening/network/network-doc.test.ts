import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hardeningRefusals } from '../../../src/hardening/hardening-refusals.ts';
import { isStuck, networkEnds, networkWaits } from '../../../src/hardening/network/network-reasons.ts';
import { networkRisks } from '../../../src/hardening/network/network-risks.ts';

const page = readFileSync('docs/network.md', 'utf8');

/** The words in the first column of a chapter's table, with what stands beside them. */
function rows(chapter: string): ReadonlyMap<string, string> {
  const text = page.split(/^## /m).find((part) => part.startsWith(chapter)) ?? '';
  const found = [...text.matchAll(/^\| ([^|]*)\|(.*)$/gm)].flatMap(([, first = '', rest = '']) =>
    [...first.matchAll(/`([a-z-]+)`/g)].map(([, word = '']) => [word, rest] as const),
  );
  return new Map(found);
}

test.each([
  ['risk', 'Risks', Object.keys(networkRisks)],
  ['reason to wait', 'What a change waits for', Object.keys(networkWaits)],
  ['end', 'How a change ends', [...Object.keys(networkEnds), ...Object.keys(hardeningRefusals)]],
])('docs/network.md has an entry for every %s, and none besides', (_, chapter, words) => {
  expect([...rows(chapter).keys()].sort()).toEqual([...words].sort());
});

test('each risk stands there with its level', () => {
  for (const [name, level] of Object.entries(networkRisks))
    expect(rows('Risks').get(name), name).toContain(` ${level} |`);
});

test('a change is stuck if the page asks a person for something', () => {
  for (const [reason, advice] of rows('What a change waits for'))
    expect([reason, isStuck(reason, 'ScopeLocked')]).toEqual([reason, !advice.trim().startsWith('Nothing')]);
  expect([isStuck('rules-not-back', null), isStuck('name-not-private', null)]).toEqual([false, true]);
});
