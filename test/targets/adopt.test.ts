import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { accountRow } from '../../src/rotation/account-row.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { watchInvariants } from '../memory-world/invariants.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const minuteMs = 60_000;
const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });

/** What says of a secret that it is the target's own, whatever it holds. */
const ours = { service: 'cognitive-services', ProviderAddress: target.account.armId };

const pointer = 'ai-services-active-key';

function open() {
  const world = memoryWorld();
  const watch = watchInvariants(world, target);
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const adopt = (activeSlot: Slot | null = null) => app.adopt('demo', { activeSlot }, operator);
  const sets = () => world.calls.filter(({ operation }) => operation === 'set').map(({ subject }) => subject);
  return { world, watch, app, adopt, sets };
}

describe('adopting a target', () => {
  it('stores keys, endpoint and direct value before the pointer, and regenerates nothing', async () => {
    const { world, watch, adopt, sets } = open();
    expect((await adopt('key2')).kind).toBe('adopted');
    const [key1, key2] = ['ai-services-key1', 'ai-services-key2'];
    expect(sets()).toEqual([key1, key2, 'ai-services-endpoint', 'ai-services-key', 'ai-services-active-key']);
    expect(world.vault.value('ai-services-key')).toBe(world.account.keys.key2);
    expect(world.account.everyKey).toHaveLength(2);
    watch.check();
    expect(watch.breaches).toEqual([]);
  });

  it.each([
    ['as long as it asks for', 3, 8_000, 'adopted', 24_000],
    ['ten seconds if it does not say how long', 1, null, 'adopted', 10_000],
    ['not for the fourth time', 4, 8_000, 'unavailable', 24_000],
    ['not if it asks for longer than a lease allows', 1, 20_001, 'unavailable', 0],
  ])('waits for a vault that takes too many writes, %s', async (_, refusals, retryAfterMs, end, waitedMs) => {
    const { world, watch, adopt } = open();
    let left = refusals;
    world.adversary.before = ({ operation }) => {
      if (operation !== 'set' || left === 0) return;
      left -= 1;
      throw new FailureError({ kind: 'not-applied', code: 'Throttled', retryAfterMs });
    };
    const beganMs = world.clock.monotonicMs();
    const { kind } = await adopt();
    // Two looks at the keys are five seconds apart, and calls take their time.
    const tookMs = world.clock.monotonicMs() - beganMs - 5_000;
    expect([kind, Math.floor(tookMs / 1_000) * 1_000]).toEqual([end, waitedMs]);
    watch.check();
    expect(watch.breaches).toEqual([]);
  });

  it('writes nothing over what somebody else stored while it waited for the vault', async () => {
    const { world, adopt } = open();
    let isThrottled = true;
    world.adversary.before = ({ operation }) => {
      if (operation !== 'set' || !isThrottled) return;
      isThrottled = false;
      world.vault.put({ name: 'ai-services-key1', contentType: null, tags: {}, expiresAtMs: null }, 'of somebody else');
      throw new FailureError({ kind: 'not-applied', code: 'Throttled', retryAfterMs: 8_000 });
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(world.vault.value('ai-services-key1')).toBe('of somebody else');
  });

  it('waits for the vault three times in all, also if it has to begin again', async () => {
    const { world, adopt } = open();
    await adopt();
    world.vault.put({ name: 'ai-services-key', contentType: null, tags: ours, expiresAtMs: null }, 'stale');
    world.vault.setDeleted(pointer, true);
    const refusals = { recover: 3, set: 1 };
    world.adversary.before = ({ operation }) => {
      if ((operation !== 'recover' && operation !== 'set') || refusals[operation] === 0) return;
      refusals[operation] -= 1;
      throw new FailureError({ kind: 'not-applied', code: 'Throttled', retryAfterMs: 8_000 });
    };
    expect(await adopt()).toMatchObject({ kind: 'unavailable', changed: [{ secret: pointer, change: 'recovered' }] });
    expect(refusals).toEqual({ recover: 0, set: 0 });
    expect((await adopt()).kind).toBe('adopted');
  });

  it('leads nobody to a key that was regenerated while it waited for the vault', async () => {
    const { world, adopt } = open();
    let isThrottled = true;
    world.adversary.before = ({ operation, subject }) => {
      if (operation !== 'set' || subject !== pointer || !isThrottled) return;
      isThrottled = false;
      world.account.regenerate('key1');
      throw new FailureError({ kind: 'not-applied', code: 'Throttled', retryAfterMs: 8_000 });
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'keys-unsteady' });
    expect(world.vault.value(pointer)).toBeNull();
  });

  it('a second time writes nothing', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    world.calls.length = 0;
    expect((await adopt()).kind).toBe('adopted');
    expect(sets()).toEqual([]);
  });

  it('shows no key in its answer', async () => {
    const { world, adopt } = open();
    const text = JSON.stringify(await adopt());
    for (const key of world.account.everyKey) expect(text).not.toContain(key);
  });

  it('gives no consumer a key that the account refuses', async () => {
    const { world, adopt, sets } = open();
    world.account.accepts = () => false;
    world.account.acceptsOnNextNode = () => false;
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'key-refused' });
    expect(sets()).toEqual([]);
  });

  it('gives no consumer a key of which the endpoint says nothing', async () => {
    const { world, adopt, sets } = open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'probe') throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'endpoint-unclear' });
    expect(sets()).toEqual([]);
  });

  it.each(['key1', 'key2'] as const)('stores nothing while somebody regenerates %s', async (slot) => {
    const { world, adopt, sets } = open();
    world.adversary.after = ({ operation }) => {
      if (operation === 'listKeys') world.account.regenerate(slot);
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'keys-unsteady' });
    expect(sets()).toEqual([]);
  });

  it('over secrets that stand already waits for whoever may be writing them', async () => {
    const { world, adopt, sets } = open();
    world.vault.put(
      { name: 'ai-services-key1', contentType: null, tags: {}, expiresAtMs: null },
      world.account.keys.key1,
    );
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(sets()).toEqual([]);
    world.clock.advance(3 * minuteMs + 1_000);
    expect((await adopt()).kind).toBe('adopted');
  });

  it('over a secret that lies deleted waits as well', async () => {
    const { world, adopt, sets } = open();
    world.vault.put({ name: 'ai-services-key1', contentType: null, tags: ours, expiresAtMs: null }, 'old');
    world.vault.setDeleted('ai-services-key1', true);
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(sets()).toEqual([]);
  });

  it("waits for the other instance too if nothing is left once that one's pointer came back", async () => {
    const { world, app, sets } = open();
    const tags = { ...ours, 'keyturn-instance': 'there' };
    world.vault.put({ name: pointer, contentType: null, tags, expiresAtMs: null }, 'key1');
    world.vault.setDeleted(pointer, true);
    world.adversary.after = ({ operation }) => {
      if (operation === 'recover') world.vault.secrets.clear();
    };
    const answer = await app.adopt('demo', { activeSlot: null, takeOver: true }, operator);
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(sets()).toEqual([]);
  });

  it('tells of a pointer that came back and was signed then that it came back', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    world.vault.put({ name: pointer, contentType: null, tags: ours, expiresAtMs: null }, 'key1');
    world.vault.setDeleted(pointer, true);
    world.calls.length = 0;
    expect(await adopt()).toMatchObject({
      secrets: expect.arrayContaining([{ secret: pointer, change: 'recovered', shows: 'key1' }]),
    });
    expect(sets()).toEqual([pointer]);
  });

  it('is previewed by two looks, if a secret was deleted in the seconds before, and by no third', async () => {
    const { world, app } = open();
    const [first = '', ...others] = ['ai-services-key1', 'ai-services-key2', 'ai-services-endpoint'];
    const deleted: string[] = [];
    // One more shows in the vault after each look.
    world.adversary.after = ({ operation }) => {
      const name = [first, ...others][deleted.length];
      const looks = world.calls.filter((call) => call.operation === 'listKeys').length;
      if (operation !== 'listKeys' || looks % 2 === 1 || name === undefined) return;
      world.vault.put({ name, contentType: null, tags: ours, expiresAtMs: null }, 'old');
      world.vault.setDeleted(name, true);
      deleted.push(name);
    };
    const answer = await app.previewAdoption('demo', { activeSlot: null });
    const { secrets } = answer.kind === 'previewed' ? answer.adoption : { secrets: [] };
    expect(secrets.find(({ secret }) => secret === first)).toMatchObject({ change: 'recovered' });
    expect(deleted).toEqual([first, others[0]]);
  });

  it('gives up after the third look if somebody deletes the pointer each time', async () => {
    const { world, adopt } = open();
    await adopt();
    world.vault.setDeleted(pointer, true);
    world.calls.length = 0;
    world.adversary.after = ({ operation }) => {
      if (operation === 'recover') world.vault.setDeleted(pointer, true);
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(world.calls.filter(({ operation }) => operation === 'recover')).toHaveLength(3);
  });

  it('that died midway is finished by the next one, after lease and settle', async () => {
    const { world, watch, adopt } = open();
    let sets = 0;
    world.adversary.before = ({ operation }) => {
      if (operation === 'set') sets += 1;
      return sets === 3 ? new Promise<void>(() => {}) : undefined;
    };
    void adopt();
    await new Promise((resolve) => setImmediate(resolve));
    world.adversary = {};
    expect(await adopt()).toMatchObject({ reason: 'busy' });
    world.clock.advance(minuteMs + 1_000);
    expect(await adopt()).toMatchObject({ reason: 'settling' });
    world.clock.advance(3 * minuteMs + 1_000);
    expect((await adopt()).kind).toBe('adopted');
    expect(accountRow.parse(world.journal.row?.fields)).toMatchObject({
      lease: { kind: 'released' },
      inDoubt: null,
    });
    watch.check();
    expect(watch.breaches).toEqual([]);
  });

  it('recovers deleted secrets first', async () => {
    const { world, adopt } = open();
    await adopt();
    world.vault.setDeleted('ai-services-key2', true);
    const answer = await adopt();
    expect(answer).toMatchObject({ kind: 'adopted' });
    expect(JSON.stringify(answer)).toContain('"secret":"ai-services-key2","change":"recovered"');
  });

  /** The key secret of `slot` holds a dead key, and lies deleted. */
  const loseWithDeadKey = ({ vault }: ReturnType<typeof open>['world'], slot: Slot) => {
    const name = `ai-services-${slot}`;
    vault.put({ name, contentType: null, tags: ours, expiresAtMs: null }, 'a-dead-key');
    vault.setDeleted(name, true);
  };
  /** What the pointer designates, after every call from now on. */
  const watchDesignated = (world: ReturnType<typeof open>['world']) => {
    const seen: (string | null)[] = [];
    world.adversary.after = () => {
      const slot = world.vault.value('ai-services-active-key');
      seen.push(slot === null ? null : world.vault.value(`ai-services-${slot}`));
    };
    return seen;
  };
  const pointerNames = (world: ReturnType<typeof open>['world']) => world.vault.value('ai-services-active-key');

  it('leads consumers away from a deleted secret before it comes back with a dead key', async () => {
    const { world, adopt } = open();
    await adopt();
    loseWithDeadKey(world, 'key1');
    const designated = watchDesignated(world);
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(designated).not.toContain('a-dead-key');
    expect(pointerNames(world)).toBe('key2');
    expect(world.vault.value('ai-services-key')).toBe(world.account.keys.key2);
    expect(world.vault.value('ai-services-key1')).toBe(world.account.keys.key1);
  });

  it('proves the key that it leads consumers to as a new one, for longer than a lease if need be', async () => {
    const { world, adopt } = open();
    await adopt();
    loseWithDeadKey(world, 'key1');
    let probes = 0;
    world.adversary.after = ({ operation }) => {
      if (operation !== 'probe') return;
      probes += 1;
      world.clock.advance(8_000);
      // Its lease would have run out by now: another worker takes nothing over.
      if (probes === 10) another = adopt();
    };
    let another: ReturnType<typeof adopt> | null = null;
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(probes).toBe(target.policy.newKeyProof.acceptances);
    expect(await another).toMatchObject({ kind: 'not-now', reason: 'busy' });
  });

  it('brings a deleted pointer back last, when both keys are right, and keeps what it names', async () => {
    const { world, adopt } = open();
    await adopt('key2');
    loseWithDeadKey(world, 'key2');
    world.vault.setDeleted('ai-services-active-key', true);
    const designated = watchDesignated(world);
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(designated).not.toContain('a-dead-key');
    expect(pointerNames(world)).toBe('key2');
    expect(world.vault.value('ai-services-key2')).toBe(world.account.keys.key2);
  });

  it('recovers a deleted direct value with what it held, and stores the right one at once', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    const name = 'ai-services-key';
    world.vault.put({ name, contentType: null, tags: ours, expiresAtMs: null }, 'dead');
    world.vault.setDeleted(name, true);
    world.calls.length = 0;
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(sets()).toEqual([name]);
    expect(world.vault.value(name)).toBe(world.account.keys.key1);
  });

  it('keeps what others said of a secret that it recovers and stores again', async () => {
    const { world, adopt } = open();
    await adopt();
    const name = 'ai-services-key2';
    world.vault.put({ name, contentType: 'text/plain', tags: { ...ours, team: 'vision' }, expiresAtMs: null }, 'stale');
    world.vault.setDeleted(name, true);
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(world.vault.versionsOf(name).at(-1)).toMatchObject({
      value: world.account.keys.key2,
      version: { contentType: 'text/plain', tags: { team: 'vision' } },
    });
  });

  it('recovers nothing of a target that another instance has taken', async () => {
    const { world, adopt } = open();
    await adopt();
    world.vault.setDeleted('ai-services-key2', true);
    const tags = { 'keyturn-instance': 'another' };
    world.vault.put({ name: 'ai-services-active-key', contentType: null, tags, expiresAtMs: null }, 'key1');
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'taken-over' });
    world.vault.setDeleted('ai-services-active-key', true);
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'taken-over' });
    expect(world.calls.filter(({ operation }) => operation === 'recover')).toEqual([]);
  });

  it('stores no key for a target that another instance takes while the keys are looked at', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    world.vault.put({ name: 'ai-services-key2', contentType: null, tags: ours, expiresAtMs: null }, 'stale');
    world.calls.length = 0;
    world.adversary.after = ({ operation }) => {
      if (operation !== 'listKeys' || world.calls.filter((call) => call.operation === 'listKeys').length < 2) return;
      const owner = { 'keyturn-instance': 'another' };
      world.vault.put({ name: 'ai-services-active-key', contentType: null, tags: owner, expiresAtMs: null }, 'key1');
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(sets()).toEqual([]);
  });

  it('moves no pointer on what it read longer ago than five seconds', async () => {
    const { world, adopt } = open();
    await adopt();
    // Without our tag, as a restored version has it.
    world.vault.put({ name: 'ai-services-active-key', contentType: null, tags: {}, expiresAtMs: null }, 'key1');
    const { length } = world.vault.versionsOf('ai-services-active-key');
    let reads = 0;
    world.adversary.after = ({ operation, subject }) => {
      if (operation !== 'get' || subject !== 'ai-services-active-key') return;
      reads += 1;
      if (reads > 1) world.clock.advance(7_000);
    };
    expect(await adopt()).toMatchObject({ kind: 'unavailable' });
    expect(world.vault.versionsOf('ai-services-active-key')).toHaveLength(length);
  });

  it('that others stop midway tells which secrets it has written', async () => {
    const { world, adopt, sets } = open();
    await adopt();
    for (const slot of ['key1', 'key2'] as const)
      world.vault.put({ name: `ai-services-${slot}`, contentType: null, tags: ours, expiresAtMs: null }, 'stale');
    world.calls.length = 0;
    world.adversary.after = ({ operation }) => {
      if (operation !== 'set' || sets().length !== 1) return;
      world.vault.put({ name: 'ai-services-key2', contentType: null, tags: {}, expiresAtMs: null }, 'theirs');
    };
    expect(await adopt()).toMatchObject({
      kind: 'not-now',
      reason: 'lost-race',
      changed: [{ secret: 'ai-services-key1', change: 'updated' }],
    });
    expect(world.vault.value('ai-services-key2')).toBe('theirs');
  });

  it('that is refused before its first write tells of none', async () => {
    const { world, adopt } = open();
    world.vault.put({ name: 'ai-services-endpoint', contentType: null, tags: {}, expiresAtMs: null }, 'theirs');
    expect(await adopt()).not.toHaveProperty('changed');
  });

  it('does not recover what was purged and deleted again by somebody else meanwhile', async () => {
    const { world, adopt } = open();
    await adopt();
    const name = 'ai-services-key2';
    world.vault.setDeleted(name, true);
    let looks = 0;
    world.adversary.before = async ({ operation, subject }) => {
      if (operation !== 'get-deleted' || subject !== name) return;
      looks += 1;
      if (looks !== 2) return;
      world.vault.secrets.delete(name);
      world.vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, 'theirs');
      world.vault.setDeleted(name, true);
    };
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(world.vault.value(name)).toBeNull();
  });

  it('does not store over a disabled secret that somebody else has replaced by a disabled one', async () => {
    const { world, adopt } = open();
    await adopt();
    const name = 'ai-services-key2';
    world.vault.setEnabled(name, null, false);
    let looks = 0;
    world.adversary.before = async ({ operation, subject }) => {
      if (operation !== 'list-versions' || subject !== name) return;
      looks += 1;
      if (looks !== 2) return;
      world.clock.advance(1_000);
      world.vault.put({ name, contentType: null, tags: {}, expiresAtMs: null }, 'theirs');
      world.vault.setEnabled(name, null, false);
    };
    const versions = () => world.vault.versionsOf(name).length;
    expect(await adopt()).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(versions()).toBe(2);
  });
});
