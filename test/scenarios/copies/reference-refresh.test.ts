import { describe, expect, it } from 'vitest';
import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { defaultSubscriptionId } from '../../../local/simulated-azure/default-world.ts';
import { type WebSite, webSitesOf } from '../../../local/simulated-azure/web-apps/web-site.ts';
import { environmentOf, setSettings } from '../../../local/simulated-azure/web-apps/workers.ts';
import { permissions } from '../../../src/shared/permissions.ts';
import { buildReferenceCopy } from '../../memory-world/target-builder.ts';
import { currentKey, simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator, rotationOf } from '../steered-rotation.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const app = 'app-contoso-web';
const resourceGroup = 'rg-ai102-challenge09';
const appId = `/subscriptions/${defaultSubscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${app}`;
const copy = buildReferenceCopy('web', { appId });
const byUri = '@Microsoft.KeyVault(SecretUri=https://kv-ai102-secure.vault.azure.net/secrets/ai-services-key)';
const byName = '@Microsoft.KeyVault(VaultName=kv-ai102-secure;SecretName=AI-services-key)';
const roleGuid = '4b0de0a5-6f5e-4e0f-9d42-51c9a0e7a8c2';

/** An app that refers to the direct value, all of whose readers are declared: an overlap of two hours. */
async function open(reference = byUri, copies = [copy], slots: Record<string, Record<string, string>> = {}) {
  const layout = { kind: 'direct', directSecretName: 'ai-services-key', readers: 'copies' } as const;
  const webApps = [{ name: app, resourceGroup, slots }];
  const keyturn = simulatedKeyturn({ layout, copies }, { world: { webApps } });
  const { azure, clock, journal } = keyturn;
  const { world } = azure;
  const actions = permissions.filter(({ role }) => role === 'Keyturn Reference Refresher').map(({ name }) => name);
  world.customRoles?.push({
    ...{ guid: roleGuid, roleName: 'Keyturn Reference Refresher', description: '', kind: 'CustomRole' },
    ...{ assignableScopes: [appId], actions, notActions: [], dataActions: [], notDataActions: [] },
  });
  const principalId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  const assigned = { principalId, principalType: 'ServicePrincipal', roleGuid, createdBy: principalId };
  const made = newRoleAssignment(world, { name: crypto.randomUUID(), scope: appId, ...assigned }, 0);
  world.roleAssignments.push({ ...made, effectiveAtMs: 0 });
  expect((await keyturn.app.adopt('demo', { activeSlot: null }, operator)).kind).toBe('adopted');
  const site = (): WebSite => {
    const [found] = webSitesOf(world);
    if (found === undefined) throw new TypeError('no such app');
    return found;
  };
  for (const one of webSitesOf(world)) setSettings(azure, one, { AI_KEY: reference });
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
  const inUse = () => environmentOf(azure, site()).AI_KEY;
  const posts = () =>
    azure.calls.flatMap(({ method, path }) => {
      const [, rest] = path.split(app);
      return rest !== undefined && ['POST', 'PATCH'].includes(method) ? [`${method} ${rest}`] : [];
    });
  return { ...keyturn, site, state, deliver, start, preview, inUse, posts };
}

const refresh = 'POST /config/configreferences/appsettings/refresh';
const restart = 'POST /restart';
const tag = 'PATCH /providers/Microsoft.Resources/tags/default';

