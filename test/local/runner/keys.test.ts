import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeys } from '../../../local/runner/keys.ts';
import { startFixture } from './start-fixture.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
let shown: Record<string, string>;
beforeAll(async () => {
  fixture = await startFixture({
    keys: 'on',
    environment: { ...process.env, TIMER_SCHEDULE: '0 0 * * * *', 'AzureWebJobs.switched-off.Disabled': 'TRUE' },
  });
  const keys = openKeys(fixture.stateFolder, 'on');
  shown = {
    none: '',
    wrong: 'wrong',
    own: keys.functionKeys('guarded')[0]?.value ?? '',
    neighbour: keys.functionKeys('neighbour')[0]?.value ?? '',
    host: keys.hostKeys[0]?.value ?? '',
    system: keys.systemKeys[0]?.value ?? '',
    master: keys.master,
  };
});
afterAll(() => fixture.stop());

const withKey = (key: string) => ({ headers: { 'x-functions-key': shown[key] ?? '' } });

describe('who may call a function of each level', () => {
  it.each([
    ['none', 200, 401, 401],
    ['wrong', 200, 401, 401],
    ['own', 200, 200, 401],
    ['neighbour', 200, 401, 401],
    ['host', 200, 200, 401],
    ['system', 200, 401, 401],
    ['master', 200, 200, 200],
  ])('key %s: anonymous %i, function %i, admin %i', async (key, open, guarded, operator) => {
    const byHeader = ['open', 'guarded', 'operator'].map((name) => fixture.get(`/api/${name}`, withKey(key)));
    const byQuery = ['open', 'guarded', 'operator'].map((name) => fixture.get(`/api/${name}?code=${shown[key]}`));
    expect((await Promise.all(byHeader)).map(({ status }) => status)).toEqual([open, guarded, operator]);
    expect((await Promise.all(byQuery)).map(({ status }) => status)).toEqual([open, guarded, operator]);
  });

  it('answers a disabled function with 404', async () => {
    expect((await fixture.get('/api/switched-off')).status).toBe(404);
    expect((await fixture.get('/api/switched-off', withKey('master'))).status).toBe(200);
  });

  it('keeps its keys in the state folder, the same after a restart', async () => {
    expect(await readdir(join(fixture.stateFolder, 'azure-webjobs-secrets'))).toContain('host.json');
    expect(openKeys(fixture.stateFolder, 'on').master).toBe(shown.master);
  });
});

describe('the admin endpoints', () => {
  it.each([
    ['the ping needs no key', 'GET', '/admin/host/ping', 'none', 200],
    ['the status needs the master key', 'GET', '/admin/host/status', 'host', 401],
    ['the status', 'GET', '/admin/host/status', 'master', 200],
    ['the list of functions needs the master key', 'GET', '/admin/functions', 'none', 401],
    ['a function', 'GET', '/admin/functions/hourly', 'master', 200],
    ['a function’s status', 'GET', '/admin/functions/hourly/status', 'master', 200],
    ['a function’s keys', 'GET', '/admin/functions/guarded/keys', 'master', 200],
    ['the host keys', 'GET', '/admin/host/keys', 'master', 200],
    ['the system keys', 'GET', '/admin/host/systemkeys', 'master', 200],
    ['an unknown function', 'GET', '/admin/functions/nobody', 'master', 404],
    ['an unknown area', 'GET', '/admin/nothing', 'master', 404],
  ])('%s', async (_, method, path, key, status) => {
    const response = await fixture.get(path, { method, ...withKey(key) });
    expect(response.status).toBe(status);
    if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('lists name, bindings and whether it is disabled', async () => {
    const response = await fixture.get('/admin/functions', withKey('master'));
    const listed: { name: string; config: { bindings: unknown[] } }[] = JSON.parse(await response.text());
    const off = listed.find(({ name }) => name === 'switched-off');
    expect(off).toMatchObject({
      isDisabled: true,
      language: 'node',
      invoke_url_template: `${fixture.runner.url}/api/switched-off`,
    });
    expect(off?.config.bindings[0]).toMatchObject({ type: 'httpTrigger', direction: 'in' });
  });

  it.each([
    ['needs the master key', 'hourly', 'application/json', '{}', 'host', 401],
    ['is accepted at once', 'hourly', 'application/json', '{}', 'master', 202],
    ['takes a null input', 'hourly', 'application/json', '{"input":null}', 'master', 202],
    ['is accepted even if the run must fail', 'open', 'application/json', '{"input":"x"}', 'master', 202],
    ['refuses an object as input', 'hourly', 'application/json', '{"input":{}}', 'master', 400],
    ['refuses a body that is no object', 'hourly', 'application/json', '"text"', 'master', 400],
    ['refuses a body that is no JSON by its type', 'hourly', 'text/plain', '{}', 'master', 415],
    ['does not know the function', 'nobody', 'application/json', '{}', 'master', 404],
  ])('firing a function by hand %s', async (_, name, type, body, key, status) => {
    const headers = { ...withKey(key).headers, 'content-type': type };
    const response = await fixture.get(`/admin/functions/${name}`, { method: 'POST', headers, body });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('logs why an HTTP function cannot be fired by hand', async () => {
    expect(await fixture.runner.fire('open', 'x')).toMatchObject({ succeeded: false });
    await fixture.log.seen('An HttpRequest is required');
  });
});

describe('who may call the Event Grid webhook', () => {
  it.each([
    ['none', 401],
    ['own', 401],
    ['host', 403],
    ['system', 202],
    ['master', 202],
  ])('key %s: %i', async (key, status) => {
    const path = `/runtime/webhooks/eventgrid?functionName=on-event&code=${shown[key]}`;
    const response = await fixture.get(path, {
      method: 'POST',
      headers: { 'aeg-event-type': 'Notification' },
      body: '[]',
    });
    expect(response.status).toBe(status);
  });
});
