import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { parseDriftNotes } from '../../../src/targets/drift-notes.ts';
import { beginLife, type Life, operator } from '../../memory-world/life.ts';
import { askForRotation } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { WorkerOptions } from '../../memory-world/worker.ts';
import { buildState } from '../../rotation/row-builder.ts';
import { rowOf } from '../../rotation/row-of.ts';
import { doOutside } from '../../rotation/whole/outside.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const pointer = buildTarget();

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

const failing =
  (operation: string): NonNullable<WorkerOptions['fault']> =>
  (call) =>
    call.operation === operation ? { kind: 'not-applied', code: 'http-503', retryAfterMs: null } : null;
const count = ({ world }: Life, operation: string) => world.calls.filter((call) => call.operation === operation).length;

/** Adopted, swept, and five minutes later, when no look for drift is due. */
async function watched(target: Target, kind = 'OpenAI'): Promise<Life> {
  const life = beginLife(target);
  const { account, clock } = life.world;
  account.facts = { ...account.facts, kind };
  const { worker, app } = life.start();
  await life.during(worker, app.adopt('demo', { activeSlot: 'key1' }, operator));
  clock.advance(target.policy.overlapMs + hourMs);
  await sweep(life);
  clock.advance(5 * minuteMs);
  return life;
}

const regenerated = (life: Life, atMs: number | null = life.world.clock.nowMs()) => ({
  accountId: pointer.account.armId.toUpperCase(),
  by: null,
  atMs,
});

async function notify(life: Life, event = regenerated(life), options: WorkerOptions = {}): Promise<void> {
  const { worker, app } = life.start(options);
  await life.during(worker, app.handleRegeneratedKey(event));
}

const suspendedIn = (from: ActiveState): AccountRow['rotation'] => ({
  ...{ kind: 'suspended', reason: 'pointer-moved', sinceMs: 1, from },
});

const answers = ({ world }: Life) =>
  world.log.flatMap((line) => (line.event === 'key-regenerated' ? [line.reason ?? line.answer] : []));

describe('the active key', () => {
  it.each([
    ['pointer', pointer],
    ['direct', direct],
  ])('that somebody has regenerated is found by the next sweep, layout %s', async (_, target) => {
    const life = await watched(target);
    doOutside(life, target, 'regenerate-active');
    await sweep(life);
    const found = await seen(life);
    expect(found.state).toBe('drifted');
    expect(found.drift.map(({ reason }) => reason)).toContain('pointer-to-dead-key');
  });

  it('whose secret is gone is found by the next sweep', async () => {
    const life = await watched(pointer);
    doOutside(life, pointer, 'disable-pointer');
    await sweep(life);
    expect((await seen(life)).drift.map(({ reason }) => reason)).toEqual(['pointer-disabled']);
  });

  it('is tried at each sweep, and Resource Manager asked no more for it', async () => {
    const life = await watched(pointer);
    const before = { probes: count(life, 'probe'), lists: count(life, 'listKeys') };
    for (let sweeps = 0; sweeps < 6; sweeps += 1) {
      await sweep(life);
      life.world.clock.advance(5 * minuteMs);
    }
    expect({ probes: count(life, 'probe') - before.probes, lists: count(life, 'listKeys') - before.lists }).toEqual({
      probes: 6,
      lists: 0,
    });
  });

  it.each([
    ['the call is charged', pointer, 'AIServices'],
    [
      'the endpoint may not be called',
      buildTarget({ policy: { ...pointer.policy, probe: 'control-plane-only' } }),
      'OpenAI',
    ],
  ])('is not tried between looks if %s', async (_, target, kind) => {
    const life = await watched(target, kind);
    const before = count(life, 'probe');
    await sweep(life);
    expect(count(life, 'probe') - before).toBe(0);
  });

  it.each<[string, Partial<AccountRow> | null, number]>([
    ['is tried while a rotation waits for a person', { rotation: suspendedIn(buildState('preparing')) }, 1],
    ['is not tried while a rotation is in flight', { rotation: buildState('preparing'), wakeAtMs: null }, 0],
    ['is not tried if keys are off', { keyless: { by: 'operator-1', atMs: 1 } }, 0],
    ['is not tried in other secrets than were adopted', { prefix: 'other' }, 0],
    ['is not tried before adoption', { adoptedAtMs: null }, 0],
    ['is not tried without a row', null, 0],
  ])('%s', async (_, row, probes) => {
    const life = await watched(pointer);
    const { journal } = life.world;
    journal.restore(row === null ? null : { ...Object(journal.row?.fields), ...row });
    const before = count(life, 'probe');
    await sweep(life);
    expect(count(life, 'probe') - before).toBe(probes);
  });

  it('that the endpoint refuses for good is a finding, looked at with the others: not at each sweep', async () => {
    const life = await watched(pointer);
    Object.assign(life.world.account, { acceptsOnNextNode: () => false });
    const before = count(life, 'listKeys');
    for (let sweeps = 0; sweeps < 6; sweeps += 1) {
      await sweep(life);
      life.world.clock.advance(5 * minuteMs);
    }
    expect((await seen(life)).drift.map(({ reason }) => reason)).toEqual(['active-key-refused']);
    expect(count(life, 'listKeys') - before).toBeLessThanOrEqual(2);
  });
});

