import { describe, expect, it } from 'vitest';
import { webSitesOf } from '../../../local/simulated-azure/web-apps/web-site.ts';
import { environmentOf } from '../../../local/simulated-azure/web-apps/workers.ts';
import { groupId, openArm } from './open-arm.ts';

const hourMs = 3_600_000;
const site = `${groupId}/providers/Microsoft.Web/sites/app-contoso`;
const reference = '@Microsoft.KeyVault(VaultName=kv-contoso;SecretName=ai-key)';

/** An app with a slot; one of its settings refers to a secret. */
function open() {
  const arm = openArm({
    vaults: [{ name: 'kv-contoso', resourceGroup: 'rg-contoso' }],
    webApps: [
      {
        name: 'app-contoso',
        resourceGroup: 'rg-contoso',
        settings: { AI_KEY: 'one', THEME: 'dark', FROM_VAULT: reference },
        slots: { staging: { AI_KEY: 'two', THEME: 'light' } },
      },
    ],
  });
  const store = (value: string) => {
    const [vault] = arm.world.vaults;
    const secret = vault?.secrets[0] ?? { name: 'ai-key', versions: [], deletedAtMs: null, busyUntilMs: 0 };
    if (vault?.secrets.length === 0) vault.secrets.push(secret);
    const dates = { created: 0, updated: 0, notBefore: null, expires: null, managed: false };
    const version = String(secret.versions.length + 1).padStart(32, '0');
    secret.versions.push({ version, value, contentType: null, tags: null, enabled: true, ...dates });
  };
  store('vault-one');
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await arm.send(method, `${site}${path}?api-version=2022-03-01`, body === undefined ? {} : { body });
    return { status: answer.status, body: Object(answer.body), etag: answer.headers.get('etag') };
  };
  const environment = (slot: string | null = null) => {
    const found = webSitesOf(arm.world).find((one) => one.slot === slot);
    return found === undefined ? {} : environmentOf(arm.azure, found);
  };
  return { ...arm, store, sendTo: send, environment };
}

describe('the settings of an app', () => {
  it('are listed by POST, and PUT replaces all of them, whatever stood there', async () => {
    const { sendTo } = open();
    expect((await sendTo('POST', '/config/appsettings/list')).body.properties).toMatchObject({ AI_KEY: 'one' });
    const put = await sendTo('PUT', '/config/appsettings', { properties: { AI_KEY: 'three' } });
    expect([put.status, put.body.properties]).toEqual([200, { AI_KEY: 'three' }]);
    expect((await sendTo('POST', '/config/appsettings/list')).body.properties).toEqual({ AI_KEY: 'three' });
    expect((await sendTo('POST', '/slots/staging/config/appsettings/list')).body.properties.AI_KEY).toBe('two');
  });

  it('reach running code when its workers have restarted', async () => {
    const { sendTo, environment, clock } = open();
    await sendTo('PUT', '/config/appsettings', { properties: { AI_KEY: 'three' } });
    expect(environment().AI_KEY).toBe('one');
    await clock.advance(30_000);
    expect(environment()).toEqual({ AI_KEY: 'three' });
  });

  it('change when the app was last modified, which its entity tag tells too', async () => {
    const { sendTo, clock } = open();
    const before = await sendTo('GET', '');
    await clock.advance(5_000);
    await sendTo('PUT', '/config/appsettings', { properties: {} });
    const after = await sendTo('GET', '');
    expect(before.body.properties.lastModifiedTimeUtc).toBe('2026-11-23T12:00:00.000');
    expect(after.body.properties.lastModifiedTimeUtc).toBe('2026-11-23T12:00:05.000');
    expect(after.etag).not.toBe(before.etag);
  });

  it.each([
    ['the settings', 'POST', '/config/appsettings/list', 'Microsoft.Web/sites/config/list/action'],
    [
      'the settings of a slot',
      'POST',
      '/slots/staging/config/appsettings/list',
      'Microsoft.Web/sites/slots/config/list/action',
    ],
    ['a write', 'PUT', '/config/appsettings', 'Microsoft.Web/sites/config/write'],
    ['which of them stay with their slot', 'GET', '/config/slotConfigNames', 'Microsoft.Web/sites/config/read'],
    ['a restart', 'POST', '/restart', 'Microsoft.Web/sites/restart/action'],
  ])('are refused without the right to %s', async (_, method, path, action) => {
    const { send, tokenOf } = open();
    const answer = await send(method, `${site}${path}?api-version=2022-03-01`, { token: await tokenOf('guest') });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([403, expect.stringContaining(`'${action}'`)]);
  });

  it('are gone with a deleted app, its slots too', async () => {
    const { sendTo } = open();
    await sendTo('DELETE', '');
    for (const path of ['/config/appsettings/list', '/slots/staging/config/appsettings/list'])
      expect(await sendTo('POST', path)).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } });
  });
});

