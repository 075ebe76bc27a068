import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const ours = { service: 'cognitive-services', ProviderAddress: target.account.armId };
const names = [
  'ai-services-key1',
  'ai-services-key2',
  'ai-services-endpoint',
  'ai-services-active-key',
  'ai-services-key',
];

function open() {
  const world = memoryWorld();
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const secretsIn = (answer: object) => ('secrets' in answer ? answer.secrets : answer);
  const { keys, facts } = world.account;
  const masked = (key: string) => `****${key.slice(-4)}`;
  const shows = [masked(keys.key1), masked(keys.key2), facts.endpoint, 'key1', masked(keys.key1)];
  const expected = (change: (name: string) => string) =>
    names.map((secret, at) => ({ secret, change: change(secret), shows: shows[at] }));
  const adopt = async () => secretsIn(await app.adopt('demo', { activeSlot: 'key1' }, operator));
  return {
    world,
    expected,
    changes: (secrets: Awaited<ReturnType<typeof adopt>>) =>
      Array.isArray(secrets) ? secrets.map(({ change }) => change) : secrets,
    adopt,
    repair: async () => await app.repair('demo', operator),
  };
}

describe('the answer of an adoption says of each secret what became of it', () => {
  it('if all are new', async () => {
    const { adopt, expected } = open();
    expect(await adopt()).toEqual(expected(() => 'created'));
  });

  it('if nothing was to do', async () => {
    const { adopt, expected } = open();
    await adopt();
    expect(await adopt()).toEqual(expected(() => 'unchanged'));
  });

  it.each(names)('if %s alone was not right', async (name) => {
    const { world, adopt, expected } = open();
    await adopt();
    const isPointer = name.endsWith('active-key');
    world.vault.put(
      { name, contentType: null, tags: isPointer ? {} : ours, expiresAtMs: null },
      isPointer ? 'key1' : 'stale',
    );
    expect(await adopt()).toEqual(expected((one) => (one === name ? 'updated' : 'unchanged')));
  });

  it.each(names.slice(1))('if %s alone was deleted', async (name) => {
    const { world, adopt, expected } = open();
    await adopt();
    world.vault.setDeleted(name, true);
    expect(await adopt()).toEqual(expected((one) => (one === name ? 'recovered' : 'unchanged')));
  });

  it('if the active key was deleted, so that consumers are led to the other one first', async () => {
    const { world, adopt, changes } = open();
    await adopt();
    world.vault.setDeleted('ai-services-key1', true);
    expect(changes(await adopt())).toEqual(['recovered', 'unchanged', 'unchanged', 'updated', 'updated']);
  });
});

it('a repair lists the versions of a secret only if it does not show whose it is', async () => {
  const { world, adopt, repair } = open();
  await adopt();
  const listed = () =>
    world.calls.filter(({ operation }) => operation === 'list-versions').map(({ subject }) => subject);
  world.calls.length = 0;
  await repair();
  expect(listed()).toEqual([]);
  world.vault.put({ name: 'ai-services-key2', contentType: null, tags: {}, expiresAtMs: null }, 'by hand');
  await repair();
  expect(listed()).toEqual(['ai-services-key2']);
});
