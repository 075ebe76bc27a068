import { describe, expect, it } from 'vitest';
import { help, readExploreOptions } from './explore-options.ts';

describe('what the explorer is asked for', () => {
  it.each([
    ['an unknown option', ['--budgets', '3'], '--budgets is no option of the explorer; it takes --budget, --minutes'],
    ['a stray word', ['3'], '3 is no option of the explorer'],
    ['no number of moves', ['--budget', 'two'], '--budget takes a whole number from 0 to 999999, not two'],
    ['an option without its value', ['--budget'], '--budget takes a value'],
    ['no time at all', ['--minutes', '0'], '--minutes takes a number above 0, not 0'],
    [
      'an unknown layout',
      ['--layout', 'both'],
      '--layout takes direct, pointer, copies, settings, stragglers, not both',
    ],
    ['an unknown slot', ['--slot', 'key3'], '--slot takes key1 or key2, not key3'],
    ['a broken pattern', ['--only', '('], '--only takes a regular expression, not ('],
    ['a meeting that is none', ['--interleave', '--scene', 'nobody'], '--scene fits no meeting: nobody'],
    ['an unknown change', ['--change', 'keys'], '--change takes network, access, keyless, not keys'],
    ['a scene that is none', ['--change', 'network', '--scene', 'nobody'], '--scene fits no meeting: nobody'],
    ['a rule that is none', ['--ablation', '--rule', 'no such rule'], '--rule fits no rule: no such rule'],
    [
      'workers without a rule that is none',
      ['--interleave', '--without', 'luck'],
      '--without takes the name of a rule',
    ],
  ])('refuses %s', (_, args, text) => {
    expect(readExploreOptions(args)).toContain(text);
  });

  it('is all of budget 2 without options', () => {
    expect(readExploreOptions([])).toMatchObject({
      kind: 'explore',
      budget: 2,
      layouts: ['direct', 'pointer', 'copies'],
      cuts: true,
    });
  });

  it('takes what is given', () => {
    const args = [
      '--budget',
      '3',
      '--minutes=0.5',
      '--sample',
      '7',
      '--layout',
      'pointer',
      '--only',
      'no reply',
      '--uncut',
    ];
    expect(readExploreOptions(args)).toMatchObject({
      ...{ budget: 3, minutes: 0.5, sample: 7, layouts: ['pointer'], only: /no reply/, cuts: false },
    });
    expect(readExploreOptions(['--interleave', '--without', 'lease: who'])).toMatchObject({
      kind: 'interleave',
      without: { rule: expect.stringContaining('lease: who') },
    });
  });

  it('shows its help', () => {
    expect(readExploreOptions(['--budget', '3', '--help'])).toBe(help);
  });
});
