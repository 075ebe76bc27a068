import { describe, expect, it } from 'vitest';
import { account, accountId, group, groupId, openArm, subscriptionId } from './open-arm.ts';

const version = 'api-version=2021-04-01';
const subscription = `/subscriptions/${subscriptionId}`;

describe('what ARM answers itself', () => {
  it('lists tenants, and subscriptions only to those who have a role there', async () => {
    const { send, tokenOf, world } = openArm();
    expect(await send('GET', `/tenants?api-version=2020-01-01`)).toMatchObject({
      body: { value: [{ id: `/tenants/${world.tenantId}`, tenantCategory: 'Home' }] },
    });
    const mine = await send('GET', `/subscriptions?api-version=2020-01-01`);
    expect(mine).toMatchObject({ body: { value: [{ subscriptionId }], count: { type: 'Total', value: 1 } } });
    expect(mine.headers.get('x-ms-ratelimit-remaining-tenant-reads')).toBe('248');
    const guest = await send('GET', `/subscriptions?api-version=2020-01-01`, { token: await tokenOf('guest') });
    expect(guest).toMatchObject({ body: { value: [] } });
    expect((await send('GET', `${subscription}/locations?${version}`)).body).toHaveProperty(
      'value.0.displayName',
      'East US',
    );
  });

  it('makes, shows, tags and deletes a group; deleting takes what is in it', async () => {
    const { send, clock, world } = openArm({ pace: { armOperationMs: 30_000 } });
    const path = `${subscription}/resourcegroups/rg-new?${version}`;
    expect((await send('HEAD', path)).status).toBe(404);
    expect(await send('PUT', path, { body: { location: 'West US' } })).toMatchObject({
      status: 201,
      body: { location: 'westus' },
    });
    expect((await send('PUT', path, { body: { location: 'westus', tags: { a: '1' } } })).status).toBe(200);
    expect(await send('HEAD', path)).toMatchObject({ status: 204 });
    const deletion = await send('DELETE', `${groupId}?${version}`);
    expect(deletion).toMatchObject({ status: 202, body: undefined });
    expect(deletion.headers.get('retry-after')).toBe('15');
    const poll = new URL(deletion.headers.get('location') ?? '');
    expect(await send('GET', poll.pathname + poll.search)).toMatchObject({ status: 202, body: undefined });
    expect(await send('GET', `${subscription}/resourcegroups?${version}`)).toMatchObject({
      body: {
        value: [
          { name: group, properties: { provisioningState: 'Deleting' } },
          { name: 'rg-new', tags: { a: '1' } },
        ],
      },
    });
    await clock.advance(30_000);
    expect(await send('GET', poll.pathname + poll.search)).toMatchObject({ status: 200, body: undefined });
    expect((await send('HEAD', `${groupId}?${version}`)).status).toBe(404);
    expect(world.accounts).toEqual([]);
    expect(world.deletedAccounts).toHaveLength(1);
  });

  it('pages groups by $top, and finds them by tag', async () => {
    const { send } = openArm({
      resourceGroups: [
        { name: group },
        { name: 'rg-b', tags: { team: 'vision' } },
        { name: 'rg-c', tags: { team: 'x' } },
      ],
    });
    const list = async (query: string) =>
      (await send('GET', `${subscription}/resourcegroups?${version}${query}`)).body as {
        value: { name: string }[];
        nextLink?: string;
      };
    const first = await list('&$top=2');
    expect(first.value.map(({ name }) => name)).toEqual([group, 'rg-b']);
    const rest = await list(`&$top=2&$skiptoken=${new URL(first.nextLink ?? '').searchParams.get('$skiptoken')}`);
    expect(rest).toEqual({ value: [expect.objectContaining({ name: 'rg-c' })] });
    const tagged = await list(`&$filter=${encodeURIComponent("tagName eq 'team' and tagValue eq 'vision'")}`);
    expect(tagged.value.map(({ name }) => name)).toEqual(['rg-b']);
  });

  it('knows of no resource that it cannot make: a read is 404, a write stays loud', async () => {
    const { send, world } = openArm();
    world.subscriptions[0]?.registeredProviders.add('Microsoft.Compute');
    const path = `${groupId}/providers/Microsoft.Compute/virtualMachines/vm?${version}`;
    const read = await send('GET', path);
    expect(read).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } });
    expect(read.headers.get('x-ms-failure-cause')).toBe('gateway');
    expect(await send('GET', `${groupId}/providers/Microsoft.Resources/deployments/d?${version}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'DeploymentNotFound', message: "Deployment 'd' could not be found." } },
    });
    expect((await send('PUT', path, { body: { location: 'eastus' } })).status).toBe(501);
  });

  it('lists resources that the caller may read, by type and by tag', async () => {
    const { send, tokenOf } = openArm({ vaults: [{ name: 'kv-contoso', resourceGroup: group }] });
    const names = async (query: string, token?: string) => {
      const { body } = await send(
        'GET',
        `${subscription}/resources?${version}${query}`,
        token === undefined ? {} : { token },
      );
      return body;
    };
    expect(await names('')).toMatchObject({ value: [{ id: accountId }, { name: 'kv-contoso' }] });
    expect(await names("&$filter=resourceType eq 'Microsoft.KeyVault/vaults'")).toMatchObject({
      value: [{ name: 'kv-contoso' }],
    });
    expect(await names("&$filter=tagName eq 'team' and tagValue eq 'vision'")).toMatchObject({
      value: [{ id: accountId }],
    });
    expect(await names('', await tokenOf('guest'))).toEqual({ value: [] });
  });

  it.each([
    ["resourceType ne 'Microsoft.KeyVault/vaults'", ['ai-contoso', 'ai-other']],
    ["resourceType eq 'Microsoft.KeyVault/vaults' or name eq 'ai-other'", ['ai-other', 'kv-contoso']],
    ["substringof('other', name)", ['ai-other']],
    ["substringof('CONTOSO', resourceGroup) and location eq 'eastus'", ['ai-contoso', 'ai-other', 'kv-contoso']],
    ["startswith(tagName, 'te')", ['ai-contoso']],
    ["name eq 'a and b' or plan/name eq 'x'", []],
  ])('finds resources by the documented filter %s', async (filter, found) => {
    const { send } = openArm({
      accounts: [
        { name: account, resourceGroup: group, tags: { team: 'vision' } },
        { name: 'ai-other', resourceGroup: group },
      ],
      vaults: [{ name: 'kv-contoso', resourceGroup: group }],
    });
    const { body } = await send('GET', `${groupId}/resources?${version}&$filter=${encodeURIComponent(filter)}`);
    expect((body as { value: { name: string }[] }).value.map(({ name }) => name).toSorted()).toEqual(found);
  });

  it.each(["name like 'x'", "size eq 'x'", 'name eq x', "substringof('x', location)"])(
    'refuses the filter %s',
    async (filter) => {
      const path = `${groupId}/resources?${version}&$filter=${encodeURIComponent(filter)}`;
      expect(await openArm().send('GET', path)).toMatchObject({
        status: 400,
        body: { error: { code: 'InvalidFilterInQueryString' } },
      });
    },
  );

  it('pages resources by $top, expands them, and hides their tags from a filter by tag', async () => {
    const { send } = openArm({ vaults: [{ name: 'kv-contoso', resourceGroup: group }] });
    const list = async (query: string) => (await send('GET', `${groupId}/resources?${version}${query}`)).body;
    const first = (await list('&$top=1')) as { value: unknown[]; nextLink: string };
    expect(first.value).toMatchObject([{ id: accountId, tags: { team: 'vision' } }]);
    expect(first.value[0]).not.toHaveProperty('createdTime');
    const { pathname, search } = new URL(first.nextLink);
    const last = (await send('GET', pathname + search)).body;
    expect(last).toMatchObject({ value: [{ name: 'kv-contoso' }] });
    expect(last).not.toHaveProperty('nextLink');
    expect(await list('&$top=none&$skiptoken=%25')).toMatchObject({ value: [{}, {}] });
    expect(await list('&$expand=createdTime,changedTime,provisioningState')).toMatchObject({
      value: [
        {
          createdTime: '2026-11-23T12:00:00.0000000Z',
          changedTime: expect.any(String),
          provisioningState: 'Succeeded',
        },
        {},
      ],
    });
    const byTag = (await list("&$filter=tagName eq 'team' and tagValue eq 'vision'")) as { value: unknown[] };
    expect(byTag.value).toMatchObject([{ id: accountId }]);
    expect(byTag.value[0]).not.toHaveProperty('tags');
  });

  it('registers a provider: Registering at first, Registered later', async () => {
    const { send, clock } = openArm({ pace: { armOperationMs: 10_000 } });
    const path = `${subscription}/providers/Microsoft.Devices`;
    expect(await send('GET', `${path}?${version}`)).toMatchObject({ body: { registrationState: 'NotRegistered' } });
    expect(await send('POST', `${path}/register?${version}`)).toMatchObject({
      status: 200,
      body: { registrationState: 'Registering' },
    });
    await clock.advance(10_000);
    expect(await send('GET', `${path}?${version}`)).toMatchObject({ body: { registrationState: 'Registered' } });
  });
});
