import { describe, expect, it } from 'vitest';
import { comeBackLaterMs, overtakenAfterMs } from '../../../src/durable/numbers.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { SimulatedKeyturn } from '../simulated-keyturn.ts';
import { consumerId, hardeningKeyturn, keyturnId, languageReader, operator } from './hardening-keyturn.ts';
import { networkKeyturn } from './network-keyturn.ts';

/** A change that waits for its next message. */
const begun: Readonly<Record<HardeningArea, () => Promise<SimulatedKeyturn>>> = {
  network: async () => {
    const keyturn = await networkKeyturn();
    const egress = '203.0.113.10';
    await keyturn.ask({ mode: 'selected-networks', ipRules: [egress], keyturn: { egress, subnetId: null } });
    return keyturn;
  },
  access: async () => {
    const world = hardeningKeyturn();
    await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
    // The directory does not know this user yet.
    const principalId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0aff';
    const roles = [{ role: languageReader, scope: 'account' as const }];
    await world.access([{ principalId, principalType: 'User', roles }]);
    return world;
  },
  keyless: async () => {
    const world = hardeningKeyturn();
    world.azure.world.pace.localAuthMs = 3 * 3_600_000;
    await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
    for (const id of [keyturnId, consumerId])
      world.grant(id, 'Cognitive Services Language Reader', world.target.account.armId);
    await world.keyless(true, { identities: [consumerId], confirm: ['keys-in-use', 'no-identities-named'] });
    return world;
  },
};

async function open(area: HardeningArea) {
  const keyturn = await begun[area]();
  const { hardeningRows, target, journal, log } = keyturn;
  const key = `${target.account.armId.toLowerCase()} ${area}`;
  const row = hardeningRows.rows.get(key);
  const { wakeSeq } = Object(row?.fields);
  const isOwn = ({ wakeUp: one }: (typeof journal.queue)[number]) => one.area === area && one.wakeSeq === wakeSeq;
  const wakeUp = journal.queue.splice(0).find(isOwn)?.wakeUp;
  if (wakeUp === undefined || row === undefined) throw new TypeError(`no message for ${area}`);
  log.length = 0;
  const before = structuredClone(row.fields);
  const status = () => hardeningRows.rows.get(key);
  const fields = () => status()?.fields;
  return { ...keyturn, wakeUp, row, before, fields, status };
}

describe.each<HardeningArea>(['network', 'access', 'keyless'])('a message of a change of %s', (area) => {
  it('says so, like every other that the change has left', async () => {
    const { journal } = await begun[area]();
    expect(new Set(journal.queue.map(({ wakeUp }) => wakeUp.area ?? 'rotation'))).toEqual(new Set([area]));
  });

  it('from before another save is dropped', async () => {
    const { app, wakeUp, log, before, fields, journal } = await open(area);
    await app.advance({ ...wakeUp, wakeSeq: wakeUp.wakeSeq - 1 });
    expect(log).toEqual([{ event: 'wake-up-dropped', target: 'demo', reason: 'stale-message' }]);
    expect([fields(), journal.queue]).toEqual([before, []]);
  });

  it('that meets a worker leaves the change to that one, or its heir', async () => {
    const { app, wakeUp, log, row, fields, journal, clock } = await open(area);
    const held = { ...Object(row.fields), lease: { kind: 'held', token: 'theirs', saveSeq: 4 } };
    Object.assign(row, { fields: held, savedAtMs: clock.nowMs() });
    await app.advance(wakeUp);
    expect(fields()).toEqual(held);
    // It comes back when that one's lease may be overtaken.
    expect(journal.queue).toEqual([{ wakeUp, dueAtMs: clock.nowMs() + overtakenAfterMs + comeBackLaterMs }]);
    expect(log).toEqual([{ event: 'wake-up-dropped', target: 'demo', reason: 'busy' }]);
  });

  it('whose worker loses the lease midway ends there, and says so', async () => {
    const { app, wakeUp, log, hardeningRows, journal, fields, status, clock } = await open(area);
    const { save } = hardeningRows.ports;
    let saves = 0;
    hardeningRows.ports.save = async (...args) => {
      saves += 1;
      if (saves === 1) return await save(...args);
      const lease = { kind: 'held', token: 'theirs', saveSeq: 4 };
      Object.assign(Object(status()), { fields: { ...Object(fields()), lease } });
      return { kind: 'conflict' };
    };
    await app.advance(wakeUp);
    expect(saves).toBe(2);
    expect(log).toEqual([{ event: 'lease-lost', target: 'demo' }]);
    // What it sent before it took the lease outlives it.
    expect(journal.queue.at(0)).toEqual({ wakeUp, dueAtMs: clock.nowMs() + overtakenAfterMs + comeBackLaterMs });
  });

  it('that meets a journal which does not answer is no failure of the worker', async () => {
    const { app, wakeUp, log, hardeningRows } = await open(area);
    hardeningRows.ports.load = async () => {
      throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
    };
    await app.advance(wakeUp);
    expect(log).toEqual([{ event: 'storage-failed', target: 'demo', code: 'ServerBusy' }]);
  });

  it('that meets a fault of our own does not hide it', async () => {
    const { app, wakeUp, hardeningRows } = await open(area);
    hardeningRows.ports.load = async () => {
      throw new TypeError('a fault');
    };
    await expect(app.advance(wakeUp)).rejects.toThrow('a fault');
  });
});

it('a change of keys that is called off leaves a message of its own kind', async () => {
  const keyturn = await begun.keyless();
  const { app, journal } = keyturn;
  journal.queue.length = 0;
  const off = { identities: null, proveWithinMinutes: 360, confirm: [], dryRun: false, ifMatch: null } as const;
  await app.changeKeyless('demo', { ...off, enabled: false }, operator);
  expect(journal.queue.length).toBeGreaterThan(0);
  expect(new Set(journal.queue.map(({ wakeUp }) => wakeUp.area ?? 'rotation'))).toEqual(new Set(['keyless']));
});

it('a change of access waits while the instance is paused, and says so', async () => {
  const { app, wakeUp, log, before, fields } = await open('access');
  await app.setPause({ paused: true, reason: 'fire' }, operator);
  log.length = 0;
  await app.advance(wakeUp);
  expect(log).toEqual([{ event: 'wake-up-dropped', target: 'demo', reason: 'paused' }]);
  expect(fields()).toEqual(before);
});
