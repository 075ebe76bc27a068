import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../steered-rotation.ts';
import { type App, adopt, move, rotated, type Settled, settled } from './moved-keyturn.ts';

const dayMs = 24 * 3_600_000;

/** Ids of all rotations, by pages of one. */
async function listed(app: App, name = 'demo'): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ids.length < 20; ) {
    const page = await app.listRotations(name, { limit: 1, after });
    if (page.kind !== 'found') throw new TypeError(page.kind);
    ids.push(...page.rotations.map(({ id }) => id));
    if (page.next === null) break;
    after = page.next;
  }
  return ids;
}

async function auditTrailOf(app: App, id: string, name = 'demo') {
  const answer = await app.readAuditTrail(name, id, { limit: 1000, after: null });
  if (answer.kind !== 'found') return answer.kind;
  return answer.auditTrail.entries;
}

/** Another account is made at the id that the first one had, with secrets of its own. */
function newcomer({ azure, account, target, appFor }: Settled): App {
  const { resourceGroup } = target.account;
  const properties = {
    ...account.resource.properties,
    internalId: 'newcomer',
    customSubDomainName: 'ai-newcomer',
    endpoint: 'https://ai-newcomer.cognitiveservices.azure.com/',
  };
  const keys = account.keys.filter(({ replacedAtMs }) => replacedAtMs === null);
  azure.world.accounts.push({
    ...structuredClone(account),
    resourceGroup,
    internalId: 'newcomer',
    resource: { ...structuredClone(account.resource), properties },
    keys: keys.map((key) => ({ ...key, value: `newcomer-${key.slot}`.padEnd(84, 'x') })),
  });
  return appFor([{ ...target, name: 'newcomer', prefix: 'newcomer', layout: { kind: 'pointer' } }]);
}

/** What the app makes of a key that was found. */
async function whose(app: App, key = '') {
  const answer = await app.identify(new SecretText(key), operator);
  if (answer.kind !== 'identified') throw new TypeError(answer.kind);
  return answer.identified.matches.map(({ target, slot, status }) => ({ target, slot, status }));
}

/** The account after one rotation under its first id, moved and adopted. */
async function moved(historyRetentionMs?: number) {
  const world = await settled(historyRetentionMs);
  const [first = ''] = await listed(world.app);
  const { app, moved: target } = move(world);
  expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
  world.clock.advance(3 * target.policy.overlapMs);
  return { world, app, first, formerId: world.target.account.armId, armId: target.account.armId };
}

