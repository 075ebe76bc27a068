import { describe, expect, it } from 'vitest';
import { readSecretEvents } from '../../src/triggers/read-secret-events.ts';

const version = 'ee059b2bb5bc48398a53b168c6cdcb10';
const topic =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-contoso/providers/Microsoft.KeyVault/vaults/kv-contoso';
const data = {
  Id: `https://kv-contoso.vault.azure.net/secrets/ai-key1/${version}`,
  VaultName: 'kv-contoso',
  ObjectType: 'Secret',
  ObjectName: 'ai-key1',
  Version: version,
  NBF: null,
  EXP: '1559082102',
};
const event = {
  id: '00eccf70',
  topic,
  subject: 'ai-key1',
  eventType: 'Microsoft.KeyVault.SecretNearExpiry',
  eventTime: '2026-11-23T01:08:33.1036736Z',
  data,
  dataVersion: '1',
  metadataVersion: '1',
};
const cloudEvent = {
  source: topic,
  subject: 'ai-key1',
  type: 'Microsoft.KeyVault.SecretExpired',
  time: '2026-11-23T01:08:33.1036736Z',
  id: '00eccf70',
  data,
  specversion: '1.0',
};
const near = {
  kind: 'secret-event',
  event: { kind: 'near-expiry', vault: 'kv-contoso', secret: 'ai-key1', version },
} as const;
const expired = { ...near, event: { ...near.event, kind: 'expired' } };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const { EXP: _e, NBF: _n, ...undated } = data;

describe('an event is read', () => {
  it.each<[string, unknown, unknown[]]>([
    ["in Event Grid's schema", event, [near]],
    ['as a CloudEvent', cloudEvent, [expired]],
    ['from an array, each', [event, cloudEvent], [near, expired]],
    ['from no events', [], []],
    ['from plain JSON text', JSON.stringify([event]), [near]],
    ['from JSON text with a byte order mark', `\uFEFF${JSON.stringify(event)}`, [near]],
    ['from base64 text', base64(event), [near]],
    ['from base64 text of an array', base64([cloudEvent, event]), [expired, near]],
    ['from a JSON text of base64 text', JSON.stringify(base64(event)), [near]],
    ['from a JSON text of base64 text of an array', JSON.stringify(base64([cloudEvent, event])), [expired, near]],
    ['from bytes', new TextEncoder().encode(JSON.stringify(event)), [near]],
    ['with data as JSON text', { ...event, data: JSON.stringify(data) }, [near]],
    [
      'with data as base64, as CloudEvents allow',
      { ...cloudEvent, data: undefined, data_base64: base64(data) },
      [expired],
    ],
    [
      "with the blanks of the vendor's sample",
      { ...event, data: { ...undated, ObjectName: undefined, 'ObjectName ': 'ai-key1', Version: ` ${version}` } },
      [near],
    ],
    [
      "with the schema's lower-case members",
      { ...event, data: { vaultName: 'kv-contoso', objectName: 'ai-key1', objectType: 'Secret', version, exp: 5 } },
      [near],
    ],
    [
      'with names in other cases',
      {
        EVENTTYPE: 'microsoft.keyvault.SECRETNEAREXPIRY',
        DATA: { VAULTNAME: 'KV-Contoso', OBJECTNAME: 'ai-key1', version: version.toUpperCase() },
      },
      [near],
    ],
    ['with dates as numbers', { ...event, data: { ...data, NBF: 1, EXP: 2 } }, [near]],
    ['without dates', { ...event, data: undated }, [near]],
    ['by its id alone', { ...event, topic: undefined, subject: undefined, data: { Id: data.Id } }, [near]],
    ['by an id with a port', { ...event, data: { Id: data.Id.replace('.net', '.net:443') } }, [near]],
    ['by topic, subject and version', { ...event, data: { Version: version } }, [near]],
  ])('%s', (_, message, expected) => {
    expect(readSecretEvents(message)).toEqual(expected);
  });
});

