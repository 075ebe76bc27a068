import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const address = { ProviderAddress: target.account.armId };
const service = { service: 'cognitive-services' };

describe.each(['key1', 'key2', 'endpoint', 'key', 'active-key'])('adopting gives %s its tags', (part) => {
  const name = `ai-services-${part}`;
  const own = part === 'active-key' ? { 'keyturn-instance': 'keyturn-test' } : {};
  const adoptedWith = async (tags: Readonly<Record<string, string>>) => {
    const world = memoryWorld();
    const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
    const adopt = () => app.adopt('demo', { activeSlot: null }, operator);
    await adopt();
    const value = world.vault.value(name) ?? '';
    world.vault.put({ name, contentType: null, tags, expiresAtMs: null }, value);
    world.calls.length = 0;
    await adopt();
    const sets = world.calls.filter(({ operation }) => operation === 'set').map(({ subject }) => subject);
    expect(world.vault.value(name)).toBe(value);
    return { sets, tags: world.vault.versionsOf(name).at(-1)?.version.tags };
  };

  it.each([
    ['nothing is said', {}],
    ['only the service is named', service],
    ['only the account is named', address],
  ])('if %s', async (_, tags) => {
    const { sets, tags: now } = await adoptedWith({ ...own, ...tags });
    expect(sets).toEqual([name]);
    expect(now).toMatchObject({ ...service, ...address });
  });

  it('and writes nothing if both are named', async () => {
    expect((await adoptedWith({ ...own, ...service, ...address })).sets).toEqual([]);
  });
});
