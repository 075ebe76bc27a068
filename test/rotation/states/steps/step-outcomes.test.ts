import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../src/shared/failure.ts';
import { everyWrite, type Ready } from './step-scene.ts';

const refusal = () => new FailureError({ kind: 'refused', reason: 'azure-policy', code: 'RequestDisallowedByPolicy' });
const noReply = () => new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
const notApplied = () => new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });

function ready(name: string): Ready {
  const prepare = everyWrite[name];
  if (prepare === undefined) throw new TypeError(`no write ${name}`);
  return prepare();
}
const fails = ({ world }: Ready, operation: string, error: () => FailureError, when: 'before' | 'after' = 'before') => {
  world.adversary[when] = (call) => {
    if (call.operation === operation) throw error();
  };
};
const saidSent = { sent: { atMs: expect.any(Number) } };

describe.each([
  ['regenerating the inactive key', 'key2', 'publishing', 'newFingerprint'],
  ['regenerating the key that was active', 'key1', 'restocking', 'newInactiveFingerprint'],
] as const)('%s', (name, slot, next, print) => {
  it('goes on with the key that the reply holds', async () => {
    const scene = ready(name);
    const done = await scene.perform(scene.step);
    expect(done).toMatchObject({ kind: 'done', state: { kind: next, [print]: scene.fingerprints()[slot] } });
    expect(scene.session.keyOf(slot)?.reveal()).toBe(scene.world.account.keys[slot]);
  });

  it.each([
    ['refused', refusal],
    ['not applied', notApplied],
  ])('takes the intent back if it was %s', async (_, error) => {
    const scene = ready(name);
    fails(scene, 'regenerate', error);
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'failed',
      failure: error().failure,
      state: { ...scene.step.state, sent: null, firstLook: null },
    });
  });

  it('keeps the intent if no reply came', async () => {
    const scene = ready(name);
    fails(scene, 'regenerate', noReply, 'after');
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'failed',
      failure: noReply().failure,
      state: { ...scene.step.state, ...saidSent, firstLook: null },
    });
  });

  it('finds somebody else at work if the reply shows another key in the other slot', async () => {
    const scene = ready(name);
    scene.world.adversary.before = ({ operation }) => {
      if (operation === 'regenerate') scene.world.account.regenerate(slot === 'key1' ? 'key2' : 'key1');
    };
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'somebody-else',
      state: { ...scene.step.state, ...saidSent, firstLook: null },
    });
  });

  it('does not believe a reply that shows both keys as they were', async () => {
    const scene = ready(name);
    scene.world.account.regenerate = () => scene.world.account.keys[slot];
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'failed',
      failure: { kind: 'outcome-unknown', code: 'regenerate-changed-nothing' },
      state: { ...scene.step.state, ...saidSent, firstLook: null },
    });
  });
});

describe.each(['moving the pointer to the new key', 'moving the pointer back'])('%s', (name) => {
  it('keeps the intent if no reply came', async () => {
    const scene = ready(name);
    fails(scene, 'set', noReply, 'after');
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'failed',
      failure: noReply().failure,
      state: { ...scene.step.state, sent: { atMs: expect.any(Number), what: 'pointer' } },
    });
  });

  it.each([
    ['nothing was sent before', null, null],
    ['the direct value was sent before', 'direct', 'direct'],
    ['the pointer was sent before, which has settled', 'pointer', 'direct'],
  ] as const)('takes the intent back if it was refused and %s', async (_, before, after) => {
    const scene = ready(name);
    const { step } = scene;
    if (step.kind !== 'store-pointer') throw new TypeError(step.kind);
    fails(scene, 'set', refusal);
    const state = { ...step.state, sent: before && { atMs: 5, what: before } };
    expect(await scene.perform({ ...step, state } as typeof step)).toEqual({
      kind: 'failed',
      failure: refusal().failure,
      state: { ...step.state, sent: after && { atMs: 5, what: after } },
    });
  });
});

describe.each([
  'giving the new key to who reads the direct value',
  'giving the old key back to who reads the direct value',
])('%s', (name) => {
  it('does not forget that the pointer may have been sent', async () => {
    const scene = ready(name);
    const { step } = scene;
    if (step.kind !== 'store-direct' || step.state.kind === 'cancelling') throw new TypeError(step.kind);
    const state = { ...step.state, sent: { atMs: 5, what: 'pointer' } };
    const done = await scene.perform({ ...step, state } as typeof step);
    expect(done).toMatchObject({ kind: 'done', state: { sent: { what: 'pointer' } } });
    expect(done).not.toMatchObject({ state: { sent: { atMs: 5 } } });
  });
});

describe('after a secret was written', () => {
  const stores = ['store-key', 'store-direct', 'store-pointer'];
  it.each(Object.keys(everyWrite).filter((name) => stores.includes(ready(name).step.kind)))(
    'the vault is read again before anything rests on it: %s',
    async (name) => {
      const scene = ready(name);
      const { salt } = scene.step.state;
      await scene.session.look(salt);
      await scene.perform(scene.step);
      scene.world.calls.length = 0;
      await scene.session.vault(salt);
      expect(scene.world.calls.map(({ operation }) => operation)).toContain('get');
    },
  );
});

describe('storing a key', () => {
  it.each([
    'storing the new key',
    "storing the retired slot's new key",
    'storing the key that a cancelled rotation made',
  ])('that was not in the last answer is left to another round: %s', async (name) => {
    const scene = ready(name);
    expect(await scene.perform(scene.step)).toMatchObject({
      kind: 'failed',
      state: scene.step.state,
      failure: { kind: 'not-applied', code: 'key-to-store-not-at-hand' },
    });
    const { step, session, world } = scene;
    if (step.kind !== 'store-key') throw new TypeError(step.kind);
    world.account.regenerate(step.slot);
    await session.look(step.state.salt);
    expect(await scene.perform(step)).toMatchObject({ failure: { code: 'key-to-store-not-at-hand' } });
    expect(scene.sent()).toEqual([]);
  });

  it('says when it was stored, and stores the very key', async () => {
    const scene = ready('storing the new key');
    await scene.session.look(scene.step.state.salt);
    expect(await scene.perform(scene.step)).toEqual({
      kind: 'done',
      state: { ...scene.step.state, storedAtMs: scene.world.clock.nowMs() },
    });
    expect(scene.world.vault.value('ai-services-key2')).toBe(scene.world.account.keys.key2);
  });
});

describe('what a write leaves behind', () => {
  it.each<[string, string, (scene: Ready) => string]>([
    ['giving the new key to who reads the direct value', 'key', ({ world }) => world.account.keys.key2],
    ['giving the old key back to who reads the direct value', 'key', ({ world }) => world.account.keys.key1],
    ['taking the direct value back for a cancelled rotation', 'key', ({ world }) => world.account.keys.key1],
    ['moving the pointer to the new key', 'active-key', () => 'key2'],
    ['moving the pointer back', 'active-key', () => 'key1'],
    ['proving the vault writable', 'endpoint', ({ world }) => world.account.facts.endpoint],
  ])('%s', async (name, part, expected) => {
    const scene = ready(name);
    await scene.perform(scene.step);
    expect(scene.sent()).toEqual(scene.sends);
    expect(scene.world.vault.value(`ai-services-${part}`)).toBe(expected(scene));
  });
});
