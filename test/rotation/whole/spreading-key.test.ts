import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Life } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;
/** The longest polling of the queue, as host.json has it. */
const pollingMs = 2 * secondMs;

const target: Target = buildTarget();
const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const isAzure = ({ service }: Call) => service === 'arm' || service === 'vault' || service === 'endpoint';

/** A rotation whose message arrives as late as the queue's polling allows, and every call it makes in `probing`. */
async function beginRotation(change: (life: Life) => void) {
  const probed: { readonly atMs: number; readonly operation: string }[] = [];
  const life: Life = await openTarget(target, 'key1', { delivery: () => [pollingMs] });
  change(life);
  life.world.watchers.push((happening) => {
    if (happening.kind === 'sent' && isAzure(happening.call) && stateOf(life) === 'probing')
      probed.push({ atMs: life.world.clock.nowMs(), operation: happening.call.operation });
  });
  await askForRotation(life);
  return { life, probed };
}

describe('a new key that spreads', () => {
  it.each([
    ['a second', secondMs],
    ['90 seconds', 90 * secondMs],
    ['5 minutes', 5 * minuteMs],
    ['10 minutes', 10 * minuteMs],
  ])('is pointed at within its proof and 10 s of being accepted everywhere, after %s', async (_, spreadsMs) => {
    let regeneratedAtMs = Number.NaN;
    let pointedAtMs = Number.NaN;
    const { life, probed } = await beginRotation(({ world }) => {
      world.account.newKeyRefusedMs = spreadsMs;
      world.watchers.push((happening) => {
        if (happening.kind === 'regenerated') regeneratedAtMs = world.clock.nowMs();
        if (happening.kind === 'stored' && happening.name.endsWith('active-key')) pointedAtMs = world.clock.nowMs();
      });
    });
    await life.run(() => stateOf(life) === 'overlapping', life.world.clock.nowMs() + dayMs);
    const proof = probed.filter(({ operation }) => operation === 'probe').slice(-target.policy.newKeyProof.acceptances);
    const proofMs = (proof.at(-1)?.atMs ?? Number.NaN) - (proof[0]?.atMs ?? Number.NaN);
    expect(proofMs).toBeLessThan(target.policy.newKeyProof.spreadMs + 5 * secondMs);
    expect(pointedAtMs - (regeneratedAtMs + spreadsMs)).toBeLessThanOrEqual(proofMs + 10 * secondMs);
    expect(life.watch.breaches).toEqual([]);
  });

  it('costs no further look at the keys if it has spread within seconds', async () => {
    const { life } = await beginRotation(({ world }) => {
      world.account.newKeyRefusedMs = 3 * secondMs;
      world.calls.length = 0;
    });
    await life.run(() => stateOf(life) === 'overlapping', life.world.clock.nowMs() + dayMs);
    expect(life.world.calls.filter(({ operation }) => operation === 'listKeys')).toHaveLength(1);
  });

  it('holds no lease between two tries', async () => {
    const { life, probed } = await beginRotation(({ world }) => {
      world.account.newKeyRefusedMs = Number.POSITIVE_INFINITY;
    });
    await life.run(() => probed.length > 0, life.world.clock.nowMs() + dayMs);
    let heldMs = 0;
    const untilMs = life.world.clock.nowMs() + minuteMs;
    let lastMs = life.world.clock.nowMs();
    await life.run(() => {
      const nowMs = life.world.clock.nowMs();
      if (rowOf(life)?.lease.kind === 'held') heldMs += nowMs - lastMs;
      lastMs = nowMs;
      return false;
    }, untilMs);
    expect(probed.filter(({ operation }) => operation === 'probe').length).toBeGreaterThanOrEqual(6);
    expect(heldMs).toBeLessThan(10 * secondMs);
  });

  it.each([
    ['every node refuses it', () => false],
    ['one node of two takes it', (calls: number) => calls % 2 === 0],
    ['one node of five refuses it', (calls: number) => calls % 5 !== 0],
  ] as const)('costs 300 calls at most if %s for ever, and ends with a person', async (_, takes) => {
    const { life, probed } = await beginRotation(({ world }) => {
      let calls = 0;
      const oldKeys: readonly string[] = [...world.account.everyKey];
      world.account.acceptsOnNextNode = (key) => {
        if (oldKeys.includes(key)) return true;
        calls += 1;
        return takes(calls);
      };
    });
    await life.run(() => stateOf(life) === 'suspended', life.world.clock.nowMs() + dayMs);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'new-key-not-accepted' });
    expect(probed.length).toBeLessThanOrEqual(300);
  });
});
