/** How the kit keeps a key: when it reads, what it hands out meanwhile, and what a 401 makes it do. */
import { describe, expect, it } from 'vitest';
import { SecretKey } from '../../consumer/src/secret-key.ts';
import { keptVault } from './kept-vault.ts';

const minuteMs = 60_000;

describe('while the vault answers', () => {
  it('reads again in the background at 50 to 80 % of the cache, and hands out the new key from then on', async () => {
    const { keep, vault, reads, events, time } = keptVault();
    const kept = await keep();
    vault.text = 'second';
    // Chance is 0.5 here, so the share is 65 %: 19.5 minutes, of which one has passed.
    await time.pass(18.4 * minuteMs);
    expect((await kept.current()).reveal()).toBe('first');
    await time.pass(0.2 * minuteMs);
    expect(reads).toHaveLength(2);
    expect((await kept.current()).reveal()).toBe('second');
    expect(kept.now().reveal()).toBe('second');
    expect(events).toEqual([{ kind: 'key-changed', slot: 'key1', version: 'second' }]);
  });

  it('makes one read of many requests after a night asleep, and hands out only what that read brought', async () => {
    const { keep, vault, reads, time, settled } = keptVault();
    const kept = await keep();
    vault.text = 'second';
    time.sleep(8 * 60 * minuteMs);
    const keys = await settled(Promise.all(Array.from({ length: 50 }, () => kept.current())));
    expect(new Set(keys.map((key) => key.reveal()))).toEqual(new Set(['second']));
    expect(reads).toHaveLength(2);
  });

  it('who cannot wait gets the old key after a night asleep, with an event, and the new one right after', async () => {
    const { keep, vault, events, time } = keptVault();
    const kept = await keep();
    vault.text = 'second';
    time.sleep(8 * 60 * minuteMs);
    expect(kept.now().reveal()).toBe('first');
    expect(events).toMatchObject([{ kind: 'old-key-used', failure: null }]);
    await time.pass(100);
    expect(kept.now().reveal()).toBe('second');
  });

  it('a read during which the machine slept is made once more', async () => {
    const { keep, vault, reads, time } = keptVault();
    const kept = await keep();
    time.sleep(60 * minuteMs);
    const asked = kept.current();
    vault.text = 'second';
    time.sleep(60 * minuteMs);
    await time.pass(minuteMs);
    expect((await asked).reveal()).toBe('second');
    expect(reads).toHaveLength(3);
  });

  it('a clock that is set back does not make a key younger', async () => {
    const { keep, vault, time, settled } = keptVault();
    const kept = await keep();
    kept.close();
    vault.text = 'second';
    time.correct(-24 * 60 * minuteMs);
    await time.pass(30 * minuteMs);
    expect((await settled(kept.current())).reveal()).toBe('second');
  });

  it('reads about three times an hour with the default cache', async () => {
    const { keep, reads, time } = keptVault();
    await keep();
    await time.pass(24 * 60 * minuteMs);
    expect(reads.length / 24).toBeCloseTo(60 / (0.65 * 30), 0);
  });

  it('what is closed starts no read by itself', async () => {
    const { keep, reads, time } = keptVault();
    const kept = await keep();
    kept.close();
    expect(time.waiting()).toBe(0);
    await time.pass(60 * minuteMs);
    expect(reads).toHaveLength(1);
  });
});

