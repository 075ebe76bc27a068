import { expect, it } from 'vitest';
import { recordingFiles } from './recording.ts';

const reader = {
  subscriptionId: 'AAAAAAAA-0000-4000-8000-00000000000a',
  tenantId: 'bbbbbbbb-0000-4000-8000-00000000000b',
  objectId: 'cccccccc-0000-4000-8000-00000000000c',
  suffix: '0123456789',
};
const key1 = 'first/key+of=the account'.replaceAll(' ', '').padEnd(84, 'k');
const account = `/subscriptions/${reader.subscriptionId.toLowerCase()}/resourceGroups/keyturn-check-0123456789`;

it('shows nothing of the reader: ids in any case, names, people, addresses, keys and signatures of links', () => {
  const { 'control-plane': control, vault } = recordingFiles(
    [
      {
        request: { method: 'POST', url: `https://management.azure.com${account}/listKeys?api-version=1`, headers: {} },
        response: {
          status: 200,
          headers: {
            location: `https://management.azure.com${account}/operation?api-version=1&t=1&c=MIIcertificate&s=signature&h=hash`,
          },
          body: {
            key1,
            systemData: { createdBy: 'Alex of Contoso', createdByType: 'User', lastModifiedBy: reader.objectId },
            message: `The client 'alex@example.contoso.com' with object id '${reader.objectId.toUpperCase()}' came from 198.51.100.99, appid=dddddddd-0000-4000-8000-00000000000d`,
          },
        },
      },
      {
        request: {
          method: 'PUT',
          url: 'https://kv-check-0123456789.vault.azure.net/secrets/one?api-version=7.4',
          headers: {},
          body: { value: key1 },
        },
        response: {
          status: 401,
          headers: { 'www-authenticate': `Bearer authorization="https://login.windows.net/${reader.tenantId}"` },
        },
      },
    ],
    reader,
  );
  const text = `${control}${vault}`;
  expect(text).not.toMatch(
    /aaaaaaaa|bbbbbbbb|cccccccc|dddddddd|0123456789|alex|198\.51|first\/key|MIIcertificate|signature|hash/i,
  );
  const placeholder = 'RecordedKey0'.padEnd(84, 'x');
  expect(control).toContain(`"key1": "${placeholder}"`);
  expect(vault).toContain(`"value": "${placeholder}"`);
});
