/** What README says of the code beside its commands and links, which have tests of their own. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { phases } from '../../cli/screen/phases.ts';
import { accountKinds } from '../../src/keys/account-kinds.ts';
import { recipe } from '../consumer/recipe.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const readme = readFileSync('README.md', 'utf8');
const chapter = (title: string) => readme.split(/^## /m).find((part) => part.startsWith(title)) ?? '';

it('names just the kinds of accounts whose keys and tokens are proved at the endpoint', () => {
  const [, row = ''] = /^\| rotation, each new key proved[^|]*\|(.*)\|$/m.exec(readme) ?? [];
  const named = [...row.matchAll(/`([\w.]+)`/g)].map(([, kind = '']) => kind);
  const proved = Object.entries(accountKinds).filter(([, { key, token }]) => !('probe' in key) && token === 'as-key');
  expect(named.toSorted()).toEqual(proved.map(([kind]) => kind).toSorted());
});

it('states the proof of a new key as the code has it', () => {
  const { acceptances, spreadMs } = buildTarget().policy.newKeyProof;
  expect(readme).toContain(`${acceptances} accepted calls over ${spreadMs / 1000} s`);
});

it('shows the screen of npm start within 60 columns, with the phases of a target without copies in their order', () => {
  const picture = /^```\n(Rotation [\s\S]*?)^```$/m.exec(chapter('Try it'))?.[1] ?? '';
  expect(picture.split('\n').filter((line) => line.length > 60)).toEqual([]);
  const shown = [...picture.matchAll(/^ {2}[✔▶ ] ([a-z-]+)/gm)].map(([, phase = '']) => phase);
  expect(shown.filter((phase) => phases.some(([name]) => name === phase))).toEqual(
    phases.map(([name]) => name).filter((name) => name !== 'updating-copies'),
  );
  const [, now, sentence = ''] = /^ {2}▶ (\w+).*\n {4}(.*)$/m.exec(picture) ?? [];
  expect(phases.find(([name]) => name === now)?.[1]).toBe(sentence);
});

it('the snippet for applications takes eight lines, which are the recipes of docs/consumers.md', () => {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.replace(/\/\/.*$/, '').trim())
      .filter((line) => line !== '');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(chapter('Use a key')) ?? [];
  expect(lines(code)).toHaveLength(8);
  const recipes = lines(`${recipe('kit')}${recipe('shapes')}`.replaceAll('kv-ai102-secure', 'kv-contoso'));
  const renamed = lines(code).map((line) =>
    line.replace('const key =', 'export const key =').replace('client', 'language'),
  );
  expect(renamed.filter((line) => !recipes.includes(line))).toEqual([]);
});
