import { describe, expect, it } from 'vitest';
import { keyPrints } from '../../src/keys/key-prints.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { type Scene, stepScene } from './steps/step-scene.ts';

const freshMs = 5_000;
const replyCountsMs = 60_000;

/** How often each call was made since. */
function counted({ world }: Scene) {
  world.calls.length = 0;
  return (operation: string) => world.calls.filter((call) => call.operation === operation).length;
}
const pairOf = ({ world }: Scene) => ({
  key1: new SecretText(world.account.keys.key1),
  key2: new SecretText(world.account.keys.key2),
});

describe('what a session has read', () => {
  it.each<[string, string, (scene: Scene) => Promise<unknown>]>([
    ['the account', 'get', ({ session }) => session.account()],
    ['the keys', 'listKeys', ({ session }) => session.look('salt')],
    ['the keys, where no regenerate has told them', 'listKeys', ({ session }) => session.currentKeys('salt')],
    ['the vault', 'get', ({ session }) => session.vault('salt')],
  ])('counts for five seconds, and no longer after it begins anew: %s', async (_, operation, read) => {
    const scene = stepScene();
    const count = counted(scene);
    await read(scene);
    const once = count(operation);
    expect(once).toBeGreaterThan(0);
    scene.world.clock.advance(freshMs - 1);
    await read(scene);
    expect(count(operation)).toBe(once);
    scene.world.clock.advance(1);
    await read(scene);
    expect(count(operation)).toBe(2 * once);
    scene.session.readAnew();
    await read(scene);
    expect(count(operation)).toBe(3 * once);
  });

  it('of the vault counts for any salt', async () => {
    const scene = stepScene();
    const count = counted(scene);
    const first = await scene.session.vault('salt');
    const second = await scene.session.vault('another');
    expect(count('get')).toBe(3);
    expect(second.key1).not.toEqual(first.key1);
  });

  it.each<[string, reads: number, (scene: Scene) => Promise<unknown>]>([
    ['the vault, of which this and the pointer are read again', 2, ({ session }) => session.vault('salt')],
    ['a slot’s secret', 1, ({ session }) => session.keySecret('key1')],
  ])('of a secret is forgotten once it was written: %s', async (_, reads, read) => {
    const scene = stepScene();
    await scene.session.vault('salt');
    const count = counted(scene);
    await read(scene);
    expect(count('get')).toBe(0);
    scene.session.forgetSecret('ai-services-key1');
    await read(scene);
    expect(count('get')).toBe(reads);
    expect(scene.world.calls.map(({ subject }) => subject)).toContain('ai-services-key1');
  });

  it('of a secret does not count where its answer comes after it was written', async () => {
    const scene = stepScene();
    const reading = scene.session.readSecret('ai-services-key1');
    scene.session.forgetSecret('ai-services-key1');
    await reading;
    const count = counted(scene);
    await scene.session.vault('salt');
    expect(count('get')).toBe(3);
  });

  it('of each secret counts from when that one was read', async () => {
    const scene = stepScene();
    await scene.session.vault('salt');
    scene.world.clock.advance(freshMs - 1);
    scene.session.forgetSecret('ai-services-key1');
    await scene.session.vault('salt');
    scene.world.clock.advance(1);
    const count = counted(scene);
    await scene.session.vault('salt');
    expect(count('get')).toBe(1);
    expect(scene.world.calls).toMatchObject([{ subject: 'ai-services-key2' }]);
  });

  it('of a slot’s secret is read once, and each slot’s by itself', async () => {
    const scene = stepScene();
    const count = counted(scene);
    for (const slot of ['key1', 'key2', 'key1', 'key2'] as const) {
      const { secret } = await scene.session.keySecret(slot);
      expect(secret.kind === 'stored' && secret.value.reveal()).toBe(scene.world.account.keys[slot]);
    }
    expect(count('get')).toBe(2);
  });

  it('of one secret is read each time', async () => {
    const scene = stepScene();
    const count = counted(scene);
    await scene.session.readSecret('ai-services-endpoint');
    await scene.session.readSecret('ai-services-endpoint');
    expect(count('get')).toBe(2);
  });
});

