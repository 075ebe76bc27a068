import { describe, expect, it } from 'vitest';
import { type EventDeliveryPath, eventDeliveryPath } from '../../src/targets/event-delivery-path.ts';
import type { EventSubscription } from '../../src/targets/ports.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const pointer = buildTarget();
const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'shop-Key' } });
const all = { beginsWith: '', endsWith: '', hasCase: false };
const queue = { kind: 'queue', queue: 'Keyturn-Events' } as const;
const site = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/keyturn';
const calls = (name: string) => ({ kind: 'function', resourceId: `${site}/functions/${name}` }) as const;
const posts = (address: string) => ({ kind: 'webhook', address }) as const;
/** Every event of the vault, into Keyturn's queue. */
const subscription = (change: Partial<EventSubscription> = {}): EventSubscription => ({
  ...{ isWorking: true, eventTypes: null, subject: all, destination: queue },
  ...change,
});
const one = (change: Partial<EventSubscription>) => [subscription(change)];
const types = (...eventTypes: string[]) => one({ eventTypes });
const subject = (change: Partial<EventSubscription['subject']>) => one({ subject: { ...all, ...change } });
const to = (destination: EventSubscription['destination']) => one({ destination });

describe('near-expiry events of a target come', () => {
  it.each<
    [
      deliveryPath: Exclude<EventDeliveryPath, 'unknown'>,
      says: string,
      found: readonly EventSubscription[],
      of?: typeof pointer,
    ]
  >([
    ['none', 'if the vault has no subscription', []],
    ['queue', 'if every event goes into the queue', [subscription()]],
    ['none', 'if that could not be set up', one({ isWorking: false })],
    [
      'queue',
      'if such events do, among others',
      types('Microsoft.KeyVault.SecretNewVersionCreated', 'Microsoft.KeyVault.SecretNearExpiry'),
    ],
    ['queue', 'if all of them do, by that name', types('All')],
    ['none', 'if only other events do', types('Microsoft.KeyVault.SecretExpired')],
    ['none', 'if no event does', types()],
    ['queue', 'if the name of a key begins as asked', subject({ beginsWith: 'AI-Services-key' })],
    ['none', 'if it does so in another case, which counts', subject({ beginsWith: 'AI-Services-key', hasCase: true })],
    ['queue', 'if the name of one key ends as asked', subject({ endsWith: '-KEY2' })],
    ['none', 'if it does so in another case, which counts', subject({ endsWith: '-KEY2', hasCase: true })],
    ['none', 'if only one of both fits', subject({ beginsWith: 'ai-services', endsWith: '-other' })],
    ['none', 'if only one of both fits', subject({ beginsWith: 'other', endsWith: '-key1' })],
    ['none', 'if only the pointer is taken', subject({ beginsWith: 'ai-services-active' })],
    ['queue', 'if the direct value is taken', subject({ beginsWith: 'shop-Key', hasCase: true }), direct],
    ['none', 'if a direct value is taken that it has none of', subject({ beginsWith: 'shop-key' })],
    ['none', 'into another queue', to({ kind: 'queue', queue: 'others' })],
    ['none', 'anywhere else', to({ kind: 'other' })],
    ['push', 'to the function that waits for them', to(calls('Secret-Near-Expiry'))],
    ['none', 'to another function', to(calls('secret-near-expiry-2'))],
    ['none', 'to a function of another name', to(calls('other'))],
    [
      'push',
      'to the host’s address for events',
      to(posts('https://keyturn.azurewebsites.net/runtime/webhooks/EventGrid')),
    ],
    ['none', 'to another address', to(posts('https://keyturn.azurewebsites.net/runtime/webhooks/eventgrid/x'))],
    ['push', 'both ways', [subscription(), ...to(calls('secret-near-expiry'))]],
    ['queue', 'beside one that leads elsewhere', [...to({ kind: 'other' }), subscription()]],
  ])('%s: %s', (deliveryPath, _, found, of = pointer) => {
    expect(eventDeliveryPath(found, of, 'keyturn-events')).toBe(deliveryPath);
  });
});
