import { describe, expect, it } from 'vitest';
import type { Edge } from '../../src/api/edge.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { functions } from '../../src/triggers/registrations.ts';

const nobody = () => Promise.reject(new TypeError('nothing is called'));
const edge: Edge = { app: nobody, authorise: nobody, log: () => {}, newId: () => 'new-id' };
const registered = functions(edge, { sweepSchedule: '0 */5 * * * *', eventsQueue: 'vault-events' }, async () => ({
  status: 200,
}));
const handler = expect.any(Function);

describe('what the host is told of', () => {
  it('is the timer, two queues and Event Grid, as the settings name them', () => {
    const connection = 'AzureWebJobsStorage';
    expect(registered.filter(({ trigger }) => trigger !== 'http')).toEqual([
      { name: 'sweep', trigger: 'timer', options: { schedule: '0 */5 * * * *', handler } },
      {
        name: 'advance-rotation',
        trigger: 'queue',
        options: { queueName: 'advance-rotation', connection, handler },
      },
      { name: 'secret-near-expiry', trigger: 'event-grid', options: { handler } },
      { name: 'secret-events', trigger: 'queue', options: { queueName: 'vault-events', connection, handler } },
    ]);
  });

  it('is every operation and its description below /api, without function keys: the access token decides', () => {
    const http = (name: string, methods: string[], route: string) => {
      const options = { authLevel: 'anonymous', methods, route, handler };
      return { name, trigger: 'http', options };
    };
    expect(registered.filter(({ trigger }) => trigger === 'http')).toEqual([
      http('read-openapi', ['GET'], 'api/openapi.json'),
      ...endpoints.map(({ name, method, route }) => http(name, [method], `api/${route}`)),
      http('web-page', ['GET', 'HEAD'], '{*path}'),
    ]);
  });
});