describe('the keys in a regenerate’s reply', () => {
  it('count as a look for a minute, and take the place of one from before', async () => {
    const scene = stepScene();
    const { session, world } = scene;
    await session.look('salt');
    world.account.regenerate('key2');
    const pair = pairOf(scene);
    session.tookReply(pair);
    expect(session.keyOf('key2')?.reveal()).toBe(world.account.keys.key2);
    const count = counted(scene);
    world.clock.advance(replyCountsMs - 1);
    session.readAnew();
    expect(await session.currentKeys('salt')).toEqual(keyPrints(pair, 'salt'));
    expect(count('listKeys')).toBe(0);
    world.clock.advance(1);
    await session.currentKeys('salt');
    expect(count('listKeys')).toBe(1);
  });

  it('end a look from before, however young it is', async () => {
    const scene = stepScene();
    await scene.session.look('salt');
    scene.world.account.regenerate('key2');
    scene.session.tookReply(pairOf(scene));
    const count = counted(scene);
    expect(await scene.session.look('salt')).toEqual(keyPrints(pairOf(scene), 'salt'));
    expect(count('listKeys')).toBe(1);
  });

  it('are not known before, and are what the last answer held', async () => {
    const scene = stepScene();
    const { session, world } = scene;
    expect(session.keyOf('key1')).toBe(null);
    const replied = pairOf(scene);
    session.tookReply(replied);
    world.account.regenerate('key1');
    await session.look('salt');
    expect(session.keyOf('key1')?.reveal()).toBe(world.account.keys.key1);
    await session.currentKeys('salt');
    expect(session.keyOf('key1')?.reveal()).toBe(replied.key1.reveal());
  });
});

describe('whether a round rests on what is too old', () => {
  it('counts twice the slowest call', async () => {
    const { session, world } = stepScene();
    session.beginRound(false);
    world.adversary.before = () => world.clock.advance(200);
    await session.account();
    world.adversary = {};
    expect(session.isAging()).toBe(false);
    // 200 ms have passed since it was asked, and 2 × 200 ms may come.
    world.clock.advance(freshMs - 3 * 200 - 1);
    expect(session.isAging()).toBe(false);
    world.clock.advance(1);
    expect(session.isAging()).toBe(true);
    session.beginRound(false);
    expect(session.isAging()).toBe(false);
  });

  it.each<[string, (scene: Scene) => unknown]>([
    ['the account', ({ session }) => session.account()],
    ['a look', ({ session }) => session.look('salt')],
    ['the vault', ({ session }) => session.vault('salt')],
    ['one secret', ({ session }) => session.readSecret('ai-services-endpoint')],
    ['the moment in which it begins anew', ({ session }) => session.readAnew()],
  ])('tells it of %s, and lets no write leave then', async (_, read) => {
    const scene = stepScene();
    const { session, world, target } = scene;
    session.beginRound(false);
    await read(scene);
    world.clock.advance(freshMs - 1);
    expect(session.isAging()).toBe(false);
    await session.accounts.regenerate(target.account, 'key2');
    world.clock.advance(1);
    expect(session.isAging()).toBe(true);
    await expect(session.accounts.regenerate(target.account, 'key2')).rejects.toThrow(FailureError);
    session.beginRound(false);
    await session.accounts.regenerate(target.account, 'key2');
    // Two to begin with, and one of each regenerate that has left.
    expect(world.account.everyKey).toHaveLength(4);
  });
});

describe('the calls of a session', () => {
  it.each<[string, (scene: Scene) => Promise<unknown>]>([
    ['account', ({ session, target }) => session.accounts.get(target.account)],
    ['keys', ({ session, target }) => session.accounts.listKeys(target.account)],
    ['regenerate', ({ session, target }) => session.accounts.regenerate(target.account, 'key2')],
    ['vault-read', ({ session }) => session.secrets.read('ai-services-key1')],
    ['vault-read', ({ session }) => session.secrets.readVersion('ai-services-key1', 'v')],
    ['vault-read', ({ session }) => session.secrets.listVersions('ai-services-key1')],
    ['vault-read', ({ session }) => session.secrets.deletedTags('ai-services-key1')],
    [
      'vault-write',
      ({ session }) =>
        session.secrets.store({
          ...{ name: 'ai-services-key1', value: new SecretText('v'), contentType: null, tags: {}, expiresAtMs: null },
        }),
    ],
    ['vault-write', ({ session }) => session.secrets.disableVersion('ai-services-key1', 'v')],
    ['vault-write', ({ session }) => session.secrets.recover('ai-services-key1')],
  ])('are counted, and the one that failed is named until the next round: %s', async (name, call) => {
    const scene = stepScene();
    const { session, world } = scene;
    session.beginRound(false);
    expect(session.calls()).toEqual({ count: 0, failed: null });
    world.adversary.before = () => {
      throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
    };
    await expect(call(scene)).rejects.toThrow(FailureError);
    expect(session.calls()).toEqual({ count: 1, failed: name });
    session.beginRound(false);
    expect(session.calls()).toEqual({ count: 1, failed: null });
  });

  it('count a probe, too', async () => {
    const { session } = stepScene();
    await session.probe.call(
      { kind: 'AIServices', endpoint: 'https://contoso/', location: 'eastus' },
      new SecretText('k'),
    );
    expect(session.calls()).toEqual({ count: 1, failed: null });
  });
});