describe('while the vault fails', () => {
  it('hands out the last key for an hour after the first failure, tells it once, and then throws', async () => {
    const { keep, vault, events, time, settled } = keptVault();
    const kept = await keep();
    vault.failure = 'pointer-unusable';
    await time.pass(31 * minuteMs);
    const key = kept.current();
    expect((await key).reveal()).toBe('first');
    await time.pass(46 * minuteMs);
    expect((await settled(kept.current())).reveal()).toBe('first');
    expect(events.filter(({ kind }) => kind === 'old-key-used')).toMatchObject([
      { failure: { reason: 'pointer-unusable' } },
    ]);
    await time.pass(3 * minuteMs);
    await expect(settled(kept.current())).rejects.toThrow('pointer-unusable');
    expect(() => kept.now()).toThrow('pointer-unusable');
    vault.failure = null;
    await time.pass(minuteMs);
    expect((await kept.current()).reveal()).toBe('first');
    expect(events.at(-1)).toEqual({ kind: 'recovered' });
  });

  it('gives a read up after 10 s, and makes no request wait for a vault that has just failed', async () => {
    const { keep, vault, reads, time } = keptVault();
    const kept = await keep();
    vault.latencyMs = 3_600_000;
    await time.pass(40 * minuteMs);
    const [, slow] = reads;
    expect(slow?.outcome).toBe('aborted');
    expect((slow?.endedTrueMs ?? 0) - (slow?.startedTrueMs ?? 0)).toBe(10_000);
    // No time passes here.
    expect((await kept.current()).reveal()).toBe('first');
  });

  it('a failure from before the machine slept does not let an old key through afterwards', async () => {
    const { keep, vault, time, settled } = keptVault();
    const kept = await keep();
    vault.failure = 'vault-unavailable';
    await time.pass(18.6 * minuteMs);
    Object.assign(vault, { failure: null, text: 'second' });
    time.sleep(8 * 60 * minuteMs);
    expect((await settled(kept.current())).reveal()).toBe('second');
  });

  it('tries again after 5 s, then twice as long each time, up to a minute', async () => {
    const { keep, vault, reads, time } = keptVault();
    await keep();
    vault.failure = 'access-denied';
    await time.pass(30 * minuteMs);
    const failed = reads.filter(({ outcome }) => outcome === 'failed').map((read) => read.startedMonotonicMs);
    const pausesS = failed.slice(1).map((at, index) => Math.round((at - (failed[index] ?? 0)) / 1000));
    // Chance is 0.5 here, which takes a quarter off.
    expect(pausesS.slice(0, 6)).toEqual([4, 8, 15, 30, 45, 45]);
  });

  it('without a first key nothing is kept, and no timer waits', async () => {
    const { keep, vault, time } = keptVault();
    vault.failure = 'secret-missing';
    await expect(keep()).rejects.toThrow('secret-missing');
    expect(time.waiting()).toBe(0);
  });
});

describe('a key that is refused', () => {
  it('is read again once for all requests that it failed, and each gets the other key', async () => {
    const { keep, vault, reads, events, settled } = keptVault();
    const kept = await keep();
    const used = await kept.current();
    vault.text = 'second';
    const others = await settled(Promise.all(Array.from({ length: 20 }, () => kept.refused(used))));
    expect(new Set(others.map((key) => key?.reveal()))).toEqual(new Set(['second']));
    expect(reads).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'key-refused')).toHaveLength(20);
  });

  it('makes the vault be asked at most once in 10 s while it names the same key', async () => {
    const { keep, reads, time, settled } = keptVault();
    const kept = await keep();
    const used = await kept.current();
    for (let second = 0; second < 40; second += 1) {
      const answer = kept.refused(used);
      await time.pass(1_000);
      expect(await answer).toBe(null);
    }
    expect(reads).toHaveLength(1 + 4);
    expect(await settled(kept.refused(new SecretKey('older')))).toBe(await kept.current());
    expect(reads).toHaveLength(1 + 4);
  });

  it('during a read that began before, is asked for again if that read brings the same key', async () => {
    const { keep, vault, reads, time, settled } = keptVault();
    const kept = await keep();
    const used = await kept.current();
    vault.latencyMs = 5_000;
    await time.pass(18.5 * minuteMs + 1_000);
    expect(reads.at(-1)?.outcome).toBe('under way');
    vault.text = 'second';
    const answers = [kept.refused(used), kept.refused(used)];
    const others = await settled(Promise.all(answers));
    expect(others.map((key) => key?.reveal())).toEqual(['second', 'second']);
    expect(reads).toHaveLength(3);
  });
});

