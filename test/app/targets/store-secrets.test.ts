import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { overtakenAfterMs } from '../../../src/durable/numbers.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });

function open() {
  const world = memoryWorld();
  const { vault } = world;
  const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
  const latest = (name: string) => vault.versionsOf(name).at(-1)?.version.version;
  return {
    ...world,
    app,
    adopt: () => app.adopt('demo', { activeSlot: 'key1' }, operator),
    latest,
    row: () => readRow(world.journal.row?.fields),
    put: (name: string, value: string, tags: Record<string, string> = {}) =>
      vault.put({ name, contentType: null, tags, expiresAtMs: null }, value),
  };
}

describe('what an adoption stored', () => {
  it('is written down with the row, version by version', async () => {
    const { adopt, row, latest, account, vault } = open();
    expect((await adopt()).kind).toBe('adopted');
    expect(row()).toMatchObject({
      ...{ internalId: account.facts.internalId, accountKind: account.facts.kind, endpoint: account.facts.endpoint },
      accountLocation: account.facts.location,
      lastSeen: {
        pointer: 'key1',
        versions: {
          pointer: latest('ai-services-active-key'),
          key1: latest('ai-services-key1'),
          key2: latest('ai-services-key2'),
          direct: latest('ai-services-key'),
        },
        sinceMs: expect.closeTo(vault.nowMs(), -4),
      },
    });
  });

  it('is counted in the log: what was right already is not', async () => {
    const { adopt, app, log, put, account } = open();
    await adopt();
    await adopt();
    put('ai-services-key2', 'stale', { ProviderAddress: target.account.armId });
    await app.repair('demo', operator);
    expect(account.keys.key2).not.toBe('stale');
    const counts = log.flatMap((one) =>
      one.event === 'target-adopted' || one.event === 'target-repaired' ? [[one.event, one.secretsChanged]] : [],
    );
    expect(counts).toEqual([
      ['target-adopted', 5],
      ['target-adopted', 0],
      ['target-repaired', 1],
    ]);
  });

  it('is nobody else’s work if all of it is new, and may be another’s if it stood already', async () => {
    const { adopt, row, journal, clock } = open();
    await adopt();
    expect(row()).toMatchObject({ settleUntilMs: 0, inDoubt: null });
    journal.restore(null);
    expect((await adopt()).kind).toBe('adopted');
    const nowMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
    expect(row()?.inDoubt?.kind).toBe('takeover');
    expect((row()?.settleUntilMs ?? 0) - nowMs).toBeGreaterThan(overtakenAfterMs - 10_000);
  });

  it('counts though the notes of the last look cannot be taken back now, which is logged', async () => {
    const world = open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'save-notes')
        throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
    };
    const { adopt, log } = world;
    expect((await adopt()).kind).toBe('adopted');
    expect(log).toContainEqual({ event: 'storage-failed', target: 'demo', code: 'ServerBusy' });
  });
});

it('a refused adoption names the secrets that it is about', async () => {
  const { adopt, put } = open();
  put('ai-services-key', 'a-password');
  put('ai-services-key2', 'another-password');
  const refused = await adopt();
  expect(refused).toMatchObject({ kind: 'not-now', reason: 'foreign-secret' });
  expect('detail' in refused && refused.detail).toMatch(/ It is about: ai-services-key2, ai-services-key\.$/);
});
