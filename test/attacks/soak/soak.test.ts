import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { forgetLeaks } from '../../secret-scan/run-scan.ts';
import { livePlan } from './live-plan.ts';
import type { Mutation } from './plan-workers.ts';
import { runSoak } from './run-soak.ts';
import { help, readSoakOptions } from './soak-options.ts';
import { calm, singlePlans } from './soak-plan.ts';
import { whySoakFailed } from './soak-tally.ts';

const soakFile = fileURLToPath(new URL('soak.ts', import.meta.url));
const soak = (...args: string[]) => spawnSync(process.execPath, [soakFile, ...args], { encoding: 'utf8' });

/** What makes a soak of a broken engine fail: the zeros that are none, and whether a trace was found. */
async function soakOf(mutate: Mutation, rotations = 3) {
  const { tally, failure } = await runSoak({ rotations, seed: 1, mutate });
  return { tally, failure, reasons: whySoakFailed(tally).filter((reason) => reason.includes('not 0')) };
}

describe('a short soak', () => {
  it('meets every kind of fault and breaks nothing', async () => {
    const { tally, failure } = await runSoak({ rotations: singlePlans.length + 5, seed: 20260105 });
    expect(failure).toBeNull();
    expect(whySoakFailed(tally)).toEqual([]);
    const ends = Object.values(tally.ends).reduce((sum, count) => sum + count, 0);
    expect(ends).toBe(tally.rotations);
    expect(tally.consumerRequests).toBeGreaterThan(500 * tally.rotations);
  });

  it('says what it came to in its last line, and fails by name for what it never met', () => {
    const { status, stdout, stderr } = soak('--rotations', '2', '--seed', '7');
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(Object.keys(result)).toEqual([
      'rotations',
      'seed',
      'completed',
      'suspended',
      'rolledBack',
      'cancelled',
      'faults',
      'crashes',
      'consumerRequests',
      'consumerFailures',
      'failuresCausedByPeople',
      'violations',
      'doubleRegenerates',
      'secretLeaks',
      'seconds',
    ]);
    expect(result).toMatchObject({ rotations: 2, seed: 7, completed: 2, consumerFailures: 0, violations: 0 });
    expect(stderr).toContain('The soak fails: person:regenerate-active was never met.');
    expect(status).toBe(1);
  });

  it.each([
    ['an unknown option', ['--rotation', '5'], '--rotation is no option of the soak'],
    ['a stray word', ['5'], '5 is no option of the soak'],
    ['a number that is none', ['--seed', 'x'], '--seed takes a whole number from 0'],
    ['no rotation at all', ['--rotations', '0'], '--rotations takes a whole number from 1'],
    ['a number left out', ['--rotations'], '--rotations takes a whole number from 1'],
  ])('refuses %s by name', (_, args, text) => {
    expect(readSoakOptions(args)).toContain(text);
  });

  it('takes what is asked for, and 2000 rotations of seed 1 otherwise', () => {
    expect(readSoakOptions([])).toEqual({ rotations: 2000, seed: 1, kills: 0 });
    expect(readSoakOptions(['--rotations', '60', '--seed=9', '--kills', '200'])).toEqual({
      rotations: 60,
      seed: 9,
      kills: 200,
    });
    expect(readSoakOptions(['--seed', '1', '--help'])).toBe(help);
  });

  it('runs the same rotations for the same seed', async () => {
    const [one, other] = [await runSoak({ rotations: 4, seed: 3 }), await runSoak({ rotations: 4, seed: 3 })];
    expect(one).toEqual(other);
  });
});

describe('a plan of the soak', () => {
  it('gives consumers no key that a person has just made in the slot that a leak leads them back to', async () => {
    const { consumerFailures, violations, outcome } = await livePlan({
      ...calm,
      operators: [{ afterMs: 106_288, action: 'leak-active' }],
      latencyMs: 10,
      people: [{ afterMs: 136_063, act: 'regenerate-inactive' }],
      newKeyRefusedMs: 25_000,
      oldKeyAcceptedMs: 3 * 60 * 60_000,
    });
    expect({ consumerFailures, violations, outcome }).toEqual({
      ...{ consumerFailures: [], violations: [] },
      outcome: 'completed',
    });
  });

  it('ends if an adoption is refused since its clock ran backwards, and is asked for again', async () => {
    const { violations, outcome } = await livePlan({
      ...calm,
      operators: [{ afterMs: 50_000, action: 'cancel' }],
      people: [{ afterMs: 100 * 60_000, act: 'swap-value' }],
      rowDeletedAfterMs: 110 * 60_000,
      wallJump: { atCall: 17, toMs: -1_200_000 },
    });
    expect({ violations, outcome }).toEqual({ violations: [], outcome: 'completed' });
  });
});

