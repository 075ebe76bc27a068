import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/app/contract.ts';
import { shareReads } from '../../../src/app/sweep/share-reads.ts';
import { hardeningKeyturn } from '../../scenarios/hardening/hardening-keyturn.ts';

const operator = { objectId: 'operator-1' };

/** An app whose methods note that they were called; `answers` is what its reads answer, one after another. */
function countedApp(answers: readonly { readonly kind: string }[] = []) {
  let nowMs = 0;
  const asked: string[] = [];
  const left = [...answers];
  const note = (name: string) => async () => {
    asked.push(name);
    return left.shift() ?? { kind: name === 'diagnose' ? 'diagnosed' : 'found' };
  };
  const names = [
    ...['diagnose', 'readAccess', 'readKeyless', 'readNetwork', 'readNetworkChange', 'readTarget', 'adopt', 'repair'],
    ...['startRotation', 'leak', 'changeAccess', 'verifyKeyless', 'changeKeyless', 'putNetwork', 'advance'],
    ...['offboard', 'rollBack', 'resume', 'cancel', 'hold', 'releaseHold', 'expedite'],
  ];
  const inner = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as App;
  const app = shareReads(inner, { monotonicMs: () => nowMs });
  return { app, asked, pass: (forMs: number) => (nowMs += forMs) };
}

const reads: Readonly<Record<string, (app: App) => Promise<unknown>>> = {
  diagnose: (app) => app.diagnose('demo'),
  readAccess: (app) => app.readAccess('demo'),
  readKeyless: (app) => app.readKeyless('demo'),
  readNetwork: (app) => app.readNetwork('demo'),
  readNetworkChange: (app) => app.readNetworkChange('demo', 'c-1'),
};

describe.each(Object.entries(reads))('%s', (name, read) => {
  it('is asked once for all who ask within ten seconds, and then again', async () => {
    const { app, asked, pass } = countedApp();
    const answers = await Promise.all(Array.from({ length: 100 }, () => read(app)));
    expect(new Set(answers).size).toBe(1);
    pass(9_999);
    await read(app);
    expect(asked).toEqual([name]);
    pass(1);
    await read(app);
    expect(asked).toEqual([name, name]);
  });

  it.each(['unavailable', 'unknown-target', 'unknown-change'])('keeps no answer %s', async (kind) => {
    const { app, asked } = countedApp([{ kind }]);
    expect(await read(app)).toEqual({ kind });
    expect(await read(app)).not.toEqual({ kind });
    expect(asked).toHaveLength(2);
  });

  const { app: wrapped } = countedApp();
  const changes: Readonly<Record<string, (app: App) => Promise<unknown>>> = {
    adopt: (app) => app.adopt('demo', { activeSlot: null }, operator),
    repair: (app) => app.repair('demo', operator),
    offboard: (app) => app.offboard('demo', {} as never, operator),
    startRotation: (app) => app.startRotation('demo', { inactiveKeyUnused: true }, operator),
    rollBack: (app) => app.rollBack('demo', 'r-1', operator),
    resume: (app) => app.resume('demo', 'r-1', operator),
    cancel: (app) => app.cancel('demo', 'r-1', operator),
    hold: (app) => app.hold('demo', 'r-1', {} as never, operator),
    releaseHold: (app) => app.releaseHold('demo', 'r-1', operator),
    expedite: (app) => app.expedite('demo', 'r-1', {} as never, operator),
    leak: (app) => app.leak('demo', { slot: 'key1', dryRun: false } as never, operator),
    changeAccess: (app) => app.changeAccess('demo', {} as never, operator),
    verifyKeyless: (app) => app.verifyKeyless('demo'),
    changeKeyless: (app) => app.changeKeyless('demo', {} as never, operator),
    putNetwork: (app) => app.putNetwork('demo', {} as never, {} as never, operator),
    advance: (app) => app.advance({ target: 'demo', wakeSeq: 1 }),
  };
  it.each(Object.keys(changes))('is asked again after %s', async (change) => {
    expect(Object.keys(wrapped)).toContain(change);
    const { app, asked } = countedApp();
    await read(app);
    await changes[change]?.(app);
    await read(app);
    expect(asked).toEqual([name, change, name]);
  });
});

