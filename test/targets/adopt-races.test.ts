import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const ours = { service: 'cognitive-services', ProviderAddress: target.account.armId };
const anothers = { ProviderAddress: target.account.armId.replace('ai-secure-demo', 'somebody-elses') };
const names = ['ai-services-key1', 'ai-services-key2', 'ai-services-endpoint', 'ai-services-key'] as const;
const pointer = 'ai-services-active-key';

/** An adopted target; `changes` are the writes since. */
async function adopted() {
  const world = memoryWorld();
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const adopt = () => app.adopt('demo', { activeSlot: null }, operator);
  await adopt();
  world.calls.length = 0;
  const put = (name: string, value: string, tags: Readonly<Record<string, string>> = ours) =>
    world.vault.put({ name, contentType: null, tags, expiresAtMs: null }, value);
  const changes = () =>
    world.calls.flatMap(({ operation, subject }) =>
      ['set', 'recover', 'regenerate', 'disable'].includes(operation) ? [`${operation} ${subject}`] : [],
    );
  /** Runs `act` once, right before or right after the call. */
  const once = (when: 'before' | 'after', operation: string, subject: string, time: number, act: () => void) => {
    let times = 0;
    world.adversary[when] = (call) => {
      if (call.operation !== operation || call.subject !== subject) return;
      times += 1;
      if (times === time) act();
    };
  };
  return { world, adopt, put, changes, once };
}

describe.each(names)('an adoption that finds %s deleted', (name) => {
  it.each([
    ['says nothing of whose it is', {}],
    ['names another account', anothers],
  ])('stores nothing over it if what comes back %s', async (_, tags) => {
    const { world, adopt, put, changes, once } = await adopted();
    world.vault.setDeleted(name, true);
    // Purged, made and deleted by somebody else between the last look and the recovery.
    once('after', 'recover', name, 1, () => {
      world.vault.secrets.delete(name);
      put(name, 'theirs', tags);
    });
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'foreign-secret' });
    expect(changes().filter((change) => change.endsWith(` ${name}`))).toEqual([`recover ${name}`]);
    expect(world.vault.value(name)).toBe('theirs');
  });

  it('stores nothing over what somebody stores there once it is back', async () => {
    const { world, adopt, put, changes } = await adopted();
    put(name, 'stale');
    world.vault.setDeleted(name, true);
    let gets = 0;
    world.adversary.before = ({ operation, subject }) => {
      if (subject !== name || operation !== 'get' || !changes().includes(`recover ${name}`)) return;
      gets += 1;
      // Read once to see what came back, once more right before the write.
      if (gets === 2) put(name, 'theirs', {});
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(changes().filter((change) => change.endsWith(` ${name}`))).toEqual([`recover ${name}`]);
    expect(world.vault.value(name)).toBe('theirs');
  });

  it('stores nothing if it comes back with the right value', async () => {
    const { world, adopt, changes } = await adopted();
    const value = world.vault.value(name);
    world.vault.setDeleted(name, true);
    const answer = await adopt();
    expect(answer).toMatchObject({ kind: 'adopted' });
    expect(changes().filter((change) => change.endsWith(` ${name}`))).toEqual([`recover ${name}`]);
    expect(JSON.stringify(answer)).toContain(`"secret":"${name}","change":"recovered"`);
    expect(world.vault.value(name)).toBe(value);
  });
});

describe.each([...names, pointer])('an adoption that is about to write %s', (name) => {
  const spoiled = name === pointer ? 'key1' : 'stale';
  /** Without its tags, the pointer is written again; anything else has a value that is not right. */
  const prepare = async () => {
    const scene = await adopted();
    scene.put(name, spoiled, name === pointer ? {} : ours);
    return scene;
  };

  it('sends nothing if somebody has changed it meanwhile', async () => {
    const { world, adopt, put, changes, once } = await prepare();
    once('before', 'get', name, 2, () => put(name, 'theirs', {}));
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(changes()).toEqual([]);
    expect(world.vault.value(name)).toBe('theirs');
  });

  it('sends nothing if somebody has deleted it meanwhile', async () => {
    const { world, adopt, changes, once } = await prepare();
    once('before', 'get', name, 2, () => world.vault.setDeleted(name, true));
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(changes()).toEqual([]);
  });

  it('sends nothing if somebody has moved the pointer meanwhile', async () => {
    const { adopt, put, changes, once } = await prepare();
    once('before', 'get', pointer, 2, () => put(pointer, 'key2'));
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(changes()).toEqual([]);
  });
});