describe('a soak of a broken engine', () => {
  // One of them leaks on purpose.
  afterEach(forgetLeaks);

  it('finds requests failing if the overlap is forgotten, and shows the shortest trace', async () => {
    const { tally, failure } = await soakOf((ports) => ({
      ...ports,
      rows: {
        ...ports.rows,
        load: async (account) => {
          const stored = await ports.rows.load(account);
          const text = JSON.stringify(stored?.fields ?? null);
          const fields = JSON.parse(text.replace(/"(overlapUntilMs|switchedAtVaultMs|wakeAtMs)":[\d.]+/g, '"$1":1'));
          return stored && { ...stored, fields };
        },
      },
    }));
    expect(tally.consumerFailures).toBeGreaterThan(0);
    expect(tally.violations).toBeGreaterThan(0);
    expect(failure?.plan.disturbances).toEqual([]);
    expect(failure?.trace.join('\n')).toMatch(/key1 regenerated, .* is dead/);
  });

  it('finds a regenerate that is sent again', async () => {
    const { tally, reasons } = await soakOf((ports) => ({
      ...ports,
      accounts: (fence) => {
        const accounts = ports.accounts(fence);
        return {
          ...accounts,
          regenerate: async (account, slot) => {
            await accounts.regenerate(account, slot);
            return await accounts.regenerate(account, slot);
          },
        };
      },
    }));
    expect(tally.doubleRegenerates).toBeGreaterThan(0);
    expect(reasons.join()).toContain('doubleRegenerates');
  });

  it('finds a key in the log', async () => {
    const { reasons } = await soakOf((ports, { world }) => ({
      ...ports,
      log: (event) => {
        ports.log(event);
        if (event.event === 'rotation-moved') ports.log({ ...event, reason: world.account.keys.key2 });
      },
    }));
    expect(reasons.join()).toContain('secretLeaks');
  });

  it('finds an engine that asks again before Retry-After', async () => {
    const { failure } = await soakOf((ports) => ({
      ...ports,
      secrets: (vaultUrl, fence) => {
        const secrets = ports.secrets(vaultUrl, fence);
        return { ...secrets, read: (name) => secrets.read(name).catch(() => secrets.read(name)) };
      },
    }));
    expect(failure?.breaks.join('\n')).toContain('retry-after:');
  });

  it('sends no regenerate again on one stale listing that is read twice', async () => {
    const { violations, outcome } = await livePlan({
      ...calm,
      disturbances: [{ kind: 'applied-late', during: 'retiring', skip: 1, variant: 5 }],
      listKeysAgeMs: 4_900,
    });
    expect({ violations, outcome }).toEqual({ violations: [], outcome: 'completed' });
  });

  it('finds a leaked key that is forgotten while it lives', async () => {
    const plan = singlePlans.find(({ operators }) => operators[0]?.action === 'leak-active') ?? expect.fail();
    const { violations } = await livePlan(plan, {
      mutate: (ports) => ({
        ...ports,
        rows: {
          ...ports.rows,
          load: async (account) => {
            const stored = await ports.rows.load(account);
            return stored && { ...stored, fields: { ...(stored.fields as object), leaks: [] } };
          },
        },
      }),
    });
    expect(violations.join('\n')).toMatch(/leak: the row knows no more that .* has leaked, which lives/);
  });

  it('finds a rotation that nobody wakes', async () => {
    const { failure } = await soakOf((ports) => ({
      ...ports,
      wakeUps: { enqueue: async () => {} },
    }));
    expect(failure?.breaks.join('\n')).toContain('waits:');
  });
});
