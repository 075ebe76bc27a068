import { expect, it } from 'vitest';
import { readCheckOptions, WrongUse } from './options.ts';

const subscription = '4e1f7a90-2b3c-4d58-9e6a-7c8b9d0e1f23';
const asked = ['--subscription', subscription, '--location', 'westeurope'];

it('needs a subscription and a region, and defaults the rest', () => {
  const options = { help: false, subscription, location: 'westeurope', cloud: 'public', keep: false, yes: false };
  expect(readCheckOptions(asked)).toEqual(options);
  const all = [...asked, '--cloud', 'china', '--record', 'here', '--keep', '--yes'];
  expect(readCheckOptions(all)).toEqual({ ...options, cloud: 'china', record: 'here', keep: true, yes: true });
  expect(readCheckOptions(['--help'])).toBeNull();
});

it.each([
  { args: [], says: '--subscription is missing: the id of your subscription, a GUID. See --help.' },
  { args: ['--subscription', 'mine'], says: '--subscription is no id of a subscription: a GUID. See --help.' },
  { args: asked.slice(0, 2), says: '--location is missing: a region, such as westeurope. See --help.' },
  {
    args: [...asked.slice(0, 3), 'West Europe'],
    says: '--location is no name of a region: a to z and digits, such as westeurope. See --help.',
  },
  { args: [...asked, '--cloud', 'mine'], says: '--cloud is none of public, usgovernment, china. See --help.' },
  { args: [...asked, '--record', ''], says: '--record names no folder. See --help.' },
])('refuses $args with one sentence', ({ args, says }) => {
  expect(() => readCheckOptions(args)).toThrow(new WrongUse(says));
});
