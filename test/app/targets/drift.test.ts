import { describe, expect, it } from 'vitest';
import type { Call } from '../../memory-world/call.ts';
import { beginLife, type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { WorkerOptions } from '../../memory-world/worker.ts';
import { rowOf } from '../../rotation/row-of.ts';
import { doOutside } from '../../rotation/whole/outside.ts';
import type { outsideActs } from '../../rotation/whole/schedules.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });

async function sweep(life: Life, options: WorkerOptions = {}): Promise<void> {
  const { worker, app } = life.start(options);
  await life.during(worker, app.sweep());
}

async function seen(life: Life) {
  const { worker, app } = life.start();
  const answer = await life.during(worker, app.readTarget('demo'));
  if (answer === 'died' || answer.kind !== 'found') throw new TypeError('the target cannot be read');
  return answer.target;
}

const reasons = async (life: Life) => (await seen(life)).drift.map(({ reason }) => reason);
const events = ({ world }: Life) =>
  world.log.flatMap((line) =>
    line.event === 'drift-found' || line.event === 'drift-gone' ? [`${line.event}: ${line.reason}`] : [],
  );
/** How often ARM was asked. */
const asked = ({ world }: Life) => world.calls.filter(({ operation }) => operation === 'listKeys').length;

/** Adopted, and known to the sweep. */
async function watched(): Promise<Life> {
  const life = await openTarget(target, 'key1');
  await sweep(life);
  life.world.clock.advance(hourMs);
  return life;
}

describe('the sweep', () => {
  it('finds drift, says since when, and says so when it is gone', async () => {
    const life = await watched();
    expect(await seen(life)).toMatchObject({ state: 'awaiting-first-rotation', drift: [] });
    doOutside(life, target, 'regenerate-inactive');
    const atMs = life.world.clock.nowMs();
    await sweep(life);
    const found = await seen(life);
    expect(found).toMatchObject({ state: 'drifted', drift: [{ reason: 'out-of-band-regenerated' }] });
    expect(Date.parse(found.drift[0]?.since ?? '') - atMs).toBeLessThan(minuteMs);

    life.world.clock.advance(2 * hourMs);
    await sweep(life);
    expect((await seen(life)).drift).toEqual(found.drift);
    life.world.vault.put(
      { name: 'ai-services-key2', contentType: null, tags: {}, expiresAtMs: null },
      life.world.account.keys.key2,
    );
    life.world.clock.advance(hourMs);
    await sweep(life);
    expect(await reasons(life)).toEqual([]);
    expect(events(life)).toEqual(['drift-found: out-of-band-regenerated', 'drift-gone: out-of-band-regenerated']);
    expect(life.watch.breaches).toEqual([]);
  });

  it.each<[(typeof outsideActs)[number], string[]]>([
    ['regenerate-active', ['pointer-to-dead-key', 'out-of-band-regenerated', 'direct-stale']],
    ['swap-value', ['vault-stale']],
    ['rewrite-direct', ['direct-stale']],
    ['move-pointer', ['direct-stale']],
    ['disable-inactive-secret', ['secret-disabled']],
    ['disable-pointer', ['pointer-disabled']],
    ['delete-inactive-secret', ['secret-missing']],
    ['local-auth-off', ['local-auth-disabled']],
  ])('finds what %s makes of it', async (act, expected) => {
    const life = await watched();
    doOutside(life, target, act);
    await sweep(life);
    expect(await reasons(life)).toEqual(expected);
  });

  it('asks Azure once per driftEvery, however often it comes', async () => {
    const life = await watched();
    const before = asked(life);
    for (let minute = 0; minute < 120; minute += 5) {
      life.world.clock.advance(5 * minuteMs);
      await sweep(life);
    }
    expect(asked(life) - before).toBe(2);
  });

  it('believes no single stale look', async () => {
    const life = await watched();
    doOutside(life, target, 'regenerate-inactive');
    const { worker, app } = life.start();
    await life.during(worker, app.repair('demo', operator));
    let looks = 0;
    const listKeysAgeMs = () => {
      looks += 1;
      return looks === 1 ? hourMs : 0;
    };
    await sweep(life, { listKeysAgeMs });
    expect(looks).toBe(2);
    expect(await reasons(life)).toEqual([]);
  });

  it('lists what Azure refuses for good, and leaves out what may be answered next time', async () => {
    const life = await watched();
    const refused = ({ operation }: Call) =>
      operation === 'listKeys' ? ({ kind: 'refused', reason: 'resource-lock' } as const) : null;
    await sweep(life, { fault: refused });
    expect(await reasons(life)).toEqual(['resource-lock']);
    life.world.clock.advance(hourMs);
    const silent = ({ operation }: Call) =>
      operation === 'listKeys' ? ({ kind: 'not-applied', code: '500', retryAfterMs: null } as const) : null;
    await sweep(life, { fault: silent });
    expect(await reasons(life)).toEqual(['resource-lock']);
    expect(life.world.log).toContainEqual({ event: 'target-not-swept', target: 'demo', code: '500' });
  });

  it('notes nothing that it saw while somebody began a rotation', async () => {
    const life = await watched();
    doOutside(life, target, 'regenerate-inactive');
    let isStarted = false;
    const fault = ({ operation }: Call) => {
      if (operation === 'listKeys' && !isStarted) {
        isStarted = true;
        life.line.at(life.world.clock.nowMs(), () => void askForRotation(life));
      }
      return null;
    };
    await sweep(life, { fault });
    expect(events(life)).toEqual([]);
  });

  it('shows nothing from before a rotation when that is over', async () => {
    const life = await watched();
    life.world.vault.put({ name: 'ai-services-endpoint', contentType: null, tags: {}, expiresAtMs: null }, 'elsewhere');
    await sweep(life);
    expect(await reasons(life)).toEqual(['endpoint-stale']);
    await askForRotation(life);
    expect(await reasons(life)).toEqual([]);
    // The proof that the vault can be written stores the endpoint as it stands.
    await life.run(() => rowOf(life)?.lastEnd != null, life.world.clock.nowMs() + 3 * 24 * hourMs);
    life.world.clock.advance(2 * hourMs);
    await sweep(life);
    expect((await reasons(life)).filter((reason) => reason !== 'endpoint-stale')).toEqual([]);
    doOutside(life, target, 'regenerate-active');
    life.world.clock.advance(2 * hourMs);
    await sweep(life);
    expect(await reasons(life)).toContain('out-of-band-regenerated');
  });
});

describe('a pointer that is moved and put back between two rotations', () => {
  it('has left a trace if a look saw it moved: the key that consumers were led to outlives another overlap', async () => {
    const life = await watched();
    const { vault, clock } = life.world;
    const stood = vault.versionsOf('ai-services-active-key').at(-1)?.version.version ?? '';
    doOutside(life, target, 'move-pointer');
    await sweep(life);
    expect(await reasons(life)).not.toEqual([]);
    clock.advance(24 * hourMs);
    vault.restore('ai-services-active-key', stood);
    const begunAtMs = clock.nowMs();
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'regenerating', begunAtMs + 24 * hourMs);
    expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(target.policy.overlapMs - minuteMs);
    expect(life.watch.breaches).toEqual([]);
  });

  it('has left a trace, too, if it is put back between the two reads of one look', async () => {
    const life = await watched();
    const { vault, clock } = life.world;
    const stood = vault.versionsOf('ai-services-active-key').at(-1)?.version.version ?? '';
    doOutside(life, target, 'move-pointer');
    let looks = 0;
    const fault = ({ operation }: Call) => {
      if (operation === 'listKeys') looks += 1;
      if (looks === 2) vault.restore('ai-services-active-key', stood);
      return null;
    };
    await sweep(life, { fault });
    expect([looks, await reasons(life)]).toEqual([2, []]);
    clock.advance(24 * hourMs);
    const begunAtMs = clock.nowMs();
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'regenerating', begunAtMs + 24 * hourMs);
    expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(target.policy.overlapMs - minuteMs);
    expect(life.watch.breaches).toEqual([]);
  });

  it('has left a trace, too, if a look saw it disabled: nobody knows what it named before', async () => {
    const life = await watched();
    const { vault, clock } = life.world;
    const stood = vault.versionsOf('ai-services-active-key').at(-1)?.version.version ?? '';
    doOutside(life, target, 'move-pointer');
    clock.advance(minuteMs);
    vault.setEnabled('ai-services-active-key', null, false);
    await sweep(life);
    expect(await reasons(life)).toEqual(['pointer-disabled']);
    vault.restore('ai-services-active-key', stood);
    const begunAtMs = clock.nowMs();
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'regenerating', begunAtMs + 24 * hourMs);
    expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(target.policy.overlapMs - minuteMs);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('a row that goes back to an older copy', () => {
  it('is found, and all that stands counts as young: the inactive key outlives another overlap', async () => {
    const life = await watched();
    const { journal, clock } = life.world;
    const copy = structuredClone(journal.row?.fields);
    await askForRotation(life);
    await life.run(() => rowOf(life)?.lastEnd != null, clock.nowMs() + 3 * 24 * hourMs);
    clock.advance(2 * hourMs);
    await sweep(life);
    const seenBefore = rowOf(life)?.lastSeen;
    // Only the count went back: versions and dates look as if they had stood for long.
    journal.restore({ ...Object(copy), lastSeen: seenBefore });
    clock.advance(24 * hourMs);
    await sweep(life);
    expect(await reasons(life)).toEqual(['journal-restored']);
    expect(clock.nowMs() - (rowOf(life)?.lastSeen?.sinceMs ?? 0)).toBeLessThan(minuteMs);
    const begunAtMs = clock.nowMs();
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'regenerating', begunAtMs + 24 * hourMs);
    expect(clock.nowMs() - begunAtMs).toBeGreaterThanOrEqual(target.policy.overlapMs - minuteMs);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('a journal that is lost', () => {
  const lose = ({ world }: Life) => {
    world.journal.row = null;
    world.journal.notes = null;
  };
  const writes = ({ world }: Life) => world.calls.filter(({ operation }) => operation === 'set').length;

  it('is recreated from tags and keys, after lease and settle, without a write to the vault', async () => {
    const life = await watched();
    lose(life);
    const before = writes(life);
    await sweep(life);
    expect(rowOf(life)).toMatchObject({ adoptedAtMs: null, inDoubt: { kind: 'takeover' } });
    expect(await seen(life)).toMatchObject({ state: 'settling' });
    await sweep(life);
    expect(rowOf(life)?.adoptedAtMs).toBeNull();
    life.world.clock.advance(5 * minuteMs);
    await sweep(life);
    const state = await seen(life);
    expect(state).toMatchObject({ state: 'awaiting-first-rotation', activeSlot: 'key1', drift: [] });
    expect(writes(life)).toBe(before);
    expect(life.world.log).toContainEqual({ event: 'journal-rebuilt', target: 'demo' });

    // What consumers were given before is not known: a rotation waits out the overlap.
    const begunAtMs = life.world.clock.nowMs();
    await askForRotation(life);
    await life.run(() => rowOf(life)?.lastEnd != null, begunAtMs + 3 * 24 * hourMs);
    expect(life.world.clock.nowMs() - begunAtMs).toBeGreaterThan(2 * target.policy.overlapMs - 5 * minuteMs);
    expect(inOrder(life, target, 'key2')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });

  it('in mid-rotation, with a key that is not stored, is listed and not guessed; adopting sets it right', async () => {
    const life = await watched();
    await askForRotation(life);
    const isRegenerated = () => rowOf(life)?.rotation?.kind === 'publishing';
    await life.run(isRegenerated, life.world.clock.nowMs() + 24 * hourMs);
    lose(life);
    life.world.queue.length = 0;
    for (let minutes = 0; minutes < 30; minutes += 5) {
      life.world.clock.advance(5 * minuteMs);
      await sweep(life);
    }
    if (inOrder(life, target, 'key1')) throw new TypeError('the lost worker has stored its key after all');
    expect(await seen(life)).toMatchObject({ state: 'not-adopted', drift: [{ reason: 'journal-lost' }] });
    expect(life.world.account.everyKey).toHaveLength(3);
    const { worker, app } = life.start();
    expect(await life.during(worker, app.adopt('demo', { activeSlot: null }, operator))).toMatchObject({
      kind: 'adopted',
      target: { drift: [] },
    });
    expect(inOrder(life, target, 'key1')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });

  it.each([
    'preparing',
    'regenerating',
    'publishing',
    'probing',
    'switching',
    'overlapping',
    'retiring',
    'restocking',
    'confirming',
  ] as const)(
    'under a worker that is %s, harms nobody: what agrees is adopted, what does not is listed',
    async (state) => {
      const life = await watched();
      const { clock, account } = life.world;
      if (state === 'confirming') account.oldKeyAcceptedMs = 12 * hourMs;
      await askForRotation(life);
      await life.run(() => rowOf(life)?.rotation?.kind === state, clock.nowMs() + 24 * hourMs);
      expect(rowOf(life)?.rotation?.kind).toBe(state);
      lose(life);
      const keysMade = account.everyKey.length;
      await life.run(() => false, clock.nowMs() + 6 * hourMs);
      const target = await seen(life);
      if (target.state === 'not-adopted') expect(target.drift).toMatchObject([{ reason: 'journal-lost' }]);
      else expect(target.state).toBe('awaiting-first-rotation');
      // One request may have been on its way; nobody follows up on it.
      expect(account.everyKey.length - keysMade).toBeLessThanOrEqual(1);
      const { worker, app } = life.start();
      expect(await life.during(worker, app.adopt('demo', { activeSlot: null }, operator))).toMatchObject({
        kind: 'adopted',
      });
      expect(
        inOrder(life, buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } }), null),
      ).toBe(true);
      // The worker could not know that its lease went with the row: that is why lease + settle pass first.
      const breaches = life.watch.breaches.filter((text) => !text.endsWith('without the lease'));
      expect(breaches).toEqual([]);
    },
  );

  it('of a target that was never adopted is no loss, nor is one that another instance has', async () => {
    const life = beginLife(target);
    await sweep(life);
    await sweep(life);
    expect(rowOf(life)).toBeNull();
    expect(asked(life)).toBe(0);
    life.world.vault.put(
      { name: 'ai-services-active-key', contentType: null, tags: { 'keyturn-instance': 'other' }, expiresAtMs: null },
      'key1',
    );
    life.world.clock.advance(2 * hourMs);
    await sweep(life);
    expect(rowOf(life)).toBeNull();
    expect(await seen(life)).toMatchObject({ state: 'not-adopted', drift: [] });
  });
});
