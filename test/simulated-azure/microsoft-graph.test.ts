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
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
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

  describe('app registrations', () => {
    const role = {
      id: '988cde92-7620-4ca4-969a-e882b454efb8',
      value: 'Contoso.Read',
      displayName: 'Read',
      description: 'Reads.',
      allowedMemberTypes: ['User'],
      isEnabled: true,
    };
    const refused = (status: number, code: string, message: RegExp) => ({
      status,
      body: { error: { code, message: expect.stringMatching(message) } },
    });

    async function openRegistration() {
      const tenant = openTenant();
      const asPerson = await tenant.signIn('alex@contoso.com');
      const call = (method: string, path: string, body?: object) =>
        tenant.send(
          `${graph}${path}`,
          asPerson({ method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
        );
      const made = await call('POST', '/applications', { displayName: 'contoso', appRoles: [role] });
      const { id, appId } = Object(made.body);
      const me = tenant.principal('alex@contoso.com').objectId;
      return { call, made, id, appId, me, application: `/applications/${id}` };
    }

    it('are made, and found by name, id and client id', async () => {
      const { call, made, id, appId, application } = await openRegistration();
      const shown = { id, appId, displayName: 'contoso', appRoles: [{ ...role, origin: 'Application' }] };
      const empty = { identifierUris: [], api: { oauth2PermissionScopes: [], preAuthorizedApplications: [] } };
      expect(made).toMatchObject({ status: 201, body: { ...shown, ...empty } });
      const named = await call('GET', "/applications?$filter=displayName eq 'Contoso'");
      expect(named).toMatchObject({ status: 200, body: { value: [shown] } });
      expect(await call('GET', "/applications?$filter=displayName eq 'other'")).toMatchObject({ body: { value: [] } });
      for (const path of [application, `/applications(appId='${appId}')`])
        expect(await call('GET', path)).toMatchObject({ status: 200, body: shown });
      const absent = await call('GET', `/applications/${appId}`);
      expect(absent).toMatchObject(refused(404, 'Request_ResourceNotFound', /does not exist or one of its queried/));
    });

    it('keep what a change leaves out, and take a list whole', async () => {
      const { call, appId, application } = await openRegistration();
      const change = { identifierUris: [`api://${appId}`], api: { requestedAccessTokenVersion: 2 } };
      expect(await call('PATCH', application, change)).toMatchObject({ status: 204 });
      expect(await call('GET', application)).toMatchObject({
        body: { displayName: 'contoso', appRoles: [role], ...change },
      });
    });

    it('change or lose a role or scope only once it is disabled', async () => {
      const { call, application } = await openRegistration();
      const locked = refused(400, 'CannotDeleteOrUpdateEnabledEntitlement', /unless disabled first/);
      const renamed = { ...role, displayName: 'Look' };
      expect(await call('PATCH', application, { appRoles: [] })).toMatchObject(locked);
      expect(await call('PATCH', application, { appRoles: [renamed] })).toMatchObject(locked);
      const off = { appRoles: [{ ...role, isEnabled: false }] };
      expect(await call('PATCH', application, off)).toMatchObject({ status: 204 });
      expect(await call('PATCH', application, { appRoles: [renamed] })).toMatchObject({ status: 204 });
    });

    it.each([
      [
        'a role with what is read-only',
        { appRoles: [{ ...role, origin: 'Application' }] },
        /Unrecognized key: "origin"/,
      ],
      ['two roles with one id', { appRoles: [role, { ...role, value: 'Other' }] }, /duplicate values/],
      [
        'a client with a scope that is not there yet',
        { api: { preAuthorizedApplications: [{ appId: role.id, delegatedPermissionIds: [role.id] }] } },
        /cannot be found/,
      ],
      ["an address of somebody else's domain", { identifierUris: ['https://contoso.org/api'] }, /verified domain/],
    ])('refuse %s', async (_, change, message) => {
      const { call, application } = await openRegistration();
      expect(await call('PATCH', application, change)).toMatchObject(refused(400, 'Request_BadRequest', message));
    });

    it('have one service principal, which gives a role once', async () => {
      const { call, appId, me } = await openRegistration();
      const filter = `/servicePrincipals?$filter=appId eq '${appId}'`;
      expect(await call('GET', filter)).toMatchObject({ body: { value: [] } });
      const made = await call('POST', '/servicePrincipals', { appId });
      const { id } = Object(made.body);
      expect(made).toMatchObject({ status: 201, body: { appId, displayName: 'contoso' } });
      expect(await call('GET', filter)).toMatchObject({ body: { value: [{ id }] } });
      const twice = await call('POST', '/servicePrincipals', { appId });
      expect(twice).toMatchObject(refused(409, 'Request_MultipleObjectsWithSameKeyValue', /already in use/));
      const baseless = await call('POST', '/servicePrincipals', { appId: role.id });
      expect(baseless).toMatchObject(refused(400, 'NoBackingApplicationObject', /valid application object/));

      const gift = { principalId: me, resourceId: id, appRoleId: role.id };
      const give = () => call('POST', `/servicePrincipals/${id}/appRoleAssignedTo`, gift);
      expect(await give()).toMatchObject({ status: 201, body: gift });
      expect(await give()).toMatchObject(refused(400, 'Request_BadRequest', /already exists on the object/));
      const mine = await call('GET', `/me/appRoleAssignments?$filter=resourceId eq ${id}`);
      expect(mine).toMatchObject({ status: 200, body: { value: [gift] } });
    });
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
