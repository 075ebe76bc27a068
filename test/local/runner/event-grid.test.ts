import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFixture } from './start-fixture.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());

const event = (id: string) => ({
  id,
  eventType: 'Microsoft.KeyVault.SecretNearExpiry',
  data: { ObjectName: 'k' },
  eventTime: '2026-01-01T00:00:00Z',
});
const post = (type: string | undefined, body: unknown, name = 'on-event') =>
  fixture.get(`/runtime/webhooks/EventGrid?functionName=${name}`, {
    method: 'POST',
    headers: type === undefined ? {} : { 'aeg-event-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

it.each([
  ['one event', 'Notification', event('single'), 202, ''],
  ['an array of events', 'Notification', [event('a'), event('b')], 202, ''],
  ['no events', 'Notification', [], 202, ''],
  [
    'a failing event among others',
    'Notification',
    [event('fail'), event('c')],
    500,
    'Exception while executing function: Functions.on-event',
  ],
  ['malformed JSON', 'Notification', '{', 500, ''],
  ['an item that is no object', 'Notification', [event('before'), 5, null, event('after')], 500, ''],
  ['an array within the array', 'Notification', [[event('not-run')]], 500, ''],
  ['an unsubscription', 'Unsubscribe', {}, 202, ''],
  ['a header in any case', 'notification', [], 202, ''],
  ['no header', undefined, event('x'), 400, ''],
  ['another header', 'Else', event('x'), 400, ''],
  ['a validation', 'SubscriptionValidation', [{ data: { validationCode: 'C1' } }], 200, '{"validationResponse":"C1"}'],
  [
    'a validation, single object',
    'SubscriptionValidation',
    { data: { validationCode: 'C2' } },
    200,
    '{"validationResponse":"C2"}',
  ],
  [
    'a validation with data as text',
    'SubscriptionValidation',
    { data: '{"validationCode":"C3"}' },
    200,
    '{"validationResponse":"C3"}',
  ],
])('answers %s', async (_, type, body, status, text) => {
  const response = await post(type, body);
  expect([response.status, await response.text()]).toEqual([status, text]);
});

it('hands every event over verbatim in an invocation of its own, with its data as metadata', () => {
  const reports = fixture.log.reports('on-event');
  const seen = reports.map(({ event }) => (event as { id: string }).id);
  expect(seen.toSorted()).toEqual(['a', 'after', 'b', 'before', 'c', 'fail', 'single']);
  expect(reports[0]).toMatchObject({ event: event('single'), metadata: { data: { objectName: 'k' } } });
});

it('invokes for an event without data', async () => {
  expect((await post('Notification', { id: 'bare' })).status).toBe(202);
  expect(fixture.log.reports('on-event').at(-1)).toMatchObject({ event: { id: 'bare' }, metadata: {} });
});

it('compares the function’s name with its case', async () => {
  const response = await post('Notification', [], 'On-Event');
  expect([response.status, await response.text()]).toEqual([404, "cannot find function: 'On-Event'"]);
});

it('answers the CloudEvents handshake with its fixed origin', async () => {
  const response = await fixture.get('/runtime/webhooks/EventGrid?functionName=on-event', {
    method: 'OPTIONS',
    headers: { 'webhook-request-origin': 'contoso.example' },
  });
  expect([response.status, response.headers.get('webhook-allowed-origin')]).toEqual([200, 'eventgrid.azure.net']);
});

it.each([
  ['GET is a 400', '/runtime/webhooks/EventGrid?functionName=on-event', 400],
  ['an unknown extension is a 404', '/runtime/webhooks/Other?functionName=on-event', 404],
])('%s', async (_, path, status) => {
  expect((await fixture.get(path)).status).toBe(status);
});

it('fires by hand with one event as JSON text, and fails with anything else', async () => {
  expect(await fixture.runner.fire('on-event', JSON.stringify(event('by-hand')))).toMatchObject({ succeeded: true });
  const { metadata } = fixture.log.reports('on-event').at(-1) as { metadata: Record<string, unknown> };
  expect(Object.keys(metadata)).toEqual(['data', expect.stringMatching(/^eventGridTrigger/)]);
  expect(await fixture.runner.fire('on-event', 'no JSON')).toMatchObject({ succeeded: false });
});
