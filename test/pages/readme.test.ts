/** What README says of the code beside its commands and links, which have tests of their own. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { phases } from '../../local/demo/phases.ts';
import { accountKinds } from '../../src/keys/account-kinds.ts';
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

it('shows the screen of npm start within 60 columns, with the phases in their order', () => {
  const picture = /^```\n(Rotation [\s\S]*?)^```$/m.exec(chapter('Try it'))?.[1] ?? '';
  expect(picture.split('\n').filter((line) => line.length > 60)).toEqual([]);
  const shown = [...picture.matchAll(/^ {2}[✔▶ ] ([a-z-]+)/gm)].map(([, phase = '']) => phase);
  expect(shown.filter((phase) => phases.some(([name]) => name === phase))).toEqual(phases.map(([name]) => name));
  const [, now, sentence = ''] = /^ {2}▶ (\w+).*\n {4}(.*)$/m.exec(picture) ?? [];
  expect(phases.find(([name]) => name === now)?.[1]).toBe(sentence);
});

describe('the snippet for applications', () => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(chapter('Use a key')) ?? [];

  it('takes eight lines', () => {
    expect(code.trim().split('\n')).toHaveLength(8);
  });

  it('reads the key that the pointer names, once in half an hour', async () => {
    const read: string[] = [];
    const values: Record<string, string> = {
      'active-key': 'key2',
      key1: 'first',
      key2: 'second',
      endpoint: 'https://x',
    };
    const secrets = {
      async getSecret(name: string) {
        read.push(name);
        return { value: values[name.replace('ai-services-', '')] };
      },
    };
    let nowMs = 1_000;
    const run = Object.getPrototypeOf(async () => {}).constructor;
    const ask: () => Promise<string> = await run(
      'secrets',
      'Date',
      `${code}; return async () => await read(await read('active-key'));`,
    )(secrets, { now: () => nowMs });
    expect(await ask()).toBe('second');
    expect(read).toEqual(['endpoint', 'active-key', 'key2'].map((name) => `ai-services-${name}`));
    values['active-key'] = 'key1';
    nowMs += 30 * 60_000 - 1;
    expect(await ask()).toBe('second');
    nowMs += 1;
    expect(await ask()).toBe('first');
    expect(buildTarget().policy).toMatchObject({ pointerCacheMs: 30 * 60_000, keyCacheMs: 30 * 60_000 });
  });
});
