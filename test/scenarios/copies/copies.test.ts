import { describe, expect, it } from 'vitest';
import { buildCopy } from '../../memory-world/target-builder.ts';
import { currentKey, simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator, rotationOf } from '../steered-rotation.ts';
import { holdCopies, storeCopy } from './hold-copies.ts';

const hourMs = 3_600_000;

/** A copy in a vault of its own, on the true clients; its readers keep it for an hour. */
async function open() {
  const copy = buildCopy('web', { secretName: 'ai-key' });
  const keyturn = simulatedKeyturn({ copies: [copy] });
  const { azure, clock, app, target, journal } = keyturn;
  holdCopies(keyturn);
  expect((await app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
  clock.advance(target.policy.overlapMs + 2_000);
  const copies = () => azure.world.vaults.find(({ name }) => name === 'kv-contoso-web')?.secrets[0]?.versions ?? [];
  const deliver = async (isOver: () => boolean) => {
    for (let count = 0; count < 300 && !isOver(); count += 1) {
      const [next] = [...journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs);
      if (next === undefined) return;
      journal.queue.splice(journal.queue.indexOf(next), 1);
      clock.advance(Math.max(0, next.dueAtMs - clock.nowMs()));
      await app.advance(next.wakeUp);
    }
  };
  const state = () => rotationOf(journal)?.kind ?? 'idle';
  return { ...keyturn, copy, copies, deliver, state };
}

describe('a copy in another vault', () => {
  it('is led along on the true clients, and its own tags are kept', async () => {
    const { app, account, copies, deliver, state, clock } = await open();
    const before = currentKey(account, 'key1');
    const plan = await app.previewRotation('demo', { inactiveKeyUnused: true });
    expect(plan).toMatchObject({
      plan: {
        blockedBy: [],
        waitsFor: { reason: 'copies-not-expired' },
        copies: [
          {
            ...{ name: 'web', kind: 'key-vault-secret', holds: 'active-key', waitsSeconds: 4_201 },
            place: 'https://kv-contoso-web.vault.azure.net/secrets/ai-key',
          },
        ],
      },
    });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliver(() => state() === 'overlapping');
    expect([copies().at(-1)?.value, currentKey(account, 'key1')]).toEqual([currentKey(account, 'key2'), before]);
    const atMs = clock.nowMs();
    await deliver(() => currentKey(account, 'key1') !== before);
    expect(clock.nowMs() - atMs).toBeGreaterThan(hourMs);
    await deliver(() => state() === 'idle');
    expect(state()).toBe('idle');
    expect(copies()).toHaveLength(2);
    expect(copies().map(({ tags }) => Object.keys(tags ?? {}))).toEqual([
      ['team', 'keyturn-copy-of'],
      ['team', 'keyturn-copy-of'],
    ]);
  });

  it('that holds the inactive key, as a second application does, is planned to get the active one', async () => {
    const { app, azure, account, vault, copy, copies, deliver, state, clock } = await open();
    storeCopy(azure, vault, copy.vaultUrl, copy.secretName, currentKey(account, 'key2'), clock.nowMs());
    const active = currentKey(account, 'key1');
    const plan = await app.previewRotation('demo', { inactiveKeyUnused: true });
    expect(plan).toMatchObject({
      plan: { copies: [{ holds: 'inactive-key' }], waitsFor: { reason: 'copies-not-expired' } },
    });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliver(() => state() === 'overlapping');
    expect(
      copies()
        .map(({ value }) => value)
        .slice(-2),
    ).toEqual([active, currentKey(account, 'key2')]);
  });

  it('that holds another value keeps a rotation from beginning, and the plan says so', async () => {
    const { app, azure, vault, clock, copy } = await open();
    storeCopy(azure, vault, copy.vaultUrl, copy.secretName, 'contoso', clock.nowMs());
    const plan = await app.previewRotation('demo', { inactiveKeyUnused: true });
    expect(plan).toMatchObject({
      plan: { copies: [{ holds: 'another-value' }], blockedBy: [{ reason: 'copy-foreign' }] },
    });
  });
});
