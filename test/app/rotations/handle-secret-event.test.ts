import { describe, expect, it } from 'vitest';
import { handleSecretEvent } from '../../../src/app/rotations/handle-secret-event.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { EventOutcome } from '../../../src/rotation/schedule/last-event.ts';
import type { SecretEvent } from '../../../src/shared/azure-events.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { fixedTargets, type KnownTarget } from '../../../src/targets/target-source.ts';
import type { Call } from '../../memory-world/call.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildState } from '../../rotation/row-builder.ts';

const target = buildTarget();
const refused: Failure = { kind: 'refused', reason: 'bad-request', code: 'InvalidInput' };
const passing: Failure = { kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null };

/** An adopted target whose keys end within 30 days, and the event that says so. */
async function open(known: Partial<KnownTarget> = {}) {
  const { world } = await openTarget(target, 'key1');
  const { journal, vault, clock, log, ports, adversary } = world;
  clock.advance(target.policy.rotateEveryMs);
  const version = vault.versionsOf('ai-services-key1').at(-1)?.version.version ?? '';
  const event: SecretEvent = { kind: 'near-expiry', vault: 'kv-ai102-secure', secret: 'ai-services-key1', version };
  const targets = fixedTargets([target]);
  const listed = (await targets.list()).map((one) => ({ ...one, ...known }));
  const change = (row: Partial<Record<keyof AccountRow, unknown>>) =>
    journal.restore({ ...Object(journal.row?.fields), ...row });
  change({ firstRotationConfirmedBy: 'ada' });
  log.length = 0;
  return {
    ...{ world, event, adversary, change },
    handle: (change: Partial<SecretEvent> = {}) =>
      handleSecretEvent(ports, { ...targets, list: async () => listed }, { ...event, ...change }),
    row: () => readRow(journal.row?.fields),
    note: () => journal.event?.fields ?? null,
    storageNowMs: () => Math.floor(clock.nowMs() / 1000) * 1000,
    said: (reason: EventOutcome | null, name = 'secret-near-expiry') => ({
      ...{ event: name, vault: event.vault, secret: event.secret, target: 'demo' },
      ...{ answer: reason === null ? 'started' : 'left', reason },
    }),
  };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Throws from every call of this kind. */
const failing =
  (operation: string, failure: Failure): ((scene: Scene) => void) =>
  ({ world }) => {
    world.adversary.before = (call: Call) => {
      if (call.operation === operation) throw new FailureError(failure);
    };
  };

describe('an event that is for a rotation', () => {
  it.each<[SecretEvent['kind'], logged: string, Partial<SecretEvent>]>([
    ['near-expiry', 'secret-near-expiry', {}],
    ['expired', 'secret-expired', { deliveryPath: 'queue' }],
  ])('of kind %s starts it, is logged, and noted with the target', async (kind, logged, more) => {
    const { handle, row, note, said, event, world, storageNowMs } = await open();
    const atMs = storageNowMs();
    await handle({ kind, ...more });
    const { rotation, firstRotationConfirmedBy } = row() ?? {};
    expect(firstRotationConfirmedBy).toBe('ada');
    expect(rotation).toMatchObject({ kind: 'preparing', cause: kind, startedBy: kind });
    expect(note()).toEqual({
      ...{ schemaVersion: 1, kind, secret: event.secret, version: event.version, ...more },
      ...{ reason: null, rotationId: Reflect.get(Object(rotation), 'rotationId'), atMs },
    });
    expect(world.log.filter(({ event: name }) => name === logged)).toEqual([said(null, logged)]);
  });

  it('starts it under whatever case its secret is named: the vault is asked for the target’s own', async () => {
    const { handle, world, row } = await open();
    world.calls.length = 0;
    await handle({ secret: 'AI-SERVICES-KEY1' });
    const asked = world.calls.filter(({ service }) => service === 'vault').map(({ subject }) => subject);
    expect([asked, row()?.rotation?.kind]).toEqual([['ai-services-key1'], 'preparing']);
  });

  it('starts it if another worker saved the row in the same moment', async () => {
    const { handle, row, world, change, note } = await open();
    let saves = 0;
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') saves += 1;
      if (operation === 'save' && saves === 1) change({});
    };
    await handle();
    expect([saves, row()?.rotation?.kind, note()]).toEqual([2, 'preparing', expect.objectContaining({ reason: null })]);
  });

  it('comes again if others save the row again and again', async () => {
    const { handle, row, world, change, note } = await open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'save') change({});
    };
    await expect(handle()).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'lost-race' } });
    expect([row()?.rotation, note(), world.log]).toEqual([null, null, []]);
  });

  it('is handled all the same if it cannot be noted', async () => {
    const scene = await open();
    failing('save-last-event', passing)(scene);
    await scene.handle();
    expect(scene.row()?.rotation?.kind).toBe('preparing');
    expect(scene.note()).toBeNull();
    expect(scene.world.log).toContainEqual({ event: 'storage-failed', target: 'demo', code: 'ServerBusy' });
  });
});

