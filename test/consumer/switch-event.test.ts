/** Of what comes in, the kit takes as a hint only what is an event of Keyturn about its own key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyPlace } from '../../consumer/src/contract.ts';
import { switchHint } from '../../consumer/src/switch-event.ts';
import { cloudEvent } from '../../src/notifications/channels.ts';
import { buildNotification, buildSwitch, switchedSecrets } from '../notifications/notification-builder.ts';

const vaultUrl = 'https://kv-contoso.vault.azure.net';
const byPointer: KeyPlace = { prefix: 'ai-services' };
const byName: KeyPlace = { secretName: 'ai-services-key' };
/** As Keyturn sends it, after a journey as JSON. */
const sent = (change: Parameters<typeof buildNotification>[0] = {}) =>
  JSON.parse(JSON.stringify(cloudEvent(buildSwitch(change), 'https://func-keyturn-contoso.azurewebsites.net')));
const { pointer, key, direct } = switchedSecrets;

describe('an event', () => {
  it.each<[string, unknown, KeyPlace, ReturnType<typeof switchHint>]>([
    ['about the pointer says which version of the key is there', sent(), byPointer, { version: key.version }],
    ['about the direct value says which version of that', sent(), byName, { version: direct.version }],
    [
      'that does not know the version says so',
      sent({ secrets: { pointer, key: { ...key, version: null }, direct } }),
      byPointer,
      { version: null },
    ],
    ['of another vault is not about this key', sent({ vault: 'https://kv-other.vault.azure.net' }), byPointer, null],
    ['of another prefix is not about this key', sent(), { prefix: 'ai' }, null],
    ['of another direct value is not about this key', sent(), { secretName: 'ai-services-key1' }, null],
    ['without a direct value is about none', sent({ secrets: { pointer, key, direct: null } }), byName, null],
    ['of another kind is none', sent({ kind: 'completed' }), byPointer, null],
    ['without secrets is none', cloudEvent(buildNotification({ kind: 'key-switched' })), byPointer, null],
    ['that is no event is none', 'Keyturn.KeySwitched', byPointer, null],
    ['that is a list of events is none', [sent()], byPointer, null],
    ['with no data is none', { ...sent(), data: null }, byPointer, null],
    ['with a vault that is no address is none', sent({ vault: 'kv-contoso' }), byPointer, null],
    [
      'with a version that is no text does not know it',
      { ...sent(), data: forged({ version: 7 }) },
      byPointer,
      { version: null },
    ],
    [
      'with a name that is no text is none',
      { ...sent(), data: { ...forged({}), secrets: { pointer: { name: 7 } } } },
      byPointer,
      null,
    ],
  ])('%s', (_, event, place, hint) => {
    expect(switchHint(event, vaultUrl, place)).toEqual(hint);
  });

  it('and the kit may write vault and secrets in another case, and end the address with a slash', () => {
    expect(switchHint(sent(), 'https://KV-Contoso.vault.azure.net/', { prefix: 'AI-Services' })).not.toBeNull();
  });
});

/** The data of an event in which somebody has changed the key's entry. */
function forged(change: object) {
  return { ...sent().data, secrets: { ...switchedSecrets, key: { ...key, ...change } } };
}

it('whatever comes in, nothing is thrown', () => {
  const type = fc.constantFrom('Keyturn.KeySwitched', 'x');
  const data = fc.oneof(fc.anything(), fc.record({ vault: fc.constant(vaultUrl), secrets: fc.anything() }));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ type, data })), (event) => {
      for (const place of [byPointer, byName]) switchHint(event, vaultUrl, place);
    }),
  );
  const trap = new Proxy({}, { get: () => expect.unreachable() });
  expect(switchHint(trap, vaultUrl, byPointer)).toBeNull();
});