describe('an app that refers to the direct value, on the true wire', () => {
  it.each([
    ['by address', byUri],
    ['by name', byName],
  ])('%s gets the new key by refresh and restart, hours before it would follow by itself', async (_, reference) => {
    const { account, state, deliver, start, preview, inUse, posts, clock } = await open(reference);
    const old = currentKey(account, 'key1');
    expect(await preview()).toMatchObject({ plan: { blockedBy: [], copies: [{ holds: 'outdated' }] } });
    await start();
    await deliver(() => state() === 'overlapping');
    // First as Keyturn met it, then with the new key; between them the proof that references can be refreshed.
    expect(posts()).toEqual([refresh, restart, tag, refresh, refresh, restart, tag]);
    const writtenAtMs = clock.nowMs();
    expect([inUse(), currentKey(account, 'key1')]).toEqual([old, old]);
    await deliver(() => currentKey(account, 'key1') !== old);
    expect(inUse()).toBe(currentKey(account, 'key2'));
    const hours = (clock.nowMs() - writtenAtMs) / hourMs;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThan(2.2);
    await deliver(() => state() === 'idle');
    expect(await preview()).toMatchObject({ plan: { copies: [{ holds: 'active-key' }] } });
  });

  it('costs 22 calls of Resource Manager and eight of the vault a rotation, as its plan says', async () => {
    const { azure, deliver, start, state, preview, clock } = await open();
    azure.world.pace.oldKeyAcceptedMs = 0;
    await start();
    await deliver(() => state() === 'idle');
    clock.advance(5 * hourMs);
    const plan = await preview();
    const planned = ('plan' in plan ? plan.plan.phases : []).map(({ calls }) => calls);
    const sum = (of: keyof (typeof planned)[number]) => planned.reduce((total, calls) => total + calls[of], 0);
    const before = azure.calls.length;
    await start();
    await deliver(() => state() === 'idle');
    const made = azure.calls.slice(before);
    const ofApp = made.filter(({ path }) => path.includes(app));
    // A new client is asked for a token first.
    const ofVault = made.filter(({ host, status }) => host.includes('.vault.') && status !== 401);
    // Of a target without copies: 6 of Resource Manager, 23 of the vault; five more whatever its copies are.
    expect([ofApp.length, ofVault.length - 28]).toEqual([22, 8]);
    expect([sum('resourceManager') - 6, sum('vaultReads') + sum('vaultWrites') - 28]).toEqual([22, 8]);
  });

  it('whose restart got no answer is restarted again: reading the new value back is not enough', async () => {
    const { azure, account, state, deliver, start, posts, inUse } = await open();
    const old = currentKey(account, 'key1');
    await start();
    // Brought up to date first; what comes next is the rotation's own.
    await deliver(() => posts().includes(tag));
    const before = posts().length;
    azure.faults.add({
      method: 'POST',
      matches: /\/restart$/,
      fault: { kind: 'fail-before', status: 0, code: '' },
      times: 1,
    });
    await deliver(() => state() === 'overlapping');
    expect(posts().slice(before)).toEqual([refresh, restart, refresh, restart, tag]);
    await deliver(() => currentKey(account, 'key1') !== old);
    expect(inUse()).toBe(currentKey(account, 'key2'));
  });

  it('that read the new key by itself before a rollback is led back and waited for, before that key is replaced', async () => {
    const { app: keyturn, azure, account, state, deliver, start, posts, site, inUse, journal, clock } = await open();
    await start();
    // Brought up to date, and shown that it can be written.
    await deliver(() => posts().length >= 4);
    const role = azure.world.customRoles?.find(({ guid }) => guid === roleGuid);
    Object.assign(role ?? {}, { notActions: ['Microsoft.Web/sites/restart/action'] });
    await deliver(() => state() === 'updating-copies');
    setSettings(azure, site(), { AI_KEY: byUri });
    const rotation = rotationOf(journal);
    await keyturn.rollBack('demo', rotation?.kind === 'updating-copies' ? rotation.rotationId : '', operator);
    await deliver(() => state() === 'idle');
    Object.assign(role ?? {}, { notActions: [] });
    clock.advance(3 * hourMs);
    const dead = currentKey(account, 'key2');
    expect(inUse()).toBe(dead);
    const before = posts().length;
    await start();
    let keptAtMs = clock.nowMs();
    await deliver(() => {
      if (inUse() === dead) keptAtMs = clock.nowMs();
      return currentKey(account, 'key2') !== dead;
    });
    expect(posts().slice(before, before + 3)).toEqual([refresh, restart, tag]);
    expect(clock.nowMs() - keptAtMs).toBeGreaterThan(hourMs);
  });

  it.each([
    ['one version of it', `${byUri.slice(0, -1)}/0123456789abcdef0123456789abcdef)`],
    ['another secret', byUri.replace('ai-services-key', 'ai-services-key1')],
    ['a secret of another vault', byName.replace('kv-ai102-secure', 'kv-contoso')],
    ['nothing, with a plain text in its place', 'contoso'],
  ])('is refused if it refers to %s', async (_, reference) => {
    const { preview, posts } = await open(reference);
    expect(await preview()).toMatchObject({ plan: { blockedBy: [{ reason: 'copy-foreign' }] } });
    expect(posts()).toEqual([]);
  });

  it('is refused as long as a slot is not declared: a swap would bring workers that were not restarted', async () => {
    const slots = { staging: {} };
    const blocked = await open(byUri, [copy], slots);
    // Seen once its own workers were: before that it is brought up to date in any case.
    await blocked.start();
    await blocked.deliver(() => blocked.state() === 'suspended');
    expect(rotationOf(blocked.journal)).toMatchObject({ reason: 'copy-not-sticky' });
    const both = await open(byUri, [copy, buildReferenceCopy('staging', { appId, slot: 'staging' })], slots);
    await both.start();
    await both.deliver(() => both.state() === 'idle');
    expect(both.state()).toBe('idle');
  });

  it('that cannot be restarted stops a rotation before a key is made', async () => {
    const { azure, state, deliver, start, journal, account } = await open();
    const before = currentKey(account, 'key2');
    const role = azure.world.customRoles?.find(({ guid }) => guid === roleGuid);
    Object.assign(role ?? {}, { notActions: ['Microsoft.Web/sites/restart/action'] });
    await start();
    await deliver(() => state() === 'suspended');
    expect([rotationOf(journal), currentKey(account, 'key2')]).toMatchObject([
      {
        reason: 'copy-not-written',
        from: { lastFailure: { copy: 'web', action: 'Microsoft.Web/sites/restart/action' } },
      },
      before,
    ]);
  });

  it('that is deleted holds nothing', async () => {
    const { azure, state, deliver, start } = await open();
    webSitesOf(azure.world).splice(0);
    await start();
    await deliver(() => state() === 'idle');
    expect(state()).toBe('idle');
  });
});
