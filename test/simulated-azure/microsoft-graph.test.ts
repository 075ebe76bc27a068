import { describe, expect, it } from 'vitest';
import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { defaultDefinition, defaultSubscriptionId, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { services } from '../../local/simulated-azure/services.ts';

/** The default world, and what a client sends to it that has signed in there. */
function openTenant(cloud: 'public' | 'usgovernment' = 'public') {
  const clock = manualClock(Date.UTC(2026, 10, 23, 12));
  const world = worldFrom({ ...defaultDefinition, cloud }, clock);
  Object.assign(world.pace, { armOperationMs: 0, roleAssignmentMs: 0 });
  const azure = createSimulatedAzure({ world, clock, services });
  const send = async (url: string, init: RequestInit = {}) => {
    const response = await azure.handle(new Request(url, init), {
      callerAddress: '203.0.113.10',
      connectionId: 'c1',
    });
    const body: unknown = await response.json();
    return { status: response.status, body };
  };
  const login = { public: 'login.microsoftonline.com', usgovernment: 'login.microsoftonline.us' }[cloud];
  const principal = (name: string) => {
    const found = world.principals.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(name);
    return found;
  };
  /** As `az login` does, with a password or a secret; the CLI asks for Graph with two slashes. */
  const signIn = async (name: string, scope = 'https://graph.microsoft.com//.default') => {
    const { clientId, kind, secret } = principal(name);
    const form =
      kind === 'user'
        ? { grant_type: 'password', client_id: clientId, username: name, password: secret ?? '', scope }
        : { grant_type: 'client_credentials', client_id: clientId, client_secret: secret ?? '', scope };
    const url = `https://${login}/${world.tenantId}/oauth2/v2.0/token`;
    const { body } = await send(url, { method: 'POST', body: new URLSearchParams(form) });
    return (more: RequestInit = {}): RequestInit => ({
      ...more,
      headers: { authorization: `Bearer ${Object(body).access_token}` },
    });
  };
  return { world, send, signIn, principal, clock };
}

const graph = 'https://graph.microsoft.com/v1.0';
const byName = (name: string) => `${graph}/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'${name}')`;
const byUpn = (name: string) => `${graph}/users?$filter=userPrincipalName%20eq%20'${name}'`;

describe('Microsoft Graph, as the Azure CLI asks it who is signed in', () => {
  it('knows a person', async () => {
    const { send, signIn, principal } = openTenant();
    const asPerson = await signIn('alex@contoso.com');
    const { objectId: id } = principal('alex@contoso.com');
    const person = { id, userPrincipalName: 'alex@contoso.com', displayName: 'alex@contoso.com' };
    expect(await send(`${graph}/me`, asPerson())).toMatchObject({
      status: 200,
      body: { '@odata.context': `${graph}/$metadata#users/$entity`, ...person },
    });
    expect(await send(byUpn('Alex@contoso.com'), asPerson())).toMatchObject({ status: 200, body: { value: [person] } });
  });

  it('knows an app by its name only, since nobody is signed in', async () => {
    const { send, signIn, principal } = openTenant();
    const asApp = await signIn('keyturn-operator');
    const { objectId: id, clientId: appId } = principal('keyturn-operator');
    expect(await send(`${graph}/me`, asApp())).toMatchObject({
      status: 400,
      body: {
        error: { code: 'BadRequest', message: '/me request is only valid with delegated authentication flow.' },
      },
    });
    expect(await send(byName(appId), asApp())).toMatchObject({
      status: 200,
      body: { value: [{ id, appId, displayName: 'keyturn-operator', servicePrincipalType: 'Application' }] },
    });
    expect(await send(byUpn('keyturn-operator'), asApp())).toMatchObject({ body: { value: [] } });
  });

  it('lets the policy of a vault name whoever made it, who then stores a secret there', async () => {
    const { send, signIn, principal, world } = openTenant();
    const asApp = await signIn('keyturn-operator');
    const { body: found } = await send(byName(principal('keyturn-operator').clientId), asApp());
    const objectId = Object(found).value[0].id;
    const group = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09`;
    const asOwner = await signIn('keyturn-operator', 'https://management.azure.com/.default');
    const properties = {
      tenantId: world.tenantId,
      sku: { family: 'A', name: 'standard' },
      accessPolicies: [{ tenantId: world.tenantId, objectId, permissions: { secrets: ['all'] } }],
    };
    const vault = `https://management.azure.com${group}/providers/Microsoft.KeyVault/vaults/kv-policies?api-version=2022-07-01`;
    const body = JSON.stringify({ location: 'eastus', properties });
    expect(await send(vault, asOwner({ method: 'PUT', body }))).toMatchObject({ status: 200 });
    const asReader = await signIn('keyturn-operator', 'https://vault.azure.net/.default');
    const secret = 'https://kv-policies.vault.azure.net/secrets/note?api-version=7.4';
    const store = await send(secret, asReader({ method: 'PUT', body: JSON.stringify({ value: 'stored' }) }));
    expect(store, JSON.stringify(store)).toMatchObject({ status: 200, body: { value: 'stored' } });
  });

  it.each([
    ['without a token', null, 'Access token is empty.'],
    ['with the token of another service', 'https://vault.azure.net/.default', /Invalid audience/],
  ])('refuses a request %s', async (_, scope, message) => {
    const { send, signIn } = openTenant();
    const init = scope === null ? {} : (await signIn('alex@contoso.com', scope))();
    const says = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(await send(`${graph}/me`, init)).toMatchObject({
      status: 401,
      body: {
        error: { code: 'InvalidAuthenticationToken', message: says, innerError: { date: '2026-11-23T12:00:00' } },
      },
    });
  });

  it('refuses a token that has expired', async () => {
    const { send, signIn, clock } = openTenant();
    const init = (await signIn('alex@contoso.com'))();
    clock.advance(2 * 3_600_000);
    expect(await send(`${graph}/me`, init)).toMatchObject({
      status: 401,
      body: { error: { message: expect.stringMatching(/expired/) } },
    });
  });

  it('answers at the host of its cloud', async () => {
    const { send, signIn } = openTenant('usgovernment');
    const asPerson = await signIn('alex@contoso.com', 'https://graph.microsoft.us/.default');
    expect(await send('https://graph.microsoft.us/v1.0/me', asPerson())).toMatchObject({ status: 200 });
    expect(await send(`${graph}/me`, asPerson())).toMatchObject({ status: 501 });
  });

  it.each(['/users', "/users?$filter=displayName%20eq%20'a'", '/servicePrincipals', '/groups'])(
    'says that %s is not simulated',
    async (path) => {
      const { send, signIn } = openTenant();
      expect(await send(`${graph}${path}`, (await signIn('alex@contoso.com'))())).toMatchObject({
        status: 501,
        body: { error: { code: 'NotSimulated', message: expect.stringContaining('graph.microsoft.com') } },
      });
    },
  );
});
