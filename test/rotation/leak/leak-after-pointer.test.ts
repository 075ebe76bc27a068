import { describe, expect, it } from 'vitest';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const leak = { dryRun: false, reason: null, overlapSeconds: null } as const;
const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const rests = (life: Life) => () => ['none', 'suspended'].includes(stateOf(life));
const ends = (life: Life) => life.run(rests(life), life.world.clock.nowMs() + 5 * dayMs);

describe('a leaked key while the rotation is suspended after its own pointer write', () => {
  it('ends after its short overlap, and nobody is led back to it', async () => {
    const target = buildTarget();
    const outage: { fromMs: number | null } = { fromMs: null };
    const fault = (call: Call): Fault | null => {
      if (call.operation === 'set' && stateOf(life) === 'switching' && outage.fromMs === null) {
        outage.fromMs = life.world.clock.nowMs();
        // Applied; the reply is lost, and then the vault keeps Keyturn out: a role assignment was removed.
        return { kind: 'no-reply', forMs: 30_000, appliedAfterMs: 50 };
      }
      const isOut = outage.fromMs !== null && life.world.clock.nowMs() < outage.fromMs + hourMs;
      return isOut && call.service === 'vault' ? { kind: 'refused', reason: 'vault-access-denied' } : null;
    };
    const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ fault }) });
    await askForRotation(life);
    await ends(life);
    expect(rowOf(life)?.rotation).toMatchObject({
      kind: 'suspended',
      reason: 'vault-access-denied',
      from: { kind: 'switching', sent: { what: 'pointer' } },
    });
    expect(life.world.vault.value('ai-services-active-key')).toBe('key2');
    const leaked = life.world.account.keys.key1;
    life.world.clock.advance(2 * hourMs);
    const { worker, app } = life.start();
    const told = await life.during(worker, app.leak('demo', { ...leak, slot: 'key1' }, operator));
    expect(told).toMatchObject({ kind: 'begun' });
    const notifiedAtMs = life.world.clock.nowMs();
    await life.run(() => life.world.account.keys.key1 !== leaked, notifiedAtMs + hourMs);
    expect(life.world.account.keys.key1).not.toBe(leaked);
    expect(life.world.vault.value('ai-services-active-key')).toBe('key2');
    await ends(life);
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
  });
});

describe('a new key that leaks while its own pointer write is in doubt', () => {
  it.each([
    ['was not applied: it is undone, and consumers never get the leaked key', null, false],
    ['was applied: they are led away again', 50, true],
  ])('and the write %s', async (_, appliedAfterMs, isGiven) => {
    const target = buildTarget();
    let isLost = false;
    const fault = (call: Call): Fault | null => {
      if (isLost || call.operation !== 'set' || stateOf(life) !== 'switching') return null;
      isLost = true;
      return { kind: 'no-reply', forMs: 30_000, appliedAfterMs };
    };
    const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ fault }) });
    await askForRotation(life);
    await life.run(() => isLost, life.world.clock.nowMs() + dayMs);
    const leaked = life.world.account.keys.key2;
    const given = new Set<string | null>();
    life.world.watchers.push(() => {
      const slot = life.world.vault.value('ai-services-active-key');
      given.add(slot === null ? null : life.world.vault.value(`ai-services-${slot}`));
    });
    const { worker, app } = life.start();
    const told = await life.during(
      worker,
      app.leak('demo', { ...leak, overlapSeconds: 7_200, slot: 'key2' }, operator),
    );
    expect(told).toMatchObject({ kind: 'begun' });
    await life.run(() => rowOf(life)?.leaks.length === 0 && rests(life)(), life.world.clock.nowMs() + 5 * dayMs);
    expect(given.has(leaked)).toBe(isGiven);
    expect(Object.values(life.world.account.keys)).not.toContain(leaked);
    expect(rowOf(life)).toMatchObject({ rotation: null, leaks: [], lastEnd: { outcome: 'completed' } });
    expect(life.watch.breaches).toEqual([]);
  });
});
