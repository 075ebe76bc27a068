import { describe, expect, it } from 'vitest';
import type { Edge } from '../../src/api/edge.ts';
import type { App } from '../../src/app/contract.ts';
import type { RegeneratedKey, SecretEvent } from '../../src/shared/azure-events.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { secretEvents, secretNearExpiry } from '../../src/triggers/secret-events.ts';
import { fakeContext } from './fake-request.ts';

const version = 'e'.repeat(32);
const accountId =
  '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/ai-contoso';
const eventOf = (name: string, eventType = 'Microsoft.KeyVault.SecretNearExpiry') => ({
  eventType,
  data: { VaultName: 'kv-contoso', ObjectName: name, Version: version },
});

/** Hands `message` to one of the two functions, in an app that breaks at the secret `broken`. */
async function deliver(deliveryPath: 'pushed' | 'pulled', message: unknown) {
  const handledEvents: string[] = [];
  const handledWhole: SecretEvent[] = [];
  const regenerated: RegeneratedKey[] = [];
  const events: LogEvent[] = [];
  const app: Pick<App, 'handleSecretEvent' | 'handleRegeneratedKey'> = {
    handleSecretEvent: async (event) => {
      const { secret } = event;
      if (secret === 'broken') throw new TypeError('broken');
      handledEvents.push(secret);
      handledWhole.push(event);
    },
    handleRegeneratedKey: async (event) => void regenerated.push(event),
  };
  const edge: Edge = {
    app: async () => app as App,
    authorise: () => Promise.reject(new TypeError('nobody signs in here')),
    log: (event) => events.push(event),
    newId: () => 'id',
  };
  const handled =
    deliveryPath === 'pushed'
      ? // The host hands over whatever the event is.
        secretNearExpiry(edge)(message as never, fakeContext('secret-near-expiry'))
      : secretEvents(edge)(message, fakeContext('secret-events'));
  const failed = await Promise.resolve(handled).then(
    () => null,
    (error: unknown) => String(error),
  );
  return { handed: { handledEvents, events, failed }, handledWhole, regenerated };
}

describe.each(['pushed', 'pulled'] as const)('a delivery that is %s', (deliveryPath) => {
  it('is handed over, event by event', async () => {
    const message = [eventOf('one'), eventOf('two')];
    expect((await deliver(deliveryPath, message)).handed).toEqual({
      handledEvents: ['one', 'two'],
      events: [],
      failed: null,
    });
  });

  it('tells what it is about, and how it came', async () => {
    const { handledWhole } = await deliver(deliveryPath, eventOf('one'));
    const how = deliveryPath === 'pushed' ? 'push' : 'queue';
    expect(handledWhole).toEqual([
      { kind: 'near-expiry', vault: 'kv-contoso', secret: 'one', version, deliveryPath: how },
    ]);
  });

  it('of a key that somebody regenerated is handed over as such', async () => {
    const { handed, regenerated } = await deliver(deliveryPath, {
      eventType: 'Microsoft.Resources.ResourceActionSuccess',
      eventTime: '2026-03-01T10:00:00Z',
      data: { operationName: 'Microsoft.CognitiveServices/accounts/regenerateKey/action', resourceUri: accountId },
    });
    expect(handed).toEqual({ handledEvents: [], events: [], failed: null });
    expect(regenerated).toEqual([{ accountId, by: null, atMs: Date.parse('2026-03-01T10:00:00Z') }]);
  });

  it('that is no event of ours is logged and acknowledged', async () => {
    const message = [eventOf('one', 'Microsoft.KeyVault.SecretNewVersionCreated'), { hello: 'world' }];
    expect((await deliver(deliveryPath, message)).handed).toEqual({
      handledEvents: [],
      events: [
        { event: 'secret-event-ignored', reason: 'other-event-type' },
        { event: 'secret-event-malformed', fields: ['eventType'] },
      ],
      failed: null,
    });
  });

  it('in which one event breaks comes again, after the others had their turn', async () => {
    const message = [eventOf('broken'), eventOf('two')];
    expect((await deliver(deliveryPath, message)).handed).toMatchObject({
      handledEvents: ['two'],
      events: [{ event: 'unexpected-error', errorName: 'TypeError', stack: expect.arrayContaining([]) }],
      failed: expect.stringContaining('unexpected-error'),
    });
  });
});
