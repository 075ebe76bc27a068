import { describe, expect, it } from 'vitest';
import { firstPage } from '../../../src/app/targets/target-query.ts';
import type { LogEvent } from '../../../src/shared/log-event.ts';
import { type Slot, slots } from '../../../src/shared/slot.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, type SimulatedKeyturn, secretValue } from '../simulated-keyturn.ts';
import { adopted, deliverUntil, operator, rotating, rotationOf, rowOf } from '../steered-rotation.ts';

const leak = { dryRun: false, reason: 'found in a log', overlapSeconds: null } as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const pointer = ({ vault }: SimulatedKeyturn) => secretValue(vault, 'ai-services-active-key');
const listings = ({ azure }: SimulatedKeyturn) =>
  azure.calls.filter(({ operation }) => /listKeys/i.test(operation)).length;
const rowText = ({ journal }: SimulatedKeyturn) => JSON.stringify(rowOf(journal));

async function shown({ app }: SimulatedKeyturn) {
  const answer = await app.readTarget('demo');
  if (answer.kind !== 'found') throw new TypeError(answer.kind);
  return answer.target;
}

/** Nobody's word is waited for. */
const auto = { policy: { firstRotation: 'auto' } } as const;

/** Sweeps as the timer does, every five minutes, and delivers what that enqueues. */
async function sweepFor(keyturn: SimulatedKeyturn, forMs: number) {
  const untilMs = keyturn.clock.nowMs() + forMs;
  while (keyturn.clock.nowMs() < untilMs) {
    await keyturn.app.sweep();
    const due = keyturn.journal.queue.filter(({ dueAtMs }) => dueAtMs <= keyturn.clock.nowMs());
    for (const message of due) {
      keyturn.journal.queue.splice(keyturn.journal.queue.indexOf(message), 1);
      await keyturn.app.advance(message.wakeUp);
    }
    keyturn.clock.advance(5 * minuteMs);
  }
}

/** As a person does it in the portal. */
function replaceKey({ account, clock }: SimulatedKeyturn, slot: Slot): void {
  const held = account.keys.filter((key) => key.slot === slot).at(-1);
  if (held === undefined) throw new TypeError('no key');
  account.keys.push({ ...held, value: `${held.value.slice(0, -4)}9999`, madeAtMs: clock.nowMs() } as never);
}

/** The active key1 was reported as leaked, and consumers have just been led away from it. */
async function leadAway(change: Parameters<typeof adopted>[0] = {}, overlapSeconds = 3600) {
  const { keyturn, consumers } = await adopted({ ...auto, ...change });
  const leaked = currentKey(keyturn.account, 'key1');
  const begun = await keyturn.app.leak('demo', { ...leak, overlapSeconds, slot: 'key1' }, operator);
  if (begun.kind !== 'begun') throw new TypeError(begun.kind);
  await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
  return { keyturn, consumers, leaked, id: begun.rotation.id };
}

/** As above, and an operator has gone back to the leaked key, with the confirmation. */
async function rolledBack() {
  const { keyturn, leaked, id } = await leadAway();
  expect(await keyturn.app.rollBack('demo', id, operator, ['leaked-key1'])).toMatchObject({ kind: 'noted' });
  await deliverAll(keyturn.journal, keyturn.app);
  expect(pointer(keyturn)).toBe('key1');
  return { keyturn, leaked, id };
}

function measured({ journal }: SimulatedKeyturn) {
  const find = (event: LogEvent['event']) => journal.log.findLast((line) => line.event === event);
  return { target: find('target-measured'), fleet: find('fleet-measured') };
}