describe('the history of an account that was moved', () => {
  it('lists what was under both ids, newest first, and shows each with its evidence', async () => {
    const { world, app, first } = await moved();
    const before = await auditTrailOf(world.app, first);
    const second = await rotated(app, world);
    expect(await listed(app)).toEqual([second, first]);
    expect(await app.readRotation('demo', first)).toMatchObject({ kind: 'found', rotation: { state: 'completed' } });
    expect((await auditTrailOf(app, first)).length).toBeGreaterThan(10);
    expect(before).toBe('unknown-rotation');
  });

  it('tells a rotation that was in flight once, under both ids in the order of time, and says nothing twice', async () => {
    const world = await settled();
    const { rowAt, target, journal, clock } = world;
    await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    while (rowAt(target.account.armId).rotation?.kind !== 'overlapping') {
      const next = journal.queue.shift();
      if (next === undefined) throw new TypeError('never overlapping');
      clock.advance(Math.max(0, next.dueAtMs - clock.nowMs()));
      await world.app.advance(next.wakeUp);
    }
    journal.queue.length = 0;
    const [id = ''] = await listed(world.app);
    const { app } = move(world);
    await adopt(app, world);
    await app.resume('demo', id, operator);
    await deliverAll(journal, app);
    expect((await listed(app)).filter((one) => one === id)).toHaveLength(1);
    const entries = await auditTrailOf(app, id);
    if (typeof entries === 'string') throw new TypeError(entries);
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted());
    const told = entries.flatMap(({ changes }) => changes.map(({ what }) => what));
    for (const once of ['began', 'suspended', 'resumed', 'ended'])
      expect(told.filter((what) => what === once)).toEqual([once]);
    expect(entries.flatMap(({ changes }) => changes).find(({ what }) => what === 'suspended')).toMatchObject({
      reason: 'account-moved',
      state: 'overlapping',
    });
  });

  it('knows a request that was sent again after the move', async () => {
    const world = await settled();
    const id = await rotated(world.app, world, 'demo', 'once');
    const { app } = move(world);
    await adopt(app, world);
    world.clock.advance(3 * world.target.policy.overlapMs);
    const again = await app.startRotation('demo', { inactiveKeyUnused: true, idempotencyKey: 'once' }, operator);
    expect(again).toMatchObject({ kind: 'started', rotation: { id, state: 'completed' } });
  });

  it('stays whole when the account is moved twice, and back to its first id', async () => {
    const { world, app, first } = await moved();
    const second = await rotated(app, world);
    const third = move(world, false, 'rg-third');
    await adopt(third.app, world);
    world.clock.advance(3 * world.target.policy.overlapMs);
    const ids = [await rotated(third.app, world), second, first];
    expect(await listed(third.app)).toEqual(ids);
    Object.assign(world.account, { resourceGroup: world.target.account.resourceGroup });
    await adopt(world.app, world);
    world.clock.advance(3 * world.target.policy.overlapMs);
    expect(await listed(world.app)).toEqual(ids);
    const last = await rotated(world.app, world);
    expect(await listed(world.app)).toEqual([last, ...ids]);
    for (const id of ids) expect(await world.app.readRotation('demo', id)).toMatchObject({ kind: 'found' });
  });

  it('is not shown to another account that gets the former id, nor is its shown to the first', async () => {
    const { world, app, first, formerId } = await moved();
    const { journal } = world;
    const mine = await rotated(app, world, 'demo', 'once');
    const other = newcomer(world);
    expect(await adopt(other, world, 'newcomer')).toMatchObject({
      kind: 'adopted',
      target: { state: 'awaiting-first-rotation' },
    });
    const { lastDone, lastEnd, firstRotationConfirmedBy, leaks } = world.rowAt(formerId);
    expect({ lastDone, lastEnd, firstRotationConfirmedBy, leaks }).toEqual({
      lastDone: null,
      lastEnd: null,
      firstRotationConfirmedBy: null,
      leaks: [],
    });
    expect(await listed(other, 'newcomer')).toEqual([]);
    expect(await other.readRotation('newcomer', first)).toEqual({ kind: 'unknown-rotation' });
    expect(await auditTrailOf(other, first, 'newcomer')).toBe('unknown-rotation');
    world.clock.advance(3 * world.target.policy.overlapMs);
    const theirs = await rotated(other, world, 'newcomer', 'once');
    expect(theirs).not.toBe(mine);
    await deliverAll(journal, other);
    expect(await listed(other, 'newcomer')).toEqual([theirs]);
    expect(await listed(app)).toEqual([mine, first]);
    expect(await app.readRotation('demo', theirs)).toEqual({ kind: 'unknown-rotation' });
  });

  it('keeps apart what each asked under one name while it had the id', async () => {
    const world = await settled();
    const mine = await rotated(world.app, world, 'demo', 'once');
    const { app } = move(world);
    await adopt(app, world);
    const other = newcomer(world);
    await adopt(other, world, 'newcomer');
    world.clock.advance(3 * world.target.policy.overlapMs);
    expect(await rotated(other, world, 'newcomer', 'once')).not.toBe(mine);
    expect(
      await app.startRotation('demo', { inactiveKeyUnused: true, idempotencyKey: 'once' }, operator),
    ).toMatchObject({
      kind: 'started',
      rotation: { id: mine },
    });
  });

  it('goes when it is old, under every id, and no other account loses a row by it', async () => {
    const { world, app, formerId } = await moved(30 * dayMs);
    await rotated(app, world);
    const other = newcomer(world);
    await adopt(other, world, 'newcomer');
    world.clock.advance(40 * dayMs);
    const theirs = await rotated(other, world, 'newcomer');
    const rows = world.of(formerId).historyAfter('', null).length;
    for (let sweep = 0; sweep < 3; sweep += 1) {
      world.clock.advance(dayMs / 2);
      await app.sweep();
    }
    expect(await listed(app)).toEqual([]);
    const left = world.of(formerId).historyAfter('', null);
    expect(left.length).toBeLessThan(rows);
    expect(left.filter(({ key }) => /^(begun|evidence|end)-/.test(key) && !key.includes(theirs))).toEqual([]);
    expect(await listed(other, 'newcomer')).toEqual([theirs]);
    expect((await auditTrailOf(other, theirs, 'newcomer')).length).toBeGreaterThan(10);
  });

  it('is found again when the journal under the new id is lost and recreated', async () => {
    const { world, app, first, armId } = await moved();
    const second = await rotated(app, world);
    world.of(armId).row = null;
    for (let sweep = 0; sweep < 3; sweep += 1) {
      world.clock.advance(dayMs);
      await app.sweep();
    }
    expect(world.rowAt(armId).adoptedAtMs).not.toBeNull();
    expect(await listed(app)).toEqual([second, first]);
  });

  it('is whole, and kept from others, after a crash before the former row was given up', async () => {
    const world = await settled();
    const [first = ''] = await listed(world.app);
    const { app, moved: target } = move(world);
    await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(10 * 60_000);
    const former = world.of(world.target.account.armId);
    const { save } = former;
    former.save = () => {
      throw new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
    };
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'unavailable' });
    former.save = save;
    expect(world.rowAt(target.account.armId).adoptedAtMs).not.toBeNull();
    expect(world.rowAt(world.target.account.armId).adoptedAtMs).not.toBeNull();
    // What the row under the new id has learnt since is newer than what the former one still holds.
    const present = world.of(target.account.armId);
    const since = { ...world.rowAt(target.account.armId), firstRotationConfirmedBy: 'given since' };
    present.save(since, present.row?.etag ?? null, []);
    world.clock.advance(10 * 60_000);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
    expect(world.rowAt(target.account.armId).firstRotationConfirmedBy).toBe('given since');
    expect(world.rowAt(world.target.account.armId).adoptedAtMs).toBeNull();
    expect(await listed(app)).toEqual([first]);
    const other = newcomer(world);
    expect(await adopt(other, world, 'newcomer')).toMatchObject({ kind: 'adopted' });
    expect(await listed(other, 'newcomer')).toEqual([]);
  });

  it('comes with its leaked keys, which the former id knows no more', async () => {
    const world = await settled();
    await world.app.leak(
      'demo',
      { slot: 'key1', reason: 'in a public log', dryRun: false, overlapSeconds: 60 },
      operator,
    );
    const before: AccountRow = world.rowAt(world.target.account.armId);
    expect(before.leaks.map(({ slot }) => slot)).toEqual(['key1']);
    world.journal.queue.length = 0;
    const { app, moved: target } = move(world);
    await adopt(app, world);
    expect(world.rowAt(target.account.armId).leaks).toEqual(before.leaks);
    const former = world.of(world.target.account.armId);
    expect(former.readHistory('leaked-keys')).toEqual({ leaks: [] });
    expect(former.historyAfter('audit-', null).flatMap(({ fields }) => Object(fields).changes)).not.toContainEqual(
      expect.objectContaining({ what: 'leaked-key-gone' }),
    );
  });
});

