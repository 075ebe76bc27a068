import { describe, expect, it } from 'vitest';
import { keyFingerprints } from '../../../src/keys/key-fingerprints.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { type Scene, stepScene } from '../states/steps/step-scene.ts';

const freshMs = 5_000;
const replyCountsMs = 60_000;

/** How often each call was made since. */
function counted({ world }: Scene) {
  world.calls.length = 0;
  return (operation: string) => world.calls.filter((call) => call.operation === operation).length;
}
const nextVersion = (name: string) => ({
  ...{ name, value: new SecretText('next'), contentType: null, tags: { stored: 'yes' }, expiresAtMs: null },
});
const pairOf = ({ world }: Scene) => ({
  key1: new SecretText(world.account.keys.key1),
  key2: new SecretText(world.account.keys.key2),
});

describe('what a session has read', () => {
  it.each<[string, string, (scene: Scene) => Promise<unknown>]>([
    ['the account', 'get', ({ session }) => session.account()],
    ['the keys', 'listKeys', ({ session }) => session.look('salt')],
    ['the keys, if no regenerate has told them', 'listKeys', ({ session }) => session.currentKeys('salt')],
    ['the vault', 'get', ({ session }) => session.vault('salt')],
  ])('counts for five seconds, and no longer after it begins again: %s', async (_, operation, read) => {
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

  it('of one slot and its consumers leaves the other slot’s secret out', async () => {
    const scene = stepScene();
    const count = counted(scene);
    const { key } = await scene.session.vaultOf('key2', 'salt');
    expect(count('get')).toBe(2);
    expect(key).toEqual((await scene.session.vault('salt')).key2);
    expect(count('get')).toBe(3);
  });

  it.each<[string, (scene: Scene) => Promise<unknown>]>([
    ['the vault, of which only the pointer is read again', ({ session }) => session.vault('salt')],
    ['one slot and its consumers', ({ session }) => session.vaultOf('key1', 'salt')],
    ['the pointer', ({ session }) => session.secret('ai-services-active-key')],
  ])('of what it has stored is the vault’s answer, but who is pointed where is read again: %s', async (_, read) => {
    const scene = stepScene();
    await scene.session.vault('salt');
    await scene.session.store(nextVersion('ai-services-key1'));
    const count = counted(scene);
    await read(scene);
    expect(scene.world.calls).toMatchObject([{ operation: 'get', subject: 'ai-services-active-key' }]);
    const { key1 } = await scene.session.vault('salt');
    expect(key1).toMatchObject({ kind: 'stored', version: scene.version('key1'), tags: { stored: 'yes' } });
    expect(count('get')).toBe(1);
  });

  it('of the pointer that it has stored is not read again', async () => {
    const scene = stepScene();
    await scene.session.vault('salt');
    await scene.session.store(nextVersion('ai-services-active-key'));
    const count = counted(scene);
    expect((await scene.session.vault('salt')).pointer).toMatchObject({ version: scene.version('active-key') });
    expect(count('get')).toBe(0);
  });

  it('of a secret is forgotten once a store of it has failed', async () => {
    const scene = stepScene();
    const { session, world } = scene;
    await session.vault('salt');
    world.adversary.before = () => {
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    };
    await expect(session.store(nextVersion('ai-services-key1'))).rejects.toThrow(FailureError);
    world.adversary = {};
    const count = counted(scene);
    await session.vault('salt');
    expect(count('get')).toBe(2);
  });

  it('of a slot’s secret is what it has stored there, and the other slot’s is read again', async () => {
    const scene = stepScene();
    await scene.session.vault('salt');
    await scene.session.store(nextVersion('ai-services-key1'));
    const count = counted(scene);
    expect((await scene.session.keySecret('key1')).secret).toMatchObject({ version: scene.version('key1') });
    expect(count('get')).toBe(0);
    await scene.session.keySecret('key2');
    expect(count('get')).toBe(1);
  });

  it('of a secret does not count if its answer comes after it was stored', async () => {
    const scene = stepScene();
    const reading = scene.session.readSecret('ai-services-key1');
    const storing = scene.session.store(nextVersion('ai-services-key1'));
    await Promise.all([reading, storing]);
    expect(await scene.session.secret('ai-services-key1')).toMatchObject({
      secret: { version: scene.version('key1') },
    });
  });

  it('of each secret counts from when that one was read or stored', async () => {
    const scene = stepScene();
    await scene.session.vault('salt');
    scene.world.clock.advance(freshMs - 1);
    await scene.session.store(nextVersion('ai-services-key1'));
    await scene.session.vault('salt');
    scene.world.clock.advance(1);
    const count = counted(scene);
    await scene.session.vault('salt');
    expect(count('get')).toBe(1);
    expect(scene.world.calls).toMatchObject([{ subject: 'ai-services-key2' }]);
  });

  it('of a version counts for good, since neither its value nor its date changes', async () => {
    const scene = stepScene();
    const { session, world } = scene;
    const [before, direct] = [scene.version('key1'), scene.version('key2')];
    await session.vault('salt');
    await session.store(nextVersion('ai-services-key1'));
    const count = counted(scene);
    world.clock.advance(freshMs);
    expect((await session.version('ai-services-key1', before)).secret).toMatchObject({ version: before });
    expect((await session.version('ai-services-key2', direct)).secret).toMatchObject({ version: direct });
    expect((await session.version('ai-services-key1', scene.version('key1'))).secret).toMatchObject({
      tags: { stored: 'yes' },
    });
    expect(count('get-version')).toBe(0);
    expect((await session.version('ai-services-key1', 'another')).secret).toEqual({ kind: 'absent' });
    expect((await session.version('ai-services-key1', 'another')).secret).toEqual({ kind: 'absent' });
    expect(count('get-version')).toBe(2);
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
    expect(await session.currentKeys('salt')).toEqual(keyFingerprints(pair, 'salt'));
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
    expect(await scene.session.look('salt')).toEqual(keyFingerprints(pairOf(scene), 'salt'));
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
    ['the moment in which it begins again', ({ session }) => session.readAnew()],
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
    ['vault-write', ({ session }) => session.store(nextVersion('ai-services-key1'))],
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
