import { describe, expect, it } from 'vitest';
import { secretNames } from '../../src/keys/target.ts';
import type { Call } from '../memory-world/call.ts';
import type { Life } from '../memory-world/life.ts';
import { askForRotation, openTarget } from '../memory-world/open-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import type { Fault } from '../memory-world/worker.ts';
import { doOutside } from './outside.ts';
import { rowOf } from './row-of.ts';

const hourMs = 3_600_000;
const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const names = secretNames(target);

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const isVaultWrite = (call: Call, effect: 'read' | 'write') => call.service === 'vault' && effect === 'write';

/** Lives until the vault has refused writes in `publishing` for an hour; from then on `after` befalls calls. */
async function refused(
  after: (life: Life) => (call: Call, effect: 'read' | 'write') => Fault | null = () => () => null,
) {
  let isHealed = false;
  const life: Life = await openTarget(target, 'key1', {
    workerFor: () =>
      life.start({
        fault: (call, effect) => {
          if (isHealed) return after(life)(call, effect);
          const strikes = stateOf(life) === 'publishing' && isVaultWrite(call, effect);
          return strikes ? { kind: 'refused', reason: 'vault-read-only' } : null;
        },
      }),
  });
  await askForRotation(life);
  await life.run(() => stateOf(life) === 'publishing', life.world.clock.nowMs() + 24 * hourMs);
  await life.run(() => false, life.world.clock.nowMs() + hourMs);
  expect(rowOf(life)?.rotation).toMatchObject({ kind: 'publishing', waiting: 'vault-read-only' });
  const written: string[] = [];
  life.world.watchers.push((happening) => {
    if (happening.kind === 'stored' && happening.by !== 'person') written.push(happening.name);
  });
  return {
    life,
    written,
    /** The vault takes writes again. */
    async heal() {
      isHealed = true;
      const isOver = () => ['none', 'suspended'].includes(stateOf(life));
      await life.run(isOver, life.world.clock.nowMs() + 48 * hourMs);
    },
  };
}

describe('a vault that takes writes again is tried with the endpoint secret', () => {
  it('which is stored as it is, and the rotation goes on', async () => {
    const { life, written, heal } = await refused();
    const before = life.world.vault.versionsOf(names.endpoint).at(-1);
    await heal();
    expect(written[0]).toBe(names.endpoint);
    const after = life.world.vault.versionsOf(names.endpoint).at(-1);
    expect(after?.value).toBe(before?.value);
    expect(after?.version.tags).toEqual(before?.version.tags);
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
  });

  it('but not where another instance has taken the target over meanwhile', async () => {
    const { life, written, heal } = await refused();
    doOutside(life, target, 'other-instance-claims');
    await heal();
    expect(written).toEqual([]);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
  });

  it.each([
    ['its machine stands still', true],
    ['its process stands still', false],
  ])('nor where another instance takes it over while %s right before the write leaves', async (_, machine) => {
    let hasFrozen = false;
    const { life, written, heal } = await refused((life) => (call, effect) => {
      if (hasFrozen || !isVaultWrite(call, effect)) return null;
      hasFrozen = true;
      life.line.at(life.world.clock.nowMs() + 1_000, () => doOutside(life, target, 'other-instance-claims'));
      return { kind: 'freeze', forMs: 7_000, machine, when: 'before' };
    });
    await heal();
    expect(hasFrozen).toBe(true);
    expect(written).toEqual([]);
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'suspended', reason: 'taken-over' });
  });

  it.each([
    ['is deleted', (life: Life) => life.world.vault.setDeleted(names.endpoint, true)],
    ['is disabled', (life: Life) => life.world.vault.setEnabled(names.endpoint, null, false)],
    [
      'is the secret of another account',
      (life: Life) => put(life, { ProviderAddress: `${target.account.armId}-other` }),
    ],
    ['has no room for our tags', (life: Life) => put(life, manyTags)],
  ])('nor where that secret %s: the rotation goes on without a try', async (_, change) => {
    const { life, written, heal } = await refused();
    change(life);
    await heal();
    expect(written).not.toContain(names.endpoint);
    expect(rowOf(life)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
  });
});

const manyTags = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`contoso-${at}`, 'yes']));

function put({ world }: Life, tags: Readonly<Record<string, string>>): void {
  const value = world.vault.value(names.endpoint) ?? 'https://contoso.example/';
  world.vault.put({ name: names.endpoint, contentType: null, tags, expiresAtMs: null }, value);
}
