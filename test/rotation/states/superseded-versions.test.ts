import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/app/contract.ts';
import { rotationIdOf, type States } from '../../../src/rotation/state.ts';
import { confirming } from '../../../src/rotation/states/confirming.ts';
import type { FactsByState } from '../../../src/rotation/states/pages.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import type { MemoryVault } from '../../memory-world/memory-vault.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildContext, buildState, hourMs } from '../row-builder.ts';
import { rowOf } from '../row-of.ts';
import { everyWrite, stepScene } from './steps/step-scene.ts';

const key1 = 'ai-services-key1';
const minuteMs = 60_000;

/** Puts a version under those that stand, made so long ago. */
function putBelow(vault: MemoryVault, name: string, version: string, value: string, createdAtMs: number): void {
  const below = { name, version, enabled: true, createdAtMs, expiresAtMs: null, contentType: null, tags: {} };
  vault.secrets.get(name)?.versions.unshift({ version: below, value });
}

/** A rotation at its end; `versions` lie under the current version of key1's secret. */
function atTheEnd(versions: readonly { version: string; value?: string; ageMs: number }[]) {
  const prepare = everyWrite['disabling superseded versions'];
  if (prepare === undefined) throw new TypeError('no such write');
  const scene = prepare();
  const { vault, account } = scene.world;
  for (const { version, value = `dead-${version}`, ageMs } of versions)
    putBelow(vault, key1, version, value, vault.nowMs() - ageMs);
  const { state } = scene.step as { readonly state: States['confirming'] };
  const superseded = [
    ...versions.map(({ version }) => ({ name: key1, version })),
    { name: key1, version: scene.version('key1') },
    { name: key1, version: 'gone' },
  ];
  return { ...scene, account, vault, state: { ...state, superseded } };
}

describe('what a rotation disables at its end', () => {
  it('is what nobody can use any more: nothing that is current, gone, off already, or younger than the overlap', async () => {
    const scene = atTheEnd([
      { version: 'old', ageMs: 2 * hourMs },
      { version: 'young', ageMs: 2 * hourMs - 1_000 },
      { version: 'off', ageMs: 9 * hourMs },
    ]);
    scene.vault.setEnabled(key1, 'off', false);
    expect(await confirming.gather(scene.session, scene.state, 'lean')).toEqual({
      kind: 'clean-up',
      takenOver: false,
      disable: [{ name: key1, version: 'old' }],
      leave: [{ name: key1, version: 'young' }],
    });
  });

  it.each(['key1', 'key2', 'key'] as const)('is never the latest of %s, whatever it holds', async (part) => {
    const scene = stepScene('direct');
    const name = `ai-services-${part}`;
    const versions = [scene.version(part), scene.put(part, 'whatever')];
    scene.world.clock.advance(9 * hourMs);
    const superseded = versions.map((version) => ({ name, version }));
    const giveUpAtMs = scene.world.clock.nowMs() + hourMs;
    const state = buildState('confirming', { agreed: true, refusal: 'seen', superseded, giveUpAtMs });
    expect(await confirming.gather(scene.session, state, 'lean')).toMatchObject({
      disable: superseded.slice(0, 1),
      leave: [],
    });
  });

  it.each([
    ['is the version that the gate saw, without another look at it', 0, true, 0],
    ['is that version no more if it could not be disabled, and is gone', 1, false, 1],
  ])('%s', async (_, attempts, isDisabled, looks) => {
    const scene = atTheEnd([]);
    const { vault, state, world } = scene;
    const one = { name: 'ai-services-key2', version: state.versionsBefore.key2 };
    const held = vault.secrets.get(one.name);
    held?.versions.splice(0, held.versions.length - 1);
    world.calls.length = 0;
    expect(await confirming.gather(scene.session, { ...state, superseded: [one], attempts }, 'lean')).toMatchObject({
      disable: isDisabled ? [one] : [],
      leave: [],
    });
    expect(world.calls.filter(({ operation }) => operation === 'get-version')).toHaveLength(looks);
  });

  it('is not the version that the gate saw if consumers were led to its key as it was', async () => {
    const scene = atTheEnd([]);
    const { state } = scene;
    const superseded = [{ name: 'ai-services-key2', version: state.versionsBefore.key2 }];
    const unchanged = { ...state, superseded, newFingerprint: state.fingerprintsBefore.key2 };
    expect(await confirming.gather(scene.session, unchanged, 'lean')).toMatchObject({
      disable: [],
      leave: superseded,
    });
  });

  it.each(['key1', 'key2'] as const)('is no version that holds the key which %s has now: it is left', async (slot) => {
    const scene = atTheEnd([]);
    const { vault, account, state } = scene;
    putBelow(vault, key1, 'same', account.keys[slot], vault.nowMs() - 9 * hourMs);
    const superseded = [{ name: key1, version: 'same' }];
    expect(await confirming.gather(scene.session, { ...state, superseded }, 'lean')).toMatchObject({
      disable: [],
      leave: superseded,
    });
  });

  it.each([
    [
      'once the rotation may take no longer',
      (scene: ReturnType<typeof atTheEnd>) => ({ ...scene.state, giveUpAtMs: scene.world.clock.nowMs() }),
    ],
    [
      'if the pointer is gone, which says whose they are',
      (scene: ReturnType<typeof atTheEnd>) => {
        scene.vault.setDeleted('ai-services-active-key', true);
        return scene.state;
      },
    ],
  ])('is nothing %s: all of it is left to the next rotation', async (_, change) => {
    const scene = atTheEnd([
      { version: 'old', ageMs: 2 * hourMs },
      { version: 'young', ageMs: minuteMs },
    ]);
    expect(await confirming.gather(scene.session, change(scene), 'lean')).toEqual({
      kind: 'clean-up',
      takenOver: false,
      disable: [],
      leave: [
        { name: key1, version: 'young' },
        { name: key1, version: 'old' },
      ],
    });
  });
});

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'idle';
const idOf = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  return rotation == null ? 'none' : rotationIdOf(rotation);
};
const isDirectAhead = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  return rotation?.kind === 'switching' && rotation.sent?.what === 'direct';
};