describe('an event is left, and noted with the reason:', () => {
  const from = buildState('preparing');
  it.each<[EventOutcome, (scene: Scene) => unknown, rotationId?: string]>([
    ['newer-schema', ({ change }) => change({ schemaVersion: 99 })],
    ['in-flight', ({ change }) => change({ rotation: from }), from.rotationId],
    [
      'suspended',
      ({ change }) => change({ rotation: { kind: 'suspended', reason: 'pointer-moved', sinceMs: 1, from } }),
      from.rotationId,
    ],
    ['not-adopted', ({ change }) => change({ adoptedAtMs: null })],
    ['adopted-elsewhere', ({ change }) => change({ prefix: 'other' })],
    ['keyless', ({ change }) => change({ keyless: { by: 'ada', atMs: 1 } })],
    ['awaiting-first-rotation', ({ change }) => change({ firstRotationConfirmedBy: null })],
    ['vault-unreadable', failing('get', passing)],
    ['secret-gone', ({ world }) => world.vault.setDeleted('ai-services-key1', true)],
  ])('%s', async (reason, happens, rotationId = undefined) => {
    const scene = await open();
    happens(scene);
    const { handle, note, said, world, row, storageNowMs } = scene;
    const before = row()?.rotation;
    await handle();
    expect(note()).toMatchObject({ reason, rotationId: rotationId ?? null, atMs: storageNowMs() });
    expect(world.log.filter(({ event }) => event === 'secret-near-expiry')).toEqual([said(reason)]);
    expect(row()?.rotation).toEqual(before);
  });

  it.each<[EventOutcome, Partial<Record<keyof AccountRow, unknown>>, rotationId?: string]>([
    ['newer-schema', { schemaVersion: 99 }],
    ['in-flight', { rotation: from }, from.rotationId],
    ['not-adopted', { adoptedAtMs: null }],
    ['adopted-elsewhere', { prefix: 'other' }],
    ['awaiting-first-rotation', { firstRotationConfirmedBy: null }],
  ])('%s, which became so while the vault was asked', async (reason, becomes, rotationId = undefined) => {
    const { handle, note, said, world, change } = await open();
    world.adversary.before = ({ operation }) => {
      if (operation === 'get') change(becomes);
    };
    await handle();
    expect(note()).toMatchObject({ reason, rotationId: rotationId ?? null });
    expect(world.log).toEqual([said(reason)]);
  });

  it('nobody has adopted the target: no row tells the time', async () => {
    const { handle, note, world, said } = await open();
    world.journal.restore(null);
    await handle();
    expect(note()).toMatchObject({ reason: 'not-adopted', rotationId: null, atMs: world.clock.nowMs() });
    expect(world.log).toEqual([said('not-adopted')]);
  });

  it.each<[NonNullable<KnownTarget['blocked']>]>([['paused-by-tag'], ['no-longer-a-target']])('%s', async (blocked) => {
    const { handle, note, world, said, row } = await open({ blocked, origin: 'discovered' });
    await handle();
    expect(note()).toMatchObject({ reason: blocked });
    expect([world.log, row()?.rotation]).toEqual([[said(blocked)], null]);
  });

  it('the vault’s own answer is logged, if it gives the secret to nobody', async () => {
    const scene = await open();
    failing('get', passing)(scene);
    await scene.handle();
    expect(scene.world.log).toEqual([
      { event: 'secret-not-read', target: 'demo', code: 'ServerBusy' },
      scene.said('vault-unreadable'),
    ]);
  });

  it.each<[string, Partial<SecretEvent>, EventOutcome]>([
    ['whose vault nobody knows', { vault: 'kv-other' }, 'vault-unknown'],
    ['whose secret nobody knows', { secret: 'database' }, 'secret-unknown'],
  ])('%s, with no target', async (_, change, reason) => {
    const { handle, world, note, event, said } = await open();
    const calls = world.calls.length;
    await handle(change);
    expect(world.log).toEqual([{ ...said(reason), ...change, target: null }]);
    expect([note(), world.calls.length, event.kind]).toEqual([null, calls, 'near-expiry']);
  });
});

describe('a journal that cannot be asked', () => {
  it('now lets the event come again', async () => {
    const scene = await open();
    failing('load', passing)(scene);
    const before = scene.world.calls.length;
    await expect(scene.handle()).rejects.toEqual(new FailureError(passing));
    expect([scene.note(), scene.world.log, scene.world.calls.length - before]).toEqual([null, [], 1]);
  });

  it('at all does not: the event is logged and acknowledged', async () => {
    const scene = await open();
    failing('load', refused)(scene);
    await scene.handle();
    expect(scene.note()).toBeNull();
    expect(scene.world.log).toEqual([{ event: 'storage-failed', target: 'demo', code: 'InvalidInput' }]);
  });

  it('lets a fault of our own through', async () => {
    const scene = await open();
    scene.world.adversary.before = () => {
      throw new TypeError('ours');
    };
    await expect(scene.handle()).rejects.toThrow('ours');
  });
});

it('a rotation that fills the bounds of the fleet holds an event back', async () => {
  const { world, event, note } = await open();
  const limits = { maxRunning: 1, maxRunningPerSubscription: 0, stopAfterFailures: 0, startJitterMs: 0 };
  const heldUpBy = { failed: 0, pendingCanaries: [], running: 1, runningIn: {} };
  await world.ports.pauses.save(`${world.ports.instance}.fleet`, {
    ...{ schemaVersion: 2, targets: 2, running: 1, runningIn: {}, failures: [], reasons: {}, waiting: [] },
    ...{ longestRunning: ['other'], heldUpBy: { declared: heldUpBy, discovered: heldUpBy } },
  });
  const handle = (fleet?: object) =>
    handleSecretEvent({ ...world.ports, ...(fleet && { fleet: fleet as never }) }, fixedTargets([target]), event);
  await handle({ ...limits, discoveredCanaries: false });
  expect(note()).toMatchObject({ reason: 'fleet-busy' });
  expect(readRow(world.journal.row?.fields)?.rotation).toBeNull();
  await handle();
  expect(note()).toMatchObject({ reason: null });
});
