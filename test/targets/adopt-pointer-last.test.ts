import { expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget();
const ours = { service: 'cognitive-services', ProviderAddress: target.account.armId };
const [key1, pointer] = ['ai-services-key1', 'ai-services-active-key'];

it.each<[string, (world: ReturnType<typeof memoryWorld>) => void]>([
  [
    'holds another value',
    ({ vault }) => vault.put({ name: key1, contentType: null, tags: ours, expiresAtMs: null }, 'theirs'),
  ],
  ['is disabled', ({ vault }) => vault.setEnabled(key1, null, false)],
  ['is deleted', ({ vault }) => vault.setDeleted(key1, true)],
])('no pointer is stored if the key that it would name %s by then', async (_, spoil) => {
  const world = memoryWorld();
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  // The endpoint is the last that is stored before the pointer.
  world.adversary.after = ({ operation, subject }) => {
    if (operation === 'set' && subject === 'ai-services-endpoint') spoil(world);
  };
  expect(await app.adopt('demo', { activeSlot: 'key1' }, operator)).toMatchObject({
    kind: 'not-now',
    reason: 'lost-race',
  });
  expect(world.vault.value(pointer)).toBeNull();
});