describe('what is not about the end of a secret', () => {
  it.each<[string, unknown]>([
    ['a new version', { ...event, eventType: 'Microsoft.KeyVault.SecretNewVersionCreated' }],
    ["a key's end", { ...event, eventType: 'Microsoft.KeyVault.KeyNearExpiry' }],
    ['a certificate, whatever the type says', { ...event, data: { ...data, ObjectType: 'Certificate' } }],
    ['a word that every object has', { ...event, eventType: 'constructor' }],
  ])('is passed over: %s', (_, message) => {
    expect(readSecretEvents(message)).toEqual([{ kind: 'other' }]);
  });

  it.each<[string, unknown, string[]]>([
    ['null', null, ['eventType']],
    ['a number', 5, ['eventType']],
    ['an empty text', '', ['eventType']],
    ['a text', 'hello', ['eventType']],
    ['an array of arrays', [[event]], ['eventType']],
    [
      'no data',
      { ...event, topic: '', subject: '', data: null },
      ['data.VaultName', 'data.ObjectName', 'data.Version'],
    ],
    ['no version', { ...event, data: { VaultName: 'kv-contoso', ObjectName: 'ai-key1' } }, ['data.Version']],
    [
      'names that are none',
      { ...event, topic: null, data: { ...data, Id: '', VaultName: 'kv/../x', ObjectName: 'a b\n' } },
      ['data.VaultName', 'data.ObjectName'],
    ],
  ])('or is none at all is told by its members: %s', (_, message, fields) => {
    expect(readSecretEvents(message)).toEqual([{ kind: 'malformed', fields }]);
  });
});

describe('what is about a regenerated key', () => {
  const accountId =
    '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/ai-contoso';
  const by = '11111111-1111-4111-8111-111111111111';
  const claims = { 'http://schemas.microsoft.com/identity/claims/objectidentifier': by, name: 'somebody' };
  const operationName = 'Microsoft.CognitiveServices/accounts/regenerateKey/action';
  const action = {
    eventType: 'Microsoft.Resources.ResourceActionSuccess',
    eventTime: '2026-03-01T10:00:00Z',
    subject: accountId,
    data: { operationName, resourceUri: accountId, claims },
  };
  const found = { kind: 'regenerated-key', event: { accountId, by, atMs: Date.parse('2026-03-01T10:00:00Z') } };
  const cloudEvent = {
    type: action.eventType,
    time: action.eventTime,
    source: '/subscriptions/s1',
    subject: accountId,
  };

  it.each<[string, unknown, unknown]>([
    ["in Event Grid's schema", action, found],
    ['as a CloudEvent', { ...cloudEvent, data: action.data }, found],
    [
      'with claims and data as texts',
      { ...action, data: JSON.stringify({ ...action.data, claims: JSON.stringify(claims) }) },
      found,
    ],
    [
      "with the action's own path",
      { ...action, data: { ...action.data, resourceUri: `${accountId}/regenerateKey` } },
      found,
    ],
    ['by its subject', { ...action, data: { operationName } }, { ...found, event: { ...found.event, by: null } }],
    [
      'with an action in the authorization alone',
      { ...action, data: { authorization: { action: operationName.toUpperCase() }, resourceUri: accountId, claims } },
      found,
    ],
    ['without a time', { ...action, eventTime: 'soon' }, { ...found, event: { ...found.event, atMs: null } }],
    [
      'by whom nobody can be',
      { ...action, data: { ...action.data, claims: { [Object.keys(claims)[0] ?? '']: 'x\n'.repeat(99) } } },
      { ...found, event: { ...found.event, by: null } },
    ],
    [
      "Keyturn's own look",
      { ...action, data: { ...action.data, operationName: operationName.replace('regenerateKey', 'listKeys') } },
      { kind: 'other' },
    ],
    [
      'of another service',
      { ...action, data: { ...action.data, operationName: 'Microsoft.Storage/storageAccounts/regenerateKey/action' } },
      { kind: 'other' },
    ],
    ['a failed one', { ...action, eventType: 'Microsoft.Resources.ResourceActionFailure' }, { kind: 'other' }],
    [
      'of no account',
      { ...action, subject: '', data: { operationName, resourceUri: 'x' } },
      { kind: 'malformed', fields: ['data.resourceUri'] },
    ],
  ])('%s', (_, message, expected) => {
    expect(readSecretEvents(message)).toEqual([expected]);
  });
});
