import { describe, expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { demoDefinition } from '../../../local/demo/demo-world.ts';
import { mischiefs } from '../../../local/demo/mischief.ts';
import { mischiefPage } from '../../../local/demo/mischief-page.ts';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { realClock } from '../../../local/simulated-azure/clock.ts';
import { worldFrom } from '../../../local/simulated-azure/default-world.ts';
import { services } from '../../../local/simulated-azure/services.ts';
import type { World } from '../../../local/simulated-azure/world.ts';

function open() {
  const clock = realClock();
  const world = worldFrom(demoDefinition, clock);
  Object.assign(world.pace, { armOperationMs: 0 });
  return createSimulatedAzure({ world, clock, services });
}

const accountOf = ({ accounts }: World) => accounts.find(({ name }) => name === demoTarget.name);
const appId = ({ principals }: World) => principals.find(({ name }) => name === 'func-keyturn')?.objectId;

/** What of the world each is about. */
const about: Readonly<Record<string, (world: World) => unknown>> = {
  regenerate: (world) => accountOf(world)?.keys.filter(({ replacedAtMs }) => replacedAtMs === null),
  lock: ({ locks }) => locks.map(({ level, scope }) => ({ level, scope })),
  firewall: ({ vaults }) => vaults[0]?.network.defaultAction,
  role: (world) =>
    world.roleAssignments.filter(
      ({ principalId, scope }) => principalId === appId(world) && scope === demoTarget.accountId,
    ).length,
  leak: (world) => accountOf(world)?.keys,
  'private-endpoint': (world) => [
    accountOf(world)?.resource.properties.publicNetworkAccess,
    ...(world.network?.privateEndpoints.map(({ zoneGroups }) => zoneGroups.length) ?? []),
  ],
};

describe('each mischief', () => {
  it.each([
    ['lock', [], [{ level: 'ReadOnly', scope: demoTarget.accountId }]],
    ['firewall', 'Allow', 'Deny'],
    ['role', 1, 0],
    ['private-endpoint', ['Enabled'], ['Disabled', 0]],
  ])('acts on the simulated Azure, and is undone: %s', async (id, before, after) => {
    const azure = open();
    const mischief = mischiefs.find((one) => one.id === id);
    const seen = () => about[id]?.(azure.world);
    expect([seen(), mischief?.state(azure)]).toEqual([before, 'do']);
    await mischief?.act(azure);
    expect([seen(), mischief?.state(azure)]).toEqual([after, 'undo']);
    await mischief?.act(azure);
    expect([seen(), mischief?.state(azure)]).toEqual([before, 'do']);
  });

  it('regenerates the active key, and no other', async () => {
    const azure = open();
    const keys = () =>
      Object.fromEntries(
        accountOf(azure.world)
          ?.keys.filter(({ replacedAtMs }) => replacedAtMs === null)
          .map(({ slot, value }) => [slot, value]) ?? [],
      );
    const before = keys();
    await mischiefs.find(({ id }) => id === 'regenerate')?.act(azure);
    expect(keys().key2).toBe(before.key2);
    expect(keys().key1).not.toBe(before.key1);
  });

  it('leaks the key that is in use, and changes nothing', async () => {
    const azure = open();
    const text = await mischiefs.find(({ id }) => id === 'leak')?.act(azure);
    const key1 = accountOf(azure.world)?.keys.find(({ slot }) => slot === 'key1')?.value ?? '';
    expect(text?.endsWith(key1)).toBe(true);
    expect(accountOf(azure.world)?.keys).toHaveLength(2);
  });
});

describe('the menu', () => {
  const own = 'http://localhost:7072';
  const press = (azure: ReturnType<typeof open>, id: string, headers: Record<string, string>) =>
    mischiefPage(azure, new Request(`${own}/mischief/${id}`, { method: 'POST', headers }), own);

  it('has a button for each, which does it or undoes it', async () => {
    const azure = open();
    const text = await (await press(azure, 'lock', { origin: own })).text();
    expect(text.match(/<button/g)).toHaveLength(mischiefs.length);
    expect(text).toContain('aria-label="Undo: Lock the account"');
    expect(azure.world.locks).toHaveLength(1);
  });

  it.each([{ origin: 'https://contoso.example' }, {}])(
    'does nothing for a page of another site: %j',
    async (headers) => {
      const azure = open();
      expect((await press(azure, 'lock', headers)).status).toBe(403);
      expect(azure.world.locks).toEqual([]);
    },
  );
});