describe('a shared read', () => {
  it('is of one target and one change', async () => {
    const { app, asked } = countedApp();
    await Promise.all([app.diagnose('demo'), app.diagnose('other'), app.diagnose('demo')]);
    await Promise.all([app.readNetworkChange('demo', 'c-1'), app.readNetworkChange('demo', 'c-2')]);
    expect(asked).toHaveLength(4);
    // What changes at one target says nothing of another.
    await app.repair('other', operator);
    await app.diagnose('demo');
    expect(asked).toHaveLength(5);
  });

  it.each([
    ['is asked again after an adoption of many that its target was among', false, 2],
    ['stands after a dry run of it', true, 1],
  ])('%s', async (_, dryRun, times) => {
    let calls = 0;
    const inner = {
      readAccess: async () => {
        calls += 1;
        return { kind: 'found' };
      },
      adoptMany: async () => ({ kind: 'done', adoptions: { targets: [{ target: 'demo' }] } }),
    } as unknown as App;
    const app = shareReads(inner, { monotonicMs: () => 0 });
    await app.readAccess('demo');
    await app.adoptMany({ targets: 'all', takeOver: false, dryRun }, operator);
    await app.readAccess('demo');
    expect(calls).toBe(times);
  });

  it('that throws is kept for nobody', async () => {
    let calls = 0;
    const failing = {
      readAccess: async () => {
        calls += 1;
        throw new TypeError('a fault of ours');
      },
    } as Partial<App> as App;
    const app = shareReads(failing, { monotonicMs: () => 0 });
    await expect(app.readAccess('demo')).rejects.toThrow(TypeError);
    await expect(app.readAccess('demo')).rejects.toThrow(TypeError);
    expect(calls).toBe(2);
  });

  it('that began before a change ended is handed to nobody who asks afterwards', async () => {
    const pending: ((answer: unknown) => void)[] = [];
    const slow = {
      readAccess: () => new Promise((resolve) => pending.push(resolve)),
      repair: async () => ({ kind: 'repaired' }),
    } as unknown as App;
    const app = shareReads(slow, { monotonicMs: () => 0 });
    const before = app.readAccess('demo');
    await app.repair('demo', operator);
    const after = app.readAccess('demo');
    expect(pending).toHaveLength(2);
    pending[0]?.({ kind: 'found', view: 'old' });
    pending[1]?.({ kind: 'found', view: 'new' });
    expect(await Promise.all([before, after])).toMatchObject([{ view: 'old' }, { view: 'new' }]);
    // The older one, ending late, drops nothing of the newer one.
    expect(await app.readAccess('demo')).toMatchObject({ view: 'new' });
    expect(pending).toHaveLength(2);
  });
});

it('a diagnosis for a hundred addresses, on the true clients, asks Azure once and tells each of its own', async () => {
  const keyturn = hardeningKeyturn();
  await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  keyturn.account.resource.properties.networkAcls = {
    defaultAction: 'Deny',
    ipRules: [{ value: '203.0.113.7' }],
    virtualNetworkRules: [],
  };
  const app = shareReads(keyturn.app, keyturn.clock);
  const asked = async (value: string) => {
    const answer = await app.diagnose('demo');
    if (answer.kind !== 'diagnosed') throw new TypeError(answer.kind);
    const { findings } = answer.diagnosisFor({ value, from: 'query' });
    return findings.find(({ check }) => check === 'caller-address');
  };
  await asked('203.0.113.0');
  const before = keyturn.azure.calls.length;
  const found = await Promise.all(Array.from({ length: 100 }, (_, last) => asked(`203.0.113.${last}`)));
  expect(keyturn.azure.calls.slice(before)).toEqual([]);
  expect(found.map((one) => [one?.evidence.address, one?.finding])).toEqual(
    Array.from({ length: 100 }, (_, last) => [
      `203.0.113.${last}`,
      last === 7 ? 'address-allowed' : 'address-not-allowed',
    ]),
  );
});

it('a thousand reads at once, on the true clients, cost a few requests and meet no throttling', async () => {
  const keyturn = hardeningKeyturn();
  await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  const app = shareReads(keyturn.app, keyturn.clock);
  const before = keyturn.azure.calls.length;
  const answers = await Promise.all(
    Array.from({ length: 240 }, () => [
      app.diagnose('demo'),
      app.readAccess('demo'),
      app.readKeyless('demo'),
      app.readNetwork('demo'),
    ]).flat(),
  );
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['diagnosed', 'found']));
  const made = keyturn.azure.calls.slice(before).filter(({ host }) => host === 'management.azure.com');
  expect(made.filter(({ status }) => status === 429)).toEqual([]);
  expect(made.length).toBeLessThan(20);
});
