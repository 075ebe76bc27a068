import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { memoryJournal } from '../../memory-world/memory-journal.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const target = buildTarget();
const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const regenerates = (life: Life) => life.world.calls.filter(({ operation }) => operation === 'regenerate');

describe('doubled messages in one process', () => {
  it.each([2, 3])('%i of each: each invocation has a lease token of its own, and one alone works', async (copies) => {
    const tokens = new Set<string>();
    let mostAtWork = 0;
    // One process takes all messages, as a host with one worker does.
    let process: ReturnType<Life['start']> | null = null;
    const life: Life = await openTarget(target, 'key1', {
      workerFor: () => {
        process ??= life.start();
        return process;
      },
      delivery: () => Array.from({ length: copies }, (_, copy) => copy * 5),
    });
    life.world.watchers.push((happening) => {
      if (happening.kind !== 'saved') return;
      const token = /"lease":\{"kind":"held","token":"([^"]+)"/.exec(JSON.stringify(happening.after))?.[1];
      if (token !== undefined) tokens.add(token);
      mostAtWork = Math.max(mostAtWork, token === undefined ? 0 : 1);
    });
    await askForRotation(life);
    await life.run(() => stateOf(life) === 'none', life.world.clock.nowMs() + 5 * dayMs);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(regenerates(life).map(({ subject }) => subject)).toEqual(['key2', 'key1']);
    expect(tokens.size).toBeGreaterThan(1);
    expect(mostAtWork).toBe(1);
    const dropped = life.world.log.flatMap((event) => (event.event === 'wake-up-dropped' ? [event.reason] : []));
    expect(dropped.length).toBeGreaterThan(1);
    expect(dropped.every((reason) => reason === 'busy' || reason === 'stale-message')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('a save that is refused (412) since an operator has saved', () => {
  it.each([
    ['before the first regenerate', 'regenerating', 'cancel', 'cancelled', 0],
    ['before the pointer is written', 'switching', 'cancel', 'cancelled', 1],
    ['before the point of no return', 'retiring', 'rollBack', 'rolled-back', 1],
  ] as const)('%s: nothing leaves, and the request is met', async (_, state, action, ends, keysMade) => {
    let isDone = false;
    const fault = (call: Call) => {
      if (isDone || call.operation !== 'save' || stateOf(life) !== state) return null;
      isDone = true;
      const rotation = rowOf(life)?.rotation;
      const id = rotation == null ? 'none' : rotationIdOf(rotation);
      life.line.at(life.world.clock.nowMs(), () => void life.start().app[action]('demo', id, operator));
      // The operator's save comes first.
      return { kind: 'slow', forMs: 2_000 } as const;
    };
    const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ fault }) });
    await askForRotation(life);
    await life.run(() => stateOf(life) === 'none', life.world.clock.nowMs() + 5 * dayMs);
    expect(rowOf(life)?.lastEnd?.outcome).toBe(ends);
    expect(regenerates(life)).toHaveLength(keysMade);
    expect(inOrder(life, target, 'key1')).toBe(true);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('two instances with different storage on one account and vault', () => {
  /** A second Keyturn, with tables and queues of its own. */
  function otherInstance({ world }: Life) {
    const journal = memoryJournal(world.clock.nowMs, world.nextId);
    const ports = {
      ...world.ports,
      instance: 'keyturn-other',
      rows: {
        ...world.ports.rows,
        load: async () => journal.load(),
        save: async (...[, fields, etag, history]: Parameters<typeof world.ports.rows.save>) =>
          journal.save(fields, etag, history),
        loadNotes: async () => journal.loadNotes(),
        saveNotes: async (_: unknown, fields: unknown) => journal.saveNotes(fields),
      },
      wakeUps: { enqueue: async () => {} },
    };
    return { journal, app: createApp({ ...ports, targets: fixedTargets([target]) }) };
  }

  it('the second does not adopt what the first has, unless it is told to take it over', async () => {
    const life = await openTarget(target, 'key1');
    const other = otherInstance(life);
    expect(await other.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'taken-over',
    });
    expect(life.world.calls.filter(({ operation }) => operation === 'set')).toHaveLength(5 - 1);
  });

  it('one that is taken over in mid-rotation sends nothing more, and the other one makes all well', async () => {
    const life = await openTarget(target, 'key1');
    await askForRotation(life);
    await life.run(() => stateOf(life) === 'probing', life.world.clock.nowMs() + dayMs);
    const other = otherInstance(life);
    expect(await other.app.adopt('demo', { activeSlot: null, takeOver: true }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'settling',
    });
    const taken = life.world.calls.length;
    await life.run(() => stateOf(life) === 'suspended', life.world.clock.nowMs() + dayMs);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
    const sent = life.world.calls.slice(taken).filter(({ operation }) => ['set', 'regenerate'].includes(operation));
    expect(sent).toEqual([]);
    life.world.clock.advance(4 * minuteMs);
    const adopted = await other.app.adopt('demo', { activeSlot: null }, operator).catch((error: unknown) => {
      throw error instanceof FailureError ? new TypeError(error.failure.code) : error;
    });
    expect(adopted).toMatchObject({ kind: 'adopted' });
    expect(inOrder(life, target, 'key1')).toBe(true);
  });
});
