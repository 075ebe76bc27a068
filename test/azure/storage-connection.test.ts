import { describe, expect, it } from 'vitest';
import { clouds } from '../../src/azure/clouds.ts';
import { storageConnection } from '../../src/azure/storage-connection.ts';

const identity = (account: string, clientId: string | null = null, suffix = 'core.windows.net') => ({
  connection: {
    kind: 'identity',
    queueServiceUri: `https://${account}.queue.${suffix}`,
    tableServiceUri: `https://${account}.table.${suffix}`,
    clientId,
  },
});

describe('AzureWebJobsStorage', () => {
  it('as a plain value wins over everything', () => {
    const read = storageConnection(
      { AzureWebJobsStorage: 'secret', AzureWebJobsStorage__accountName: 'contoso' },
      clouds.public,
    );
    expect(read).toMatchObject({ connection: { kind: 'connection-string' } });
    expect(JSON.stringify(read)).not.toContain('secret');
  });

  it('as an account name means the cloud’s own hosts', () => {
    const settings = { AzureWebJobsStorage: ' ', AzureWebJobsStorage__accountName: 'contoso' };
    expect(storageConnection(settings, clouds.public)).toEqual(identity('contoso'));
    expect(storageConnection(settings, clouds.china)).toEqual(identity('contoso', null, 'core.chinacloudapi.cn'));
  });

  it('as service URIs takes both, and a user-assigned identity', () => {
    const settings = {
      AzureWebJobsStorage__queueServiceUri: 'https://contoso.queue.core.windows.net/',
      AzureWebJobsStorage__tableServiceUri: 'https://contoso.table.core.windows.net',
      AzureWebJobsStorage__clientId: 'client',
    };
    expect(storageConnection(settings, clouds.public)).toEqual(identity('contoso', 'client'));
  });

  it.each([
    { settings: {}, names: ['__queueServiceUri', '__tableServiceUri'] },
    { settings: { AzureWebJobsStorage__queueServiceUri: 'https://q' }, names: ['__tableServiceUri'] },
    {
      settings: { AzureWebJobsStorage__queueServiceUri: 'http://q', AzureWebJobsStorage__tableServiceUri: 'https://t' },
      names: ['__queueServiceUri'],
    },
    { settings: { AzureWebJobsStorage__accountName: 'evil.example/' }, names: ['__accountName'] },
  ])('names what is wrong with $settings', ({ settings, names }) => {
    const read = storageConnection(settings, clouds.public);
    const problems = 'problems' in read ? read.problems : [];
    expect(problems.map((problem) => /AzureWebJobsStorage(__\w+)/.exec(problem)?.[1])).toEqual(names);
  });
});