describe('a way back to a leaked key', () => {
  it('is not offered, and refused without the confirmation that names the key, which changes nothing', async () => {
    const { keyturn, id } = await leadAway();
    const detail = 'The key in key1 was reported as leaked. It stays valid, and consumers are led back to it.';
    const { rotation } = await shown(keyturn);
    expect(rotation?.actions).toEqual(['expedite']);
    expect(rotation?.rollbackUntil).toBeNull();
    expect(rotation?.actionsToConfirm).toEqual([
      { action: 'rollback', confirm: ['leaked-key1'], detail },
      { action: 'hold', confirm: ['leaked-key1'], detail: expect.stringContaining('as long as the overlap is held') },
    ]);
    const before = rowText(keyturn);
    const waiting = [...keyturn.journal.queue];
    for (const confirm of [[], ['leaked-key2'], ['opens-to-everyone']])
      expect(await keyturn.app.rollBack('demo', id, operator, confirm)).toEqual({
        kind: 'not-confirmed',
        risks: [{ name: 'leaked-key1', level: 'confirm', text: detail }],
      });
    expect(await keyturn.app.hold('demo', id, { reason: 'wait' }, operator)).toMatchObject({ kind: 'not-confirmed' });
    expect(rowText(keyturn)).toBe(before);
    expect(keyturn.journal.queue).toEqual(waiting);
  });

  it('is not offered by a cancel either, before consumers have left it', async () => {
    const { keyturn } = await adopted(auto);
    const begun = await keyturn.app.leak('demo', { ...leak, slot: 'key1' }, operator);
    const id = begun.kind === 'begun' ? begun.rotation.id : '';
    expect((await shown(keyturn)).rotation?.actionsToConfirm).toMatchObject([
      { action: 'cancel', confirm: ['leaked-key1'] },
    ]);
    expect(await keyturn.app.cancel('demo', id, operator)).toMatchObject({ kind: 'not-confirmed' });
    expect(await keyturn.app.cancel('demo', id, operator, ['leaked-key1'])).toMatchObject({ kind: 'noted' });
    await deliverAll(keyturn.journal, keyturn.app);
    expect(await shown(keyturn)).toMatchObject({ state: 'leaked', rotation: null, leakedKeys: [{ slot: 'key1' }] });
  });

  it('needs no confirmation if the leaked key is replaced already', async () => {
    const { keyturn } = await adopted(auto);
    const begun = await keyturn.app.leak('demo', { ...leak, slot: 'key2' }, operator);
    const id = begun.kind === 'begun' ? begun.rotation.id : '';
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect((await shown(keyturn)).rotation?.actions).toEqual(['rollback', 'hold', 'expedite']);
    expect(await keyturn.app.rollBack('demo', id, operator)).toMatchObject({ kind: 'noted' });
    await deliverAll(keyturn.journal, keyturn.app);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key1', leakedKeys: [] });
  });

  it('needs one of the next rotation as well, whoever began it', async () => {
    const { keyturn } = await rolledBack();
    keyturn.clock.advance(3 * hourMs);
    const started = await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const id = started.kind === 'started' ? started.rotation.id : '';
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect(await keyturn.app.rollBack('demo', id, operator)).toMatchObject({ kind: 'not-confirmed' });
    await deliverAll(keyturn.journal, keyturn.app);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });

  it('that was asked for before the report is not taken: nobody is led back', async () => {
    const { keyturn, id } = await rotating();
    const { app, account, journal } = keyturn;
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    const leaked = currentKey(account, 'key1');
    await app.rollBack('demo', id, operator);
    await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    const pointed: (string | null)[] = [];
    keyturn.afterEachCall(async () => {
      pointed.push(pointer(keyturn));
    });
    await deliverAll(journal, app);
    expect(new Set(pointed)).toEqual(new Set(['key2']));
    expect(currentKey(account, 'key1')).not.toBe(leaked);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', leakedKeys: [] });
  });

  it('that was begun before the report ends while it has written nothing yet', async () => {
    const { keyturn, id } = await rotating();
    const { app, journal } = keyturn;
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    await app.rollBack('demo', id, operator);
    let told = false;
    keyturn.afterEachCall(async () => {
      const rotation = rotationOf(journal);
      if (told || rotation?.kind !== 'rolling-back' || rotation.sent !== null) return;
      told = true;
      await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    });
    await deliverUntil(keyturn, () => told);
    expect(pointer(keyturn)).toBe('key2');
    expect(rowOf(journal).requestRefused).toMatchObject({ action: 'roll-back', reason: 'key-leaked' });
    await deliverAll(journal, app);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });
});