describe('what is said of the keys', () => {
  it('is said as of the last check', async () => {
    const life = await watched(pointer);
    const first = (await seen(life)).keysCheckedAt;
    expect(Date.parse(first ?? '')).toBeLessThanOrEqual(life.world.clock.nowMs() - 5 * minuteMs);
    await sweep(life);
    const second = (await seen(life)).keysCheckedAt;
    expect(life.world.clock.nowMs() - Date.parse(second ?? '')).toBeLessThan(minuteMs);
  });

  it('is of the look, if the key is tried without a clear answer', async () => {
    const life = await watched(pointer);
    const first = (await seen(life)).keysCheckedAt;
    await sweep(life, { fault: failing('probe') });
    expect((await seen(life)).keysCheckedAt).toBe(first);
  });
});

describe('an event of a regenerated key', () => {
  it('leads to a look at once', async () => {
    const life = await watched(pointer, 'AIServices');
    doOutside(life, pointer, 'regenerate-inactive');
    await notify(life);
    expect((await seen(life)).drift.map(({ reason }) => reason)).toEqual(['out-of-band-regenerated']);
    expect(answers(life)).toEqual(['looked']);
  });

  it('leads to one look a minute, and what came too soon to one at the next sweep', async () => {
    const life = await watched(pointer, 'AIServices');
    await notify(life);
    const before = count(life, 'listKeys');
    for (let events = 0; events < 20; events += 1) await notify(life);
    expect(count(life, 'listKeys')).toBe(before);
    doOutside(life, pointer, 'regenerate-inactive');
    await notify(life);
    expect(answers(life).slice(1)).toEqual(Array.from({ length: 21 }, () => 'looked-recently'));
    await sweep(life);
    expect((await seen(life)).drift.map(({ reason }) => reason)).toEqual(['out-of-band-regenerated']);
    const after = count(life, 'listKeys');
    await sweep(life);
    expect(count(life, 'listKeys')).toBe(after);
  });

  it.each([
    [59_000, 'looked-recently'],
    [60_000, 'looked'],
  ])('is looked at %i ms after the last look: %s', async (passedMs, answer) => {
    const life = await watched(pointer);
    const { clock, journal } = life.world;
    await notify(life);
    const lookedAtMs = parseDriftNotes(journal.notes?.fields)?.lookedAtMs ?? 0;
    clock.advance(lookedAtMs + passedMs - clock.nowMs());
    await notify(life);
    expect(answers(life)).toEqual(['looked', answer]);
  });

  it('of our own rotation leads to none, while it runs and after it', async () => {
    const life = await watched(pointer, 'AIServices');
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'publishing', life.world.clock.nowMs() + hourMs);
    const during = regenerated(life);
    await notify(life, during);
    await life.run(() => rowOf(life)?.rotation === null, life.world.clock.nowMs() + 48 * hourMs);
    await notify(life, during);
    expect(answers(life)).toEqual(['in-flight', 'rotated-since']);
  });

  it('of an account that is nobody here leads to none', async () => {
    const life = await watched(pointer);
    await notify(life, { ...regenerated(life), accountId: `${pointer.account.armId}x` });
    expect(answers(life)).toEqual(['account-unknown']);
  });

  it('is remembered if Azure does not answer', async () => {
    const life = await watched(pointer, 'AIServices');
    doOutside(life, pointer, 'regenerate-inactive');
    await notify(life, regenerated(life), { fault: failing('listKeys') });
    expect(answers(life)).toEqual(['not-now']);
    await sweep(life);
    expect((await seen(life)).drift.map(({ reason }) => reason)).toEqual(['out-of-band-regenerated']);
  });
});
