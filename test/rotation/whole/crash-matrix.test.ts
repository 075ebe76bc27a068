import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import { otherSlot, type Slot } from '../../../src/shared/slot.ts';
import { type Call, changesAzure } from '../../memory-world/call.ts';
import type { Life } from '../../memory-world/life.ts';
import { askForRotation, copiesFollow, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildSettingCopy, buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { triedBeside } from '../../vitest/whole-search.ts';
import { rowOf } from '../row-of.ts';

const dayMs = 24 * 3_600_000;

/** How a worker can end around one of its calls. The late one arrives well after the worker has died, within the service's bound. */
const deaths = {
  before: { kind: 'crash', when: 'before' },
  late: { kind: 'crash', when: 'in-flight', appliedAfterMs: 100_000 },
  'no reply': { kind: 'crash', when: 'in-flight', appliedAfterMs: 20 },
  after: { kind: 'crash', when: 'after' },
} as const satisfies Record<string, Fault>;
type Death = keyof typeof deaths;

const lives = [
  ['pointer layout', 'key1', buildTarget({ layout: { kind: 'pointer' } })],
  ['direct layout', 'key2', buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } })],
  ['a copy of each kind', 'key1', buildTarget({ copies: [buildCopy('web'), buildSettingCopy('worker')] })],
] as const satisfies readonly (readonly [string, Slot, Target])[];

interface Ran {
  readonly life: Life;
  /** Every call of the rotation, in order, with the state in which it was made. */
  readonly effects: readonly { readonly call: Call; readonly state: string; readonly effect: 'read' | 'write' }[];
}

/** One rotation from its start to its end, in which the worker ends at the call of number `at`. */
async function rotate(target: Target, activeSlot: Slot, crash: { at: number; death: Death } | null): Promise<Ran> {
  const effects: { call: Call; state: string; effect: 'read' | 'write' }[] = [];
  const fault = (call: Call, effect: 'read' | 'write'): Fault | null => {
    effects.push({ call, effect, state: rowOf(life)?.rotation?.kind ?? 'idle' });
    return crash !== null && effects.length - 1 === crash.at ? deaths[crash.death] : null;
  };
  const life: Life = await openTarget(target, activeSlot, { workerFor: () => life.start({ fault }) });
  await askForRotation(life, life.start({ fault }));
  // A start whose answer was lost is asked again, as a person would.
  if (rowOf(life)?.rotation === null) await askForRotation(life, life.start({ fault }));
  await life.run(() => rowOf(life)?.rotation === null, life.world.clock.nowMs() + 5 * dayMs);
  return { life, effects };
}

describe('a worker that ends at any call of a rotation', () => {
  // From one slot each: test/explorer/cuts.test.ts shows that the engine goes the same ways from either.
  for (const [title, activeSlot, target] of lives)
    it(`leaves a rotation that others complete (${title}, from ${activeSlot})`, async () => {
      const healthy = await rotate(target, activeSlot, null);
      expect(healthy.life.watch.breaches).toEqual([]);
      expect(inOrder(healthy.life, target, otherSlot(activeSlot))).toBe(true);

      const table: string[] = [];
      const bad: string[] = [];
      const seen = new Set<string>();
      for (const [at, { call, state, effect }] of triedBeside([...healthy.effects.entries()], 4, ([, one]) =>
        changesAzure(one),
      )) {
        // Where nothing is written, a process that ends before the call stands for all; of equal reads the first does.
        const name = `${state} | ${call.service} ${call.operation} | ${call.subject}`;
        if (effect === 'read' && seen.has(name)) continue;
        seen.add(name);
        const cells: string[] = [];
        for (const death of effect === 'read' ? (['before'] as const) : (Object.keys(deaths) as Death[])) {
          const { life } = await rotate(target, activeSlot, { at, death });
          const end = rowOf(life)?.lastEnd?.outcome ?? rowOf(life)?.rotation?.kind ?? 'nothing';
          const { breaches } = life.watch;
          const follow = inOrder(life, target, otherSlot(activeSlot)) && copiesFollow(life, target);
          const ok = breaches.length === 0 && end === 'completed' && follow;
          cells.push(ok ? 'completed' : `BROKEN (${end})`);
          if (!ok) bad.push(`${name} / ${death}: ${end} ${breaches.join('; ')}`);
        }
        table.push([name, ...cells].join(' | '));
      }
      console.log(
        [`${title}, from ${activeSlot}: state | call | subject | ${Object.keys(deaths).join(' | ')}`, ...table].join(
          '\n',
        ),
      );
      expect(bad).toEqual([]);
    });
});
