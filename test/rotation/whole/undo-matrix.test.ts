import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/app/contract.ts';
import type { Target } from '../../../src/keys/target.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { otherSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import { type Call, changesAzure } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { tried, triedBeside } from '../../vitest/whole-search.ts';
import { rowOf } from '../row-of.ts';

const dayMs = 24 * 3_600_000;

const deaths = {
  before: { kind: 'crash', when: 'before' },
  late: { kind: 'crash', when: 'in-flight', appliedAfterMs: 100_000 },
  'no reply': { kind: 'crash', when: 'in-flight', appliedAfterMs: 20 },
  after: { kind: 'crash', when: 'after' },
} as const satisfies Record<string, Fault>;
type Death = keyof typeof deaths;

const layouts = [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const;
const leak = { reason: 'found in a log', overlapSeconds: 2 * 3600, dryRun: false } as const;

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'idle';
const idOf = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  return rotation == null ? 'none' : rotationIdOf(rotation);
};

/** What an operator asks, when, and how it must end; the slot is the one that consumers were pointed at in the beginning. */
interface Way {
  readonly says: string;
  /** Null: asked at once, of a target at rest. */
  readonly during: ((life: Life) => boolean) | null;
  readonly ask: (app: App, life: Life, active: Slot) => Promise<unknown>;
  readonly ends: string;
  readonly points: (active: Slot) => Slot;
  /** Whose calls are struck: those that the ask led to. */
  readonly strikes: (life: Life) => boolean;
}

const isSwitched = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  return rotation?.kind === 'switching' && rotation.sent?.what === 'direct';
};
const isLeak = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  const state = rotation?.kind === 'suspended' ? rotation.from : rotation;
  return state?.leaked != null || rowOf(life)?.leak != null;
};
const same = (active: Slot) => active;

const ways: readonly Way[] = [
  {
    says: 'cancelled while the new key is proved',
    during: (life) => stateOf(life) === 'probing',
    ask: (app, life) => app.cancel('demo', idOf(life), operator),
    ends: 'cancelled',
    points: same,
    strikes: (life) => stateOf(life) === 'cancelling',
  },
  {
    says: 'cancelled once the direct value is ahead',
    during: isSwitched,
    ask: (app, life) => app.cancel('demo', idOf(life), operator),
    ends: 'cancelled',
    points: same,
    strikes: (life) => stateOf(life) === 'cancelling',
  },
  {
    says: 'rolled back in the overlap',
    during: (life) => stateOf(life) === 'overlapping',
    ask: (app, life) => app.rollBack('demo', idOf(life), operator),
    ends: 'rolled-back',
    points: same,
    strikes: (life) => stateOf(life) === 'rolling-back',
  },
  {
    says: 'the active key has leaked',
    during: null,
    ask: (app, _, active) => app.leak('demo', { ...leak, slot: active }, operator),
    ends: 'completed',
    points: otherSlot,
    strikes: (life) => isLeak(life) && ['preparing', 'probing', 'switching'].includes(stateOf(life)),
  },
  {
    says: 'the inactive key has leaked',
    during: null,
    ask: (app, _, active) => app.leak('demo', { ...leak, slot: otherSlot(active) }, operator),
    ends: 'completed',
    points: otherSlot,
    // From there on it is a rotation like any other.
    strikes: (life) => isLeak(life) && ['preparing', 'regenerating', 'publishing'].includes(stateOf(life)),
  },
  {
    says: 'the new key leaks while it is proved',
    during: (life) => stateOf(life) === 'probing' && !isLeak(life),
    ask: (app, _, active) => app.leak('demo', { ...leak, slot: otherSlot(active) }, operator),
    ends: 'completed',
    points: otherSlot,
    strikes: (life) => isLeak(life) && ['cancelling', 'preparing', 'regenerating'].includes(stateOf(life)),
  },
];

interface Ran {
  readonly life: Life;
  readonly effects: readonly { readonly call: Call; readonly state: string; readonly effect: 'read' | 'write' }[];
}

async function live(target: Target, active: Slot, way: Way, crash: { at: number; death: Death } | null): Promise<Ran> {
  const effects: { call: Call; state: string; effect: 'read' | 'write' }[] = [];
  let isAsked = false;
  const fault = (call: Call, effect: 'read' | 'write'): Fault | null => {
    if (!isAsked || !way.strikes(life)) return null;
    effects.push({ call, effect, state: stateOf(life) });
    return crash !== null && effects.length - 1 === crash.at ? deaths[crash.death] : null;
  };
  const life: Life = await openTarget(target, active, { workerFor: () => life.start({ fault }) });
  const untilMs = () => life.world.clock.nowMs() + 5 * dayMs;
  if (way.during !== null) {
    await askForRotation(life);
    await life.run(() => way.during?.(life) ?? true, untilMs());
  }
  isAsked = true;
  const { worker, app } = life.start();
  await life.during(worker, way.ask(app, life, active));
  const isOver = () => {
    const row = rowOf(life);
    return row?.rotation === null && row.leak === null && row.operatorRequest === null && row.lastEnd !== null;
  };
  await life.run(isOver, untilMs());
  return { life, effects };
}

describe('a worker that ends at any call of an undoing, or of what replaces a leaked key', () => {
  let cells = 0;
  // The engine goes the same ways from either slot: test/explorer/cuts.test.ts.
  for (const layout of layouts)
    for (const active of tried(slots, 2))
      for (const way of ways.filter(({ during }) => layout.kind === 'direct' || during !== isSwitched))
        it(`${way.says}: others bring it to its end (${layout.kind} layout, from ${active})`, async () => {
          const target = buildTarget({ layout });
          const healthy = await live(target, active, way, null);
          expect(healthy.life.watch.breaches).toEqual([]);
          expect(rowOf(healthy.life)?.lastEnd?.outcome).toBe(way.ends);
          expect(inOrder(healthy.life, target, way.points(active))).toBe(true);
          expect(healthy.effects.length).toBeGreaterThan(3);

          const bad: string[] = [];
          const table: string[] = [];
          const seen = new Set<string>();
          for (const [at, { call, state, effect }] of triedBeside([...healthy.effects.entries()], 3, ([, one]) =>
            changesAzure(one),
          )) {
            const name = `${state} | ${call.service} ${call.operation} | ${call.subject}`;
            // Of equal calls in one state the first stands for all; its row's saves differ, and are all struck where few.
            if (seen.has(name) && (effect === 'read' || state === 'probing' || state === 'confirming')) continue;
            seen.add(name);
            const results: string[] = [];
            for (const death of effect === 'read' ? (['before'] as const) : (Object.keys(deaths) as Death[])) {
              const { life } = await live(target, active, way, { at, death });
              cells += 1;
              const end = rowOf(life)?.lastEnd?.outcome ?? stateOf(life);
              const isRight =
                life.watch.breaches.length === 0 && end === way.ends && inOrder(life, target, way.points(active));
              results.push(isRight ? end : `BROKEN (${end})`);
              if (!isRight) bad.push(`${name} / ${death}: ${end} ${life.watch.breaches.join('; ')}`);
            }
            table.push([name, ...results].join(' | '));
          }
          const head = `${way.says}, ${layout.kind}, from ${active}: state | call | subject | ${Object.keys(deaths).join(' | ')}`;
          console.log([head, ...table, `cells so far: ${cells}`].join('\n'));
          expect(bad).toEqual([]);
        });
});