/** Versions of keys that the account has no more, and that can be read. */
function deadVersions({ world: { vault, account } }: Life): readonly string[] {
  const keys = Object.values(account.keys);
  return ['ai-services-key1', 'ai-services-key2', 'ai-services-key'].flatMap((name) =>
    vault
      .versionsOf(name)
      .filter(({ version, value }) => version.enabled && !keys.includes(value))
      .map(({ version }) => `${name} ${version.version}`),
  );
}

describe('of a rotation that did not come to its end, the next one disables what holds a dead key', () => {
  const leaked = (slot: Slot) => (app: App) =>
    app.leak('demo', { slot, reason: 'found in a log', overlapSeconds: 7_200, dryRun: false }, operator);
  const undone: readonly [string, during: (life: Life) => boolean, ask: (app: App, life: Life) => Promise<unknown>][] =
    [
      ['cancelled', (life) => stateOf(life) === 'probing', (app, life) => app.cancel('demo', idOf(life), operator)],
      ['cancelled, its direct value ahead', isDirectAhead, (app, life) => app.cancel('demo', idOf(life), operator)],
      [
        'rolled back',
        (life) => stateOf(life) === 'overlapping',
        (app, life) => app.rollBack('demo', idOf(life), operator),
      ],
      ['replaced, since its new key leaked', (life) => stateOf(life) === 'overlapping', leaked('key2')],
      ['undone, since its new key leaked', (life) => stateOf(life) === 'probing', leaked('key2')],
      ['undone, since the old key leaked', (life) => stateOf(life) === 'probing', leaked('key1')],
    ];
  it.each(undone)('%s', async (_, during, ask) => {
    const life = await openTarget(
      buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } }),
      'key1',
    );
    const { clock } = life.world;
    const isOver = () => {
      const row = rowOf(life);
      return row?.rotation === null && row.leak === null && row.operatorRequest === null;
    };
    await askForRotation(life);
    await life.run(() => during(life), clock.nowMs() + 24 * hourMs);
    const { worker, app } = life.start();
    await life.during(worker, ask(app, life));
    await life.run(isOver, clock.nowMs() + 96 * hourMs);
    clock.advance(24 * hourMs);
    await askForRotation(life);
    await life.run(isOver, clock.nowMs() + 96 * hourMs);
    expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
    expect(deadVersions(life)).toEqual([]);
    expect(life.watch.breaches).toEqual([]);
  });
});

describe('a version that was too young', () => {
  const one = { name: key1, version: 'young' };

  it('stays in mind while the others are disabled, and those as well that a slow path left', async () => {
    const { perform, step, session, world } = atTheEnd([]);
    if (step.kind !== 'disable-versions') throw new TypeError(step.kind);
    // The first takes so long that what the second rests on is too old.
    world.adversary.after = ({ operation }) => {
      if (operation === 'disable') world.clock.advance(5_000);
    };
    await session.vault(step.state.salt);
    expect(await perform({ ...step, leave: [one] })).toMatchObject({
      kind: 'done',
      state: { superseded: [one, step.versions[1]] },
    });
  });

  it('is written into the row at the end of the rotation', () => {
    const facts: FactsByState['confirming'] = { kind: 'clean-up', takenOver: false, disable: [], leave: [one] };
    expect(
      confirming.decide(buildState('confirming', { agreed: true, refusal: 'seen' }), facts, buildContext()),
    ).toMatchObject({
      kind: 'end',
      row: { superseded: [one] },
    });
  });

  it('is disabled by the next rotation', async () => {
    const target = buildTarget();
    const life = await openTarget(target, 'key1');
    const { vault, clock } = life.world;
    const rotated = async () => {
      await askForRotation(life);
      await life.run(() => rowOf(life)?.rotation === null, clock.nowMs() + 48 * hourMs);
      expect(rowOf(life)?.lastEnd).toMatchObject({ outcome: 'completed' });
    };
    const isOff = () => vault.get(key1, 'young').secret.kind === 'disabled';
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'overlapping', clock.nowMs() + 24 * hourMs);
    const { journal } = life.world;
    const rotation = rowOf(life)?.rotation;
    if (journal.row === null || rotation?.kind !== 'overlapping') throw new TypeError('not overlapping');
    putBelow(vault, key1, 'young', 'a-dead-key', rotation.overlapUntilMs - minuteMs);
    journal.restore({ ...(journal.row.fields as object), superseded: [one] });
    await life.run(() => rowOf(life)?.rotation === null, clock.nowMs() + 48 * hourMs);
    expect(isOff()).toBe(false);
    expect(rowOf(life)?.superseded).toEqual([one]);

    clock.advance(24 * hourMs);
    await rotated();
    expect(isOff()).toBe(true);
    expect(rowOf(life)?.superseded).toEqual([]);
    expect(life.watch.breaches).toEqual([]);
  });
});