describe('a hint that the vault names another key', () => {
  it('makes it be read once within 30 s, by chance, however many hints come', async () => {
    const { keep, vault, reads, time } = keptVault();
    const kept = await keep();
    vault.text = 'second';
    for (let hints = 0; hints < 50; hints += 1) expect(kept.hinted(`version ${hints}`)).toBe(true);
    // Chance is 0.5 here.
    await time.pass(14_999);
    expect(reads).toHaveLength(1);
    await time.pass(1_000);
    expect(reads).toHaveLength(2);
    expect(kept.now().reveal()).toBe('second');
  });

  it('makes it be read at most once a minute, and the last hint is followed', async () => {
    const { keep, vault, reads, time } = keptVault();
    const kept = await keep();
    for (let second = 0; second < 600; second += 1) {
      kept.hinted(`forged ${second}`);
      await time.pass(1_000);
    }
    const hintedAtMs = reads.slice(1).map(({ startedMonotonicMs }) => startedMonotonicMs);
    expect(hintedAtMs).toHaveLength(10);
    const pauses = hintedAtMs.slice(1).map((atMs, index) => atMs - (hintedAtMs[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60_000);
    vault.text = 'second';
    kept.hinted('second');
    await time.pass(60_000);
    expect(kept.now().reveal()).toBe('second');
  });

  it('of the version that is held leads to nothing', async () => {
    const { keep, reads, time } = keptVault();
    const kept = await keep();
    expect(kept.hinted('first')).toBe(false);
    await time.pass(2 * minuteMs);
    expect(reads).toHaveLength(1);
    expect(kept.hinted(null)).toBe(true);
    await time.pass(minuteMs);
    expect(reads).toHaveLength(2);
  });

  it('waits for a read that began before it, and reads again', async () => {
    const { keep, vault, reads, time } = keptVault();
    const kept = await keep();
    vault.latencyMs = 9_000;
    await time.pass(18.3 * minuteMs);
    kept.hinted('second');
    // The one in the background begins after 12 s, the one for the hint would after 15.
    await time.pass(13_000);
    expect(reads.map(({ outcome }) => outcome)).toEqual(['read', 'under way']);
    vault.text = 'second';
    await time.pass(7_000);
    expect(reads).toHaveLength(2);
    await time.pass(11_000);
    expect(reads).toHaveLength(3);
    expect(kept.now().reveal()).toBe('second');
  });

  it('does not shorten the pauses of a vault that fails', async () => {
    const failing = keptVault();
    const kept = await failing.keep();
    failing.vault.failure = 'vault-unavailable';
    await failing.time.pass(60 * minuteMs);
    const before = failing.reads.length;
    for (let minutes = 0; minutes < 10; minutes += 1) {
      kept.hinted(`forged ${minutes}`);
      await failing.time.pass(minuteMs);
    }
    // Chance is 0.5 here, so the longest pause is 45 s.
    expect(failing.reads.length - before).toBeLessThanOrEqual(14);
    const unhinted = keptVault();
    await unhinted.keep();
    unhinted.vault.failure = 'vault-unavailable';
    await unhinted.time.pass(70 * minuteMs);
    expect(failing.reads.length).toBe(unhinted.reads.length);
  });

  it('leaves a 401 its own read', async () => {
    const { keep, vault, reads, time, settled } = keptVault();
    const kept = await keep();
    const used = await kept.current();
    kept.hinted('forged');
    await time.pass(16_000);
    expect(reads).toHaveLength(2);
    vault.text = 'second';
    expect((await settled(kept.refused(used)))?.reveal()).toBe('second');
  });

  it('leads to nothing once closed', async () => {
    const { keep, reads, time } = keptVault();
    const kept = await keep();
    kept.hinted('second');
    kept.close();
    expect(kept.hinted('third')).toBe(false);
    expect(time.waiting()).toBe(0);
    await time.pass(2 * minuteMs);
    expect(reads).toHaveLength(1);
  });
});

it('a listener that throws costs no request', async () => {
  const world = keptVault();
  const kept = await world.keep();
  Object.defineProperty(world.events, 'push', {
    value() {
      throw new TypeError('a bad listener');
    },
  });
  const used = await kept.current();
  world.vault.text = 'second';
  expect((await world.settled(kept.refused(used)))?.reveal()).toBe('second');
});