describe('a target with a leaked key', () => {
  it('is leaked from the report until two looks at the account show the key in neither slot', async () => {
    const { keyturn, leaked } = await leadAway();
    const { app, account, journal, clock } = keyturn;
    const seen = await shown(keyturn);
    expect(seen).toMatchObject({
      state: 'leaked',
      detail:
        'The key in key1 was reported as leaked, and may still be valid. A rotation is in flight. Consumers that cached the old key may still use it.',
      leakedKeys: [{ slot: 'key1', by: operator.objectId, reason: 'found in a log', failure: null }],
    });
    await deliverUntil(keyturn, () => currentKey(account, 'key1') !== leaked);
    const atMs = clock.nowMs();
    await deliverUntil(keyturn, () => rowOf(journal).leaks.length === 0);
    expect(clock.nowMs() - atMs).toBeLessThan(minuteMs);
    await deliverAll(journal, app);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', leakedKeys: [] });
    expect(journal.log).toContainEqual({ event: 'leaked-key-gone', target: 'demo', slot: 'key1' });
  });

  it('stays leaked after a confirmed rollback, in every view and number, and is due again after a day', async () => {
    const { keyturn } = await rolledBack();
    const { app, journal } = keyturn;
    await app.sweep();
    await deliverAll(journal, app);
    const says =
      'The key in key1 was reported as leaked, and may still be valid. No rotation replaces it: report it again.';
    const target = await shown(keyturn);
    expect(target).toMatchObject({ state: 'leaked', detail: says, activeSlot: 'key1' });
    expect(target.leakedKeys[0]?.seenAt).not.toBeNull();
    expect(await app.listTargets(firstPage)).toMatchObject({ targets: [{ state: 'leaked', detail: says }] });
    await app.sweep();
    expect(await app.readFleet()).toMatchObject({ fleet: { leaked: ['demo'] } });
    expect(measured(keyturn)).toMatchObject({ target: { status: 'leaked' }, fleet: { leaked: 1, suspended: 0 } });
    expect((await shown(keyturn)).schedule).toMatchObject({ answer: 'leave', reason: 'undone-recently' });
    keyturn.clock.advance(dayMs);
    await sweepFor(keyturn, 30 * minuteMs);
    expect(rotationOf(journal)).toMatchObject({ cause: 'schedule' });
    await deliverAll(journal, app);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });

  it('ends with the looks that follow when a person has regenerated the key', async () => {
    const { keyturn, leaked } = await rolledBack();
    await sweepFor(keyturn, 20 * minuteMs);
    expect((await shown(keyturn)).state).toBe('leaked');
    replaceKey(keyturn, 'key1');
    await sweepFor(keyturn, 20 * minuteMs);
    expect(currentKey(keyturn.account, 'key1')).not.toBe(leaked);
    expect(await shown(keyturn)).toMatchObject({ leakedKeys: [] });
  });

  it('is looked at four times an hour while nothing replaces the key', async () => {
    const { keyturn } = await rolledBack();
    await sweepFor(keyturn, 30 * minuteMs);
    const before = listings(keyturn);
    await sweepFor(keyturn, 4 * hourMs);
    const looks = listings(keyturn) - before;
    expect(looks).toBeGreaterThanOrEqual(12);
    expect(looks).toBeLessThanOrEqual(21);
  });

  it('reported again while the way back is taken, is replaced after all', async () => {
    const { keyturn, id, leaked } = await leadAway();
    const { app, journal, account } = keyturn;
    await app.rollBack('demo', id, operator, ['leaked-key1']);
    expect(await app.leak('demo', { ...leak, slot: 'key1' }, operator)).toMatchObject({ kind: 'begun' });
    await deliverAll(journal, app);
    expect(currentKey(account, 'key1')).not.toBe(leaked);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });

  it('is not led to its other key if that one has leaked as well', async () => {
    const { keyturn } = await rolledBack();
    const { app, journal, account, clock } = keyturn;
    clock.advance(3 * hourMs);
    const leaked = new Set(slots.map((slot) => currentKey(account, slot)));
    const ids: string[] = [];
    const report = async (slot: Slot) => {
      const begun = await app.leak('demo', { ...leak, slot }, operator);
      if (begun.kind === 'begun') ids.push(begun.rotation.id);
      return begun;
    };
    await report('key2');
    await app.cancel('demo', ids[0] ?? '', operator, ['leaked-key1', 'leaked-key2']);
    await deliverAll(journal, app);
    expect(await shown(keyturn)).toMatchObject({ state: 'leaked', leakedKeys: [{ slot: 'key1' }, { slot: 'key2' }] });
    expect(await report('key1')).toMatchObject({
      kind: 'begun',
      preview: { effect: expect.stringContaining('Both keys have leaked') },
    });
    const given = new Set<string>();
    keyturn.afterEachCall(async () => {
      if (pointer(keyturn) === 'key2') given.add(currentKey(account, 'key2'));
    });
    await deliverAll(journal, app);
    for (const key of given) expect(leaked.has(key)).toBe(false);
    for (const slot of slots) expect(leaked.has(currentKey(account, slot))).toBe(false);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });

  it('is not led to its other key if that one is reported before consumers get there', async () => {
    const { keyturn } = await adopted(auto);
    const { app, journal, account } = keyturn;
    const leaked = new Set(slots.map((slot) => currentKey(account, slot)));
    await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    await app.leak('demo', { ...leak, slot: 'key2' }, operator);
    const given = new Set<string>();
    keyturn.afterEachCall(async () => {
      if (pointer(keyturn) === 'key2') given.add(currentKey(account, 'key2'));
    });
    await deliverAll(journal, app);
    expect(given.size).toBe(1);
    for (const key of given) expect(leaked.has(key)).toBe(false);
    for (const slot of slots) expect(leaked.has(currentKey(account, slot))).toBe(false);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', activeSlot: 'key2', leakedKeys: [] });
  });

  it('reported again before the key is gone goes on; reported after, it means the key that stands there now', async () => {
    const { keyturn } = await adopted(auto);
    const { app, journal, account } = keyturn;
    await app.leak('demo', { ...leak, slot: 'key2' }, operator);
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    const second = currentKey(account, 'key2');
    expect(rowOf(journal).leaks).toEqual([]);
    await app.leak('demo', { ...leak, slot: 'key2' }, operator);
    expect(await shown(keyturn)).toMatchObject({ state: 'leaked', leakedKeys: [{ slot: 'key2' }] });
    await deliverAll(journal, app);
    expect(currentKey(account, 'key2')).not.toBe(second);
    expect(await shown(keyturn)).toMatchObject({ state: 'idle', leakedKeys: [] });
  });

  it('is leaked again when its row was lost and is recreated', async () => {
    const { keyturn } = await rolledBack();
    keyturn.journal.journal.row = null;
    await sweepFor(keyturn, 20 * minuteMs);
    expect(keyturn.journal.log).toContainEqual({ event: 'journal-rebuilt', target: 'demo' });
    expect(await shown(keyturn)).toMatchObject({ state: 'leaked', leakedKeys: [{ slot: 'key1' }] });
  });

  it('is leaked again when its row was put back as it was before the report', async () => {
    const { keyturn } = await adopted(auto);
    await sweepFor(keyturn, 5 * minuteMs);
    const before = keyturn.journal.journal.row;
    const begun = await keyturn.app.leak('demo', { ...leak, slot: 'key1' }, operator);
    const id = begun.kind === 'begun' ? begun.rotation.id : '';
    await keyturn.app.cancel('demo', id, operator, ['leaked-key1']);
    await deliverAll(keyturn.journal, keyturn.app);
    await sweepFor(keyturn, 2 * hourMs);
    expect((await shown(keyturn)).state).toBe('leaked');
    keyturn.journal.journal.row = before === null ? null : { ...before };
    expect((await shown(keyturn)).state).not.toBe('leaked');
    await sweepFor(keyturn, 2 * hourMs);
    expect(await shown(keyturn)).toMatchObject({ leakedKeys: [{ slot: 'key1' }] });
  });
});
