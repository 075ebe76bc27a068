import { describe, expect, it } from 'vitest';
import { checkActiveKeys } from '../../../src/app/sweep/check-active-keys.ts';
import type { Target, TargetPolicy } from '../../../src/keys/target.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { ActiveKeyAnswer, DriftNotes } from '../../../src/targets/drift-notes.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, nowMs } from '../../rotation/row-builder.ts';

const other = 'https://kv-other.vault.azure.net';

interface Part {
  readonly name: string;
  readonly triedAgoMs: number | null;
  readonly was?: ActiveKeyAnswer;
  readonly vaultUrl?: string;
  readonly policy?: Partial<TargetPolicy>;
}

/** Targets whose accounts have the same keys, and whose secrets lie in one vault under prefixes of their own, or in another. */
function scene(parts: readonly Part[]) {
  const world = memoryWorld(nowMs);
  const { vault, account, journal } = world;
  const resting = parts.map(({ name, triedAgoMs, was = 'accepted', vaultUrl, policy = {} }) => {
    const { account: named } = buildTarget();
    const ofItsOwn = { ...named, armId: named.armId.replace(/[^/]+$/, name) };
    const target: Target = buildTarget({
      ...{ name, prefix: name, policy, account: ofItsOwn },
      ...(vaultUrl === undefined ? {} : { vaultUrl }),
    });
    const put = (part: string, value: string) =>
      vault.put({ name: `${name}-${part}`, contentType: null, tags: {}, expiresAtMs: null }, value);
    put('active-key', 'key1');
    put('key1', account.keys.key1);
    const activeKey = triedAgoMs === null ? null : { answer: was, atMs: nowMs - triedAgoMs };
    const notes: DriftNotes = {
      ...{ schemaVersion: 1, lookedAtMs: nowMs, isDue: false, wakeSeq: 7, drift: [], events: 'unknown' },
      ...{ known: null, activeKey, expiresAtMs: null },
    };
    const { endpoint } = account.facts;
    const row = buildRow({ prefix: name, vaultUrl: target.vaultUrl, accountKind: 'OpenAI', endpoint });
    return { target, notes, row };
  });
  journal.saveNotes(resting[0]?.notes);
  const triedAtMs = new Map<string, number>();
  const check = async (isOver: () => boolean = () => false, ports = world.ports) => [
    ...(await checkActiveKeys(ports, resting, triedAtMs, isOver)),
  ];
  /** Whose pointers were read, in order. */
  const tried = () =>
    world.calls.flatMap(({ operation, subject }) =>
      operation === 'get' && subject.endsWith('-active-key') ? [subject.replace('-active-key', '')] : [],
    );
  return { world, check, tried };
}

describe('active keys', () => {
  it('are tried longest untried first, those that never were before all', async () => {
    const { check, tried } = scene([
      { name: 'late', triedAgoMs: 10 },
      { name: 'never', triedAgoMs: null },
      { name: 'early', triedAgoMs: 20 },
    ]);
    await check();
    expect(tried()).toEqual(['never', 'early', 'late']);
  });

  it('are not even read if the endpoint may not be called', async () => {
    const { check, tried } = scene([{ name: 'demo', triedAgoMs: 10, policy: { probe: 'control-plane-only' } }]);
    expect(await check()).toEqual([]);
    expect(tried()).toEqual([]);
  });

  it('are left to the next sweep once there is no time', async () => {
    const { check, tried } = scene([
      { name: 'one', triedAgoMs: 30 },
      { name: 'two', triedAgoMs: 20 },
      { name: 'three', triedAgoMs: 10 },
    ]);
    let asked = 0;
    await check(() => {
      asked += 1;
      return asked > 2;
    });
    expect(tried()).toEqual(['one', 'two']);
  });

  it('that a sweep had no time for are the first of the next, whatever was noted', async () => {
    const { check, tried } = scene(['one', 'two', 'three', 'four'].map((name, at) => ({ name, triedAgoMs: 40 - at })));
    let asked = 0;
    await check(() => {
      asked += 1;
      return asked > 2;
    });
    await check();
    expect(tried()).toEqual(['one', 'two', 'three', 'four', 'one', 'two']);
  });

  it('that answer as before are noted again for the 16 noted longest ago, and those that answer otherwise all', async () => {
    const many = Array.from({ length: 40 }, (_, at) => ({ name: `same-${at}`, triedAgoMs: 1_000 - at }));
    const { check, world } = scene([...many, { name: 'new', triedAgoMs: 1, was: 'unknown' }]);
    await check();
    const noted = world.calls.flatMap(({ operation, subject }) => (operation === 'save-notes' ? [subject] : []));
    expect(noted).toHaveLength(17);
  });

  it('in a vault that does not answer are asked for once, and those in another all the same', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ name: `silent-${index}`, triedAgoMs: 1_000 - index }));
    const { check, tried, world } = scene([...many, { name: 'there', triedAgoMs: 1, vaultUrl: other }]);
    const secrets: typeof world.ports.secrets = (vaultUrl, fence) => ({
      ...world.ports.secrets(vaultUrl, fence),
      read: async (name) => {
        if (vaultUrl === other) return await world.ports.secrets(vaultUrl, fence).read(name);
        world.calls.push({ service: 'vault', operation: 'get', subject: name });
        throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
      },
    });
    expect(await check(undefined, { ...world.ports, secrets })).toEqual([]);
    // As many as are tried at one time had set out already.
    expect(tried().length).toBeLessThan(40);
    expect(tried()).toContain('there');
  });

  it.each<[string, (world: ReturnType<typeof scene>['world']) => void, ActiveKeyAnswer, ActiveKeyAnswer, string[]]>([
    ['that are refused now fail', ({ account }) => void account.regenerate('key1'), 'accepted', 'refused', ['demo']],
    ['that are gone now fail', ({ vault }) => vault.setDeleted('demo-key1', true), 'unknown', 'missing', ['demo']],
    [
      'that were refused before began to fail then',
      ({ account }) => void account.regenerate('key1'),
      'refused',
      'refused',
      [],
    ],
    [
      'that were gone before began to fail then',
      ({ account }) => void account.regenerate('key1'),
      'missing',
      'refused',
      [],
    ],
    ['that are accepted do not fail', () => {}, 'refused', 'accepted', []],
  ])('%s', async (_, change, was, answer, failing) => {
    const { world, check } = scene([{ name: 'demo', triedAgoMs: 10, was }]);
    change(world);
    expect(await check()).toEqual(failing);
    expect(world.journal.notes?.fields).toMatchObject({ activeKey: { answer, atMs: nowMs }, wakeSeq: 7 });
  });

  it('are noted beside what a look has noted meanwhile, and not if there is no note', async () => {
    const { world, check } = scene([{ name: 'demo', triedAgoMs: 10 }]);
    world.account.regenerate('key1');
    world.journal.saveNotes({ ...Object(world.journal.notes?.fields), wakeSeq: 9 });
    expect(await check()).toEqual(['demo']);
    expect(world.journal.notes?.fields).toMatchObject({ activeKey: { answer: 'refused' }, wakeSeq: 9 });
    world.journal.notes = null;
    expect(await check()).toEqual([]);
    expect(world.journal.notes).toBeNull();
    world.journal.saveNotes({ schemaVersion: 99 });
    expect(await check()).toEqual([]);
    expect(world.journal.loadNotes()?.fields).toEqual({ schemaVersion: 99 });
  });
});
