import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import type { World } from '../../../local/simulated-azure/world.ts';
import { isWhole } from '../../vitest/whole-search.ts';
import { type Happened, type KilledKeyturn, killedKeyturn, type Strike } from './killed-keyturn.ts';

/** What docs/operations.md promises: so long after a crash, at most, beyond what is waited for anyway, the next write leaves. */
const recoveryMs = 200_000;
const minuteMs = 60_000;
/** Far longer than any of them takes. */
const longestMs = 12 * 60 * minuteMs;

const languageReader = 'Cognitive Services Language Reader';
const consumer = 'id-demo-consumer';
const egress = '203.0.113.10';

interface Scene {
  /** As an operator asks, once the target is adopted. */
  readonly path: string;
  readonly method: 'POST' | 'PUT';
  readonly body: (world: World) => unknown;
  /** The line of the log that says that it is over. */
  readonly ends: RegExp;
  readonly roles: readonly (readonly [principal: string, role: string])[];
  /** Longer than any wait from one write to the next, or to the end, whose length is to be known. */
  readonly timedMs: number;
  /** When its workers die at a write, one life for each. The kernel is one: both moments have their turn. */
  readonly moments: readonly ('lost' | 'applied')[];
}

/** What is asked of Keyturn, with the roles that it needs beside those of a rotation. */
const scenes: Readonly<Record<'rotation' | 'network' | 'access' | 'keyless', Scene>> = {
  rotation: {
    method: 'POST',
    path: 'rotations',
    body: () => ({ inactiveKeyUnused: true }),
    // What is left then is to look, for a day, whether the retired key is refused.
    ends: /"rotation-moved".*"confirming"/,
    timedMs: 5 * minuteMs,
    moments: ['applied'],
    roles: [],
  },
  network: {
    method: 'PUT',
    path: 'network',
    body: () => ({ mode: 'selected-networks', ipRules: [egress], keyturn: { egress } }),
    ends: /"network-change-ended".*"applied"/,
    timedMs: 20 * minuteMs,
    moments: ['applied'],
    roles: [
      ['func-keyturn', 'Network Contributor'],
      ['func-keyturn', 'Cognitive Services Contributor'],
    ],
  },
  access: {
    method: 'PUT',
    path: 'access',
    body: (world) => ({
      identities: [
        { keyturn: true, roles: [languageReader] },
        { principalId: objectIdOf(world, consumer), roles: [languageReader] },
      ],
    }),
    ends: /"hardening-change-ended".*"applied"/,
    timedMs: 5 * minuteMs,
    moments: ['lost'],
    roles: [['func-keyturn', 'Role Based Access Control Administrator']],
  },
  keyless: {
    method: 'PUT',
    path: 'keyless',
    body: (world) => ({
      enabled: true,
      identities: [objectIdOf(world, consumer)],
      confirm: ['keys-in-use', 'no-identities-named'],
    }),
    ends: /"hardening-change-ended".*"keys-off"/,
    timedMs: 30 * minuteMs,
    moments: ['applied'],
    roles: [
      ['func-keyturn', 'Cognitive Services Contributor'],
      ['func-keyturn', languageReader],
      [consumer, languageReader],
    ],
  },
};

type Instant = Pick<Happened, 'atMs' | 'machineMs'>;

interface Lived {
  readonly happened: readonly Happened[];
  readonly ended: Instant;
}

/** What passed without what the machine itself needed, which depends on what else it does. */
function passedMs(from: Instant, to: Instant): number {
  return to.atMs - from.atMs - (to.machineMs - from.machineMs);
}

/** Asks, and lets the workers live, or die at each write as `strike` says, until it is over. */
async function live({ path, method, body, ends, roles, timedMs }: Scene, strike: Strike | null): Promise<Lived> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-recovery-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const keyturn = await killedKeyturn(folder, 'direct', Number.POSITIVE_INFINITY, () => strike, {
    timedMs,
    prepare: (world) => {
      // Of several nodes a call meets any one: two lives would need different numbers of a proof's rounds.
      Object.assign(world.pace, { gatewayNodes: 1, roleAssignmentMs: 0, armOperationMs: 0 });
      for (const [principal, role] of roles) grant(world, principal, role);
    },
  });
  onTestFinished(() => keyturn.stop());
  const { happened, host, time } = keyturn;
  const { world } = keyturn.azure;
  expect(await keyturn.ask('POST', 'targets/demo/adopt', { activeSlot: 'key1' })).toMatchObject({ status: 200 });
  const from = happened.length;
  keyturn.killing.begin();
  await untilBegun(keyturn, () => keyturn.ask(method, `targets/demo/${path}`, body(world)));
  const latestMs = time.nowMs() + longestMs;
  const end = () => host.log.find(({ message }) => ends.test(message));
  while (end() === undefined && time.nowMs() < latestMs) await after(5);
  const ended = { atMs: Date.parse(end()?.at ?? ''), machineMs: Date.now() };
  expect(ended.atMs).toBeGreaterThan(0);
  await keyturn.stop();
  return { happened: happened.slice(from), ended };
}