describe('a key of an account that was moved', () => {
  it('is told by what was known under every id, and no other account is told by it', async () => {
    const { world, app } = await moved();
    const [retired] = world.account.keys.filter(({ replacedAtMs }) => replacedAtMs !== null);
    const match = await whose(app, retired?.value);
    expect(match).toEqual([{ target: 'demo', slot: retired?.slot, status: 'retired' }]);
    const other = newcomer(world);
    await adopt(other, world, 'newcomer');
    expect(await whose(other, retired?.value)).toEqual([]);
    expect(await whose(other, 'newcomer-key1'.padEnd(84, 'x'))).toEqual([
      { target: 'newcomer', slot: 'key1', status: expect.any(String) },
    ]);
    expect(await whose(app, 'newcomer-key1'.padEnd(84, 'x'))).toEqual([]);
  });
});

describe('an account that was moved is offboarded', () => {
  const rowsAt = (world: Settled, armId: string) => world.of(armId).historyAfter('', null);
  const offboard = (app: App, name = 'demo') =>
    app.offboard(name, { dryRun: false, history: 'remove', confirm: [], ifMatch: ['*'] }, operator);

  it('with its history under every id, and the other account at the former one keeps all of its own', async () => {
    const { world, app, formerId, armId } = await moved();
    await rotated(app, world);
    const other = newcomer(world);
    await adopt(other, world, 'newcomer');
    world.clock.advance(3 * world.target.policy.overlapMs);
    const theirs = await rotated(other, world, 'newcomer');
    const atNewcomer = world.of(formerId).row;
    const auditTrail = await auditTrailOf(other, theirs, 'newcomer');
    expect(await offboard(app)).toMatchObject({ kind: 'offboarded' });
    expect(rowsAt(world, armId).map(({ key }) => key)).toEqual(['offboarded']);
    expect(world.of(armId).row).toBeNull();
    expect(world.of(formerId).row).toBe(atNewcomer);
    expect(await listed(other, 'newcomer')).toEqual([theirs]);
    expect(await auditTrailOf(other, theirs, 'newcomer')).toEqual(auditTrail);
    const left = rowsAt(world, formerId).filter(({ key }) => /^(begun|end|audit)-/.test(key));
    expect(left.filter(({ key }) => !key.includes(theirs))).toEqual([]);
    // Nothing is left to do: what stands under the former id is not its own.
    expect(await offboard(app)).toMatchObject({ kind: 'offboarded', plan: { differences: [] } });
  });

  it('and the earlier history of its id stays with the account that was moved away', async () => {
    const { world, app, first, formerId } = await moved();
    const other = newcomer(world);
    await adopt(other, world, 'newcomer');
    world.clock.advance(3 * world.target.policy.overlapMs);
    const theirs = await rotated(other, world, 'newcomer');
    const auditTrail = await auditTrailOf(app, first);
    expect(await offboard(other, 'newcomer')).toMatchObject({ kind: 'offboarded' });
    expect(await listed(app)).toEqual([first]);
    expect(await auditTrailOf(app, first)).toEqual(auditTrail);
    expect(rowsAt(world, formerId).filter(({ key }) => key.includes(theirs))).toEqual([]);
    // Adopted again, it still does not know the other's.
    await adopt(other, world, 'newcomer');
    expect(await listed(other, 'newcomer')).toEqual([]);
  });

  it('with no tag that names Keyturn left on its secrets', async () => {
    const { world, app } = await moved();
    await offboard(app);
    expect(JSON.stringify(world.vault.secrets.map(({ versions }) => versions.at(-1)?.tags))).not.toContain('keyturn');
  });
});