describe('a swap of slots', () => {
  it('moves settings, but for those that stay with their slot', async () => {
    const { sendTo } = open();
    await sendTo('PUT', '/config/slotConfigNames', { properties: { appSettingNames: ['AI_KEY'] } });
    await sendTo('POST', '/slots/staging/slotsswap', { targetSlot: 'production' });
    const listed = async (slot: string) => (await sendTo('POST', `${slot}/config/appsettings/list`)).body.properties;
    expect(await listed('')).toEqual({ AI_KEY: 'one', THEME: 'light' });
    expect(await listed('/slots/staging')).toEqual({ AI_KEY: 'two', THEME: 'dark', FROM_VAULT: reference });
  });
});

describe('a Key Vault reference', () => {
  it('is refreshed at once by its operation, and given to running code by a restart', async () => {
    const { sendTo, store, environment, clock } = open();
    await sendTo('POST', '/config/configreferences/appsettings/refresh');
    await sendTo('POST', '/restart');
    await clock.advance(30_000);
    expect(environment().FROM_VAULT).toBe('vault-one');
    store('vault-two');
    expect((await sendTo('GET', '/config/configreferences/appsettings/FROM_VAULT')).body.properties).toMatchObject({
      ...{ status: 'Resolved', vaultName: 'kv-contoso', secretName: 'ai-key', secretVersion: null, reference },
      activeVersion: '1'.padStart(32, '0'),
    });
    const refreshed = await sendTo('POST', '/config/configreferences/appsettings/refresh');
    expect(refreshed.body.value).toMatchObject([{ properties: { activeVersion: '2'.padStart(32, '0') } }]);
    await clock.advance(hourMs);
    expect(environment().FROM_VAULT).toBe('vault-one');
    await sendTo('POST', '/restart');
    await clock.advance(30_000);
    expect(environment().FROM_VAULT).toBe('vault-two');
  });

  it('follows by itself within a day', async () => {
    const { sendTo, store, environment, clock } = open();
    await sendTo('POST', '/config/configreferences/appsettings/refresh');
    await sendTo('POST', '/restart');
    store('vault-two');
    await clock.advance(23 * hourMs);
    expect(environment().FROM_VAULT).toBe('vault-one');
    await clock.advance(2 * hourMs);
    environment();
    await clock.advance(30_000);
    expect(environment().FROM_VAULT).toBe('vault-two');
  });

  it('to no secret says so, and a plain setting is none', async () => {
    const { sendTo, world } = open();
    world.vaults[0]?.secrets.splice(0);
    await sendTo('POST', '/config/configreferences/appsettings/refresh');
    const listed = await sendTo('GET', '/config/configreferences/appsettings');
    expect(listed.body.value).toMatchObject([{ name: 'FROM_VAULT', properties: { status: 'SecretNotFound' } }]);
    expect((await sendTo('GET', '/config/configreferences/appsettings/THEME')).status).toBe(404);
  });
});
