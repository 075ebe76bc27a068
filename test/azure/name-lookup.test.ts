import dns from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemNameLookup } from '../../src/azure/name-lookup.ts';

afterEach(() => vi.restoreAllMocks());

const failing = (code: string) => Object.assign(new Error('lookup'), { code });

describe('a lookup of a name', () => {
  it.each([
    ['tells every address', [{ address: '10.0.0.4' }, { address: '10.0.0.5' }], ['10.0.0.4', '10.0.0.5']],
    ['takes an answer without an address for no such name', [], 'no-such-name'],
    ['takes ENOTFOUND for no such name', failing('ENOTFOUND'), 'no-such-name'],
    ['takes ENODATA for no such name', failing('ENODATA'), 'no-such-name'],
    ['does not take a failure of the name server for a missing name', failing('EAI_AGAIN'), 'unknown'],
  ] as const)('%s', async (_, answer, expected) => {
    const lookup = vi.spyOn(dns.promises, 'lookup');
    if (answer instanceof Error) lookup.mockRejectedValue(answer);
    else lookup.mockResolvedValue(answer as never);
    const found = await systemNameLookup.lookup('ai-contoso.cognitiveservices.azure.com');
    expect(found.kind === 'addresses' ? found.addresses : found.kind).toEqual(expected);
  });
});