describe('the hardening of an account that was moved', () => {
  it('is known under its new id, roles apart, and under the former id no more', async () => {
    const world = await settled();
    const { hardeningRows, target } = world;
    const row = (state: unknown) => ({
      schemaVersion: 1,
      lease: { kind: 'released', token: '', saveSeq: 0 },
      settleUntilMs: 0,
      inDoubt: null,
      wakeAtMs: null,
      wakeSeq: 3,
      retrying: null,
      state,
    });
    const network = row({ change: null, last: null, closedSinceMs: 7 });
    const keyless = row({
      verified: { atMs: 5, accepted: true, code: '200' },
      offSinceMs: null,
      change: null,
      last: null,
    });
    await hardeningRows.ports.save(target.account, 'network', network, null);
    await hardeningRows.ports.save(target.account, 'keyless', keyless, null);
    await hardeningRows.ports.save(target.account, 'access', row({ asked: [], change: null, last: null }), null);
    const { app, moved: there } = move(world);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
    const fieldsAt = async (account: typeof target.account) =>
      Object.fromEntries([...(await hardeningRows.ports.loadAll(account))].map(([name, { fields }]) => [name, fields]));
    expect(await fieldsAt(there.account)).toEqual({ network, keyless });
    expect(await fieldsAt(target.account)).toEqual({});
  });

  it('is not carried along while somebody is at a change of it', async () => {
    const world = await settled();
    const { hardeningRows, target, clock } = world;
    const leased = {
      schemaVersion: 1,
      lease: { kind: 'held', token: 'another', saveSeq: 1 },
      settleUntilMs: 0,
      inDoubt: null,
      wakeAtMs: null,
      wakeSeq: 1,
      state: {},
    };
    const { app } = move(world);
    await app.adopt('demo', { activeSlot: null }, operator);
    clock.advance(10 * 60_000);
    await hardeningRows.ports.save(target.account, 'network', leased, null);
    const before = world.rowAt(target.account.armId);
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ reason: 'lost-race' });
    expect(world.rowAt(target.account.armId)).toEqual(before);
    clock.advance(10 * 60_000);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
  });
});
