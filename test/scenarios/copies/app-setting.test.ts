import { describe, expect, it } from 'vitest';
import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { defaultSubscriptionId } from '../../../local/simulated-azure/default-world.ts';
import { type WebSite, webSitesOf } from '../../../local/simulated-azure/web-apps/web-site.ts';
import { environmentOf, setSettings } from '../../../local/simulated-azure/web-apps/workers.ts';
import { permissions } from '../../../src/shared/permissions.ts';
import { buildSettingCopy } from '../../memory-world/target-builder.ts';
import { currentKey, simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator, rotationOf } from '../steered-rotation.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const app = 'app-contoso-web';
const password = 'database-password-of-contoso';
const resourceGroup = 'rg-ai102-challenge09';
const appId = `/subscriptions/${defaultSubscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${app}`;
const copy = buildSettingCopy('web', { appId, setting: 'AI_KEY' });
const keeper = {
  name: 'Keyturn App Settings Keeper',
  guid: '4b0de0a5-6f5e-4e0f-9d42-51c9a0e7a8c1',
  actions: permissions.filter(({ role }) => role === 'Keyturn App Settings Keeper').map(({ name }) => name),
};

/** An app with a slot, whose setting AI_KEY holds key1 as somebody set it; its workers have it. Settings stay with their slot unless told. */
async function open(stickySettings: readonly string[] | null = ['AI_KEY'], copies = [copy]) {
  const webApps = [{ name: app, resourceGroup, slots: { staging: {} } }];
  const keyturn = simulatedKeyturn({ copies }, { world: { webApps } });
  const { azure, clock, journal } = keyturn;
  const { world } = azure;
  world.customRoles?.push({
    ...{ guid: keeper.guid, roleName: keeper.name, description: '', kind: 'CustomRole', assignableScopes: [appId] },
    ...{ actions: keeper.actions, notActions: [], dataActions: [], notDataActions: [] },
  });
  const principalId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  const assigned = { principalId, principalType: 'ServicePrincipal', roleGuid: keeper.guid, createdBy: principalId };
  const made = newRoleAssignment(world, { name: crypto.randomUUID(), scope: appId, ...assigned }, 0);
  world.roleAssignments.push({ ...made, effectiveAtMs: 0 });
  const site = (slot: string | null): WebSite => {
    const found = webSitesOf(world).find((one) => one.slot === slot);
    if (found === undefined) throw new TypeError('no such site');
    return found;
  };
  site(null).stickySettings = stickySettings;
  for (const slot of [null, 'staging'])
    setSettings(azure, site(slot), { AI_KEY: currentKey(keyturn.account, 'key1'), DB_PASSWORD: password });
  expect((await keyturn.app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
  clock.advance(keyturn.target.policy.overlapMs + 2_000);
  const state = () => rotationOf(journal)?.kind ?? 'idle';
  const deliver = async (isOver: () => boolean) => {
    for (let count = 0; count < 300 && !isOver(); count += 1) {
      const [next] = [...journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs);
      if (next === undefined) return;
      journal.queue.splice(journal.queue.indexOf(next), 1);
      clock.advance(Math.max(0, next.dueAtMs - clock.nowMs()));
      await keyturn.app.advance(next.wakeUp);
    }
  };
  const start = () => keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  const preview = () => keyturn.app.previewRotation('demo', { inactiveKeyUnused: true });
  const inUse = () => environmentOf(azure, site(null)).AI_KEY;
  const calls = () =>
    azure.calls
      .filter(({ path }) => path.toLowerCase().includes('/microsoft.web/'))
      .map(({ method, path }) => [method, path.split(`${app}`)[1]].join(' '));
  return { ...keyturn, site, state, deliver, start, preview, inUse, calls };
}

describe('a copy in a setting of an app, on the true wire', () => {
  it('is led along while its workers run on, and no other setting changes', async () => {
    const { account: ai, site, state, deliver, start, preview, inUse, clock } = await open();
    const old = currentKey(ai, 'key1');
    expect(await preview()).toMatchObject({
      plan: {
        blockedBy: [],
        copies: [{ kind: 'app-setting', place: `${appId}/config/appsettings/AI_KEY`, holds: 'active-key' }],
      },
    });
    await start();
    await deliver(() => state() === 'overlapping');
    const made = currentKey(ai, 'key2');
    expect(site(null).settings).toEqual({ AI_KEY: made, DB_PASSWORD: password });
    // Read back, and yet not in use: the workers still have the old key, which lives.
    expect([inUse(), currentKey(ai, 'key1')]).toEqual([old, old]);
    const writtenAtMs = clock.nowMs();
    await deliver(() => currentKey(ai, 'key1') !== old);
    expect(clock.nowMs() - writtenAtMs).toBeGreaterThan(hourMs);
    expect(inUse()).toBe(made);
    await deliver(() => state() === 'idle');
    expect(state()).toBe('idle');
  });

  it('costs 22 calls of Resource Manager a rotation, each by the rule that needs it', async () => {
    const { deliver, start, state, calls, preview, clock } = await open();
    await start();
    await deliver(() => state() === 'idle');
    clock.advance(5 * hourMs);
    const plan = await preview();
    const planned = 'plan' in plan ? plan.plan.phases : [];
    const ofCopy = planned.reduce((sum, { calls: { resourceManager } }) => sum + resourceManager, 0) - 6;
    const before = calls().length;
    await start();
    await deliver(() => state() === 'idle');
    const read = ['GET ', 'POST /config/appsettings/list', 'GET /config/slotConfigNames'];
    expect(calls().slice(before)).toEqual([
      // The gate, and the proof that it can be written.
      ...read,
      'GET /providers/Microsoft.Authorization/permissions',
      // What it holds; whether the app has changed since; the new key; what others changed meanwhile; and that it stands.
      ...read,
      ...['GET ', 'PUT /config/appsettings', 'POST /config/appsettings/list'],
      ...read,
      // At the end of the overlap, and twice after the old key was replaced.
      ...[...read, ...read, ...read],
    ]);
    expect(ofCopy).toBe(22);
  });

  it('that stays with no slot is refused before a key is made, until every slot is declared', async () => {
    const { preview, start, deliver, state, journal, account: ai } = await open(null);
    const before = currentKey(ai, 'key2');
    expect(await preview()).toMatchObject({ plan: { blockedBy: [{ reason: 'copy-not-sticky' }] } });
    await start();
    await deliver(() => state() === 'suspended');
    expect([rotationOf(journal), currentKey(ai, 'key2')]).toMatchObject([
      { reason: 'copy-not-sticky', from: { lastFailure: { copy: 'web' } } },
      before,
    ]);
    const staging = buildSettingCopy('staging', { appId, slot: 'staging', setting: 'AI_KEY' });
    const both = await open(null, [copy, staging]);
    expect(await both.preview()).toMatchObject({ plan: { blockedBy: [] } });
  });

  it('whose slots are swapped in the overlap holds a key that lives, in both', async () => {
    const staging = buildSettingCopy('staging', { appId, slot: 'staging', setting: 'AI_KEY' });
    const { account: ai, azure, site, state, deliver, start, inUse, clock } = await open(null, [copy, staging]);
    const old = currentKey(ai, 'key1');
    await start();
    await deliver(() => state() === 'overlapping');
    const [production, other] = [site(null), site('staging')].map(({ settings }) => ({ ...settings }));
    setSettings(azure, site(null), other ?? {});
    setSettings(azure, site('staging'), production ?? {});
    const swappedAtMs = clock.nowMs();
    await deliver(() => currentKey(ai, 'key1') !== old);
    // What changed is waited for again.
    expect(clock.nowMs() - swappedAtMs).toBeGreaterThan(hourMs);
    expect([inUse(), site('staging').settings.AI_KEY]).toEqual([currentKey(ai, 'key2'), currentKey(ai, 'key2')]);
  });

  it('names what others change right after a write, restores nothing of theirs, and shows no value', async () => {
    const { azure, account: ai, site, state, deliver, start, log, calls, afterEachCall } = await open();
    await start();
    let isChanged = false;
    afterEachCall(async () => {
      if (isChanged || calls().at(-1) !== 'PUT /config/appsettings') return;
      isChanged = true;
      setSettings(azure, site(null), { ...site(null).settings, DB_PASSWORD: `${password}-2`, THEME: 'dark' });
    });
    await deliver(() => state() === 'overlapping');
    expect(site(null).settings).toEqual({
      AI_KEY: currentKey(ai, 'key2'),
      DB_PASSWORD: `${password}-2`,
      THEME: 'dark',
    });
    expect(log.filter(({ event }) => event === 'settings-changed-by-others')).toEqual([
      { event: 'settings-changed-by-others', target: 'demo', copy: 'web', settings: ['DB_PASSWORD', 'THEME'] },
    ]);
    expect(JSON.stringify(log)).not.toContain(password);
  });

  it('without the right to write it suspends before a key is made, and names the action', async () => {
    const { azure, state, deliver, start, journal, account: ai, app: keyturn } = await open();
    const before = currentKey(ai, 'key2');
    const role = azure.world.customRoles?.find(({ guid }) => guid === keeper.guid);
    Object.assign(role ?? {}, { notActions: ['Microsoft.Web/sites/config/write'] });
    await start();
    await deliver(() => state() === 'suspended');
    expect([rotationOf(journal), currentKey(ai, 'key2')]).toMatchObject([
      {
        reason: 'copy-not-written',
        from: { lastFailure: { copy: 'web', action: 'Microsoft.Web/sites/config/write' } },
      },
      before,
    ]);
    const rotation = rotationOf(journal);
    const id = rotation?.kind === 'suspended' ? rotation.from.rotationId : '';
    const shown = JSON.stringify(await keyturn.readRotation('demo', id));
    expect(shown).toContain("Give Keyturn's identity the role Keyturn App Settings Keeper");
  });

  it('of an app that is deleted holds nothing: the rotation goes on', async () => {
    const { azure, state, deliver, start, journal } = await open();
    await start();
    await deliver(() => state() === 'overlapping');
    webSitesOf(azure.world).splice(0);
    await deliver(() => state() === 'idle');
    expect(JSON.stringify(journal.journal.row?.fields)).toContain('"outcome":"completed"');
  });
});