/** Asks again while its worker dies over it: a change of access answers only once it has been begun. */
async function untilBegun(keyturn: KilledKeyturn, ask: () => ReturnType<KilledKeyturn['ask']>): Promise<void> {
  for (;;) {
    const { status } = await ask();
    // What a worker that died has begun goes on by itself.
    if ((status >= 200 && status < 300) || keyturn.happened.at(-1)?.what === 'kill') return;
    expect([0, 409, 503]).toContain(status);
    await after(20);
  }
}

/** Each write once, a request that was asked to identify itself and what was sent again being one, and when the next one came. */
function writesOf({ happened, ended }: Lived): readonly { readonly where: string; readonly dueMs: number }[] {
  const writes = happened.filter(({ what, where }, index) => what === 'write' && happened[index + 1]?.where !== where);
  return writes.map((write, index) => ({ where: write.where, dueMs: passedMs(write, writes[index + 1] ?? ended) }));
}

/**
 * How much later than in a healthy life the next write came, or the end, after each death. One after which nothing is due for longer
 * than `timedMs`, as for an overlap, costs nothing.
 */
function lostAfterDeaths(
  lived: Lived,
  healthy: Lived,
  timedMs: number,
): readonly { readonly death: string; readonly lostMs: number }[] {
  const due = writesOf(healthy);
  const { happened, ended } = lived;
  let at = -1;
  return happened.flatMap((one, index) => {
    const { what, where } = one;
    if (what === 'write' && due[at]?.where !== where) at += 1;
    if (what === 'write') return [];
    const next = happened[index + 1];
    const again = next !== undefined && next.what === 'write' && next.where === due[at]?.where;
    const dueMs = again ? 0 : (due[at]?.dueMs ?? 0);
    if (dueMs > timedMs) return [];
    return [{ death: where, lostMs: passedMs(one, next ?? ended) - dueMs }];
  });
}

/*
 * The built app as in killed-rotations.test.ts, with production's constants and its host's; only the queue is looked at
 * more rarely, which can only make it later. One life without a death says when each write is due; in the others a worker is killed at every write.
 */
describe.each(Object.entries(scenes))('%s, its worker killed at every write', (name, scene) => {
  test('goes on within 200 seconds of when it is due', async ({ skip }) => {
    skip(
      !isWhole,
      'Workers killed at every write are timed with KEYTURN_SEARCH=whole; rotation/whole/recovery.test.ts has the same in memory.',
    );
    const healthy = await live(scene, null);
    const figures = [];
    for (const moment of scene.moments) {
      const lived = await live(scene, { of: 'other-writes', nth: 1, moment });
      const lost = lostAfterDeaths(lived, healthy, scene.timedMs);
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.filter(({ lostMs }) => lostMs > recoveryMs)).toEqual([]);
      figures.push(...lost.map(({ lostMs }) => Math.round(lostMs / 1000)));
    }
    console.log(`${name}: at most ${Math.max(...figures)} s after one of ${figures.length} deaths (${figures})`);
  });
});

function objectIdOf(world: World, name: string): string {
  const principal = world.principals.find((one) => one.name === name);
  if (principal === undefined) throw new TypeError(`there is no ${name}`);
  return principal.objectId;
}

function grant(world: World, principal: string, roleName: string): void {
  const role = builtInRoles.find((one) => one.roleName === roleName);
  if (role === undefined) throw new TypeError(`no role ${roleName}`);
  const [account] = world.accounts;
  if (account === undefined) throw new TypeError('no account');
  const request = {
    name: crypto.randomUUID(),
    scope: `/subscriptions/${account.subscriptionId}/resourceGroups/${account.resourceGroup}`,
    principalId: objectIdOf(world, principal),
    principalType: 'ServicePrincipal',
    roleGuid: role.guid,
    createdBy: 'the test',
  };
  world.roleAssignments.push({ ...newRoleAssignment(world, request, 0), effectiveAtMs: 0 });
}
