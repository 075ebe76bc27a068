import { describe, expect, it } from 'vitest';
import { mostDocumentBytes } from '../../src/targets/ports.ts';
import { readTargetsDocument, tooLarge } from '../../src/targets/targets-document.ts';

function accountId(account: string): string {
  return `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/${account}`;
}

const one = { name: 'one', accountId: accountId('ai-one'), vault: 'kv-one' };
const two = { name: 'two', accountId: accountId('ai-two'), vault: 'kv-two' };

function read(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2);
  return readTargetsDocument(new TextEncoder().encode(text), 'vault.azure.net');
}

async function problems(document: unknown) {
  const content = await read(document);
  return content.kind === 'invalid'
    ? content.problems.map(({ line, field, found }) => `${line} ${field}: ${found}`)
    : 'taken';
}

describe('a targets document', () => {
  it.each([
    ['a list', [one, two]],
    ['an object that names its schema', { $schema: 'targets.schema.json', targets: [one, two] }],
    ['no targets at all', []],
    ['a byte order mark before it', `\uFEFF${JSON.stringify([one])}`],
  ])('is taken: %s', async (_, document) => {
    expect(await problems(document)).toBe('taken');
  });

  it('keeps with each target the prefix that its neighbours give it', async () => {
    expect(await read([one])).toMatchObject({
      targets: [{ target: { prefix: 'ai-services' }, written: { ...one, prefix: 'ai-services' }, blocked: null }],
    });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['a comma too many', `[\n${JSON.stringify(one)},\n]`, ['3 document: text that is not JSON']],
    ['a comment', `[\n// ours\n]`, ['2 document: text that is not JSON']],
    ['nothing', '', ['1 document: text that is not JSON']],
    ['no list', '{"target": []}', ['null targets: an object']],
    [
      'a field that is not known',
      [{ ...one, rotateEvry: '60d' }],
      ['6 targets[0].rotateEvry: a name that is not known here'],
    ],
    ['a value', [one, { ...two, rotateEvery: '2 fortnights' }], ['11 targets[1].rotateEvery: "2 fortnights"']],
    [
      'a field that is missing: the line of its target',
      [one, { name: 'two', vault: 'kv-two' }],
      ['7 targets[1].accountId: nothing'],
    ],
    [
      'within an object that names its schema',
      { $schema: 's', targets: [{ ...one, newKeyProof: { acceptances: 0 } }] },
      ['9 targets[0].newKeyProof.acceptances: 0'],
    ],
    ['an account twice', [one, { ...two, accountId: one.accountId }], [`9 targets[1].accountId: "${one.accountId}"`]],
    ['lists within lists', '['.repeat(200_000), ['null document: text that is not JSON']],
  ])('is refused with line, field and what was found: %s', async (_, document, expected) => {
    expect(await problems(document)).toEqual(expected);
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFF[]', 'utf16le'), 'a text in UTF-16'],
    ['UTF-16 without a mark', Buffer.from('[]', 'utf16le'), 'a text in UTF-16'],
    ['UTF-16 of the other order', Buffer.from('\uFEFF[]', 'utf16le').swap16(), 'a text in UTF-16'],
    ['UTF-16 of the other order without a mark', Buffer.from('[]', 'utf16le').swap16(), 'a text in UTF-16'],
    ['UTF-8 with a zero in it', Buffer.from('["\0"]'), 'a text that is not in UTF-8'],
    ['Latin-1', Buffer.from('["é"]', 'latin1'), 'a text that is not in UTF-8'],
  ])('is refused in another encoding: %s', async (_, bytes, found) => {
    expect(await readTargetsDocument(bytes, 'vault.azure.net')).toMatchObject({ problems: [{ line: null, found }] });
  });

  it('shows the first fifty problems and counts them all', async () => {
    const content = await read(Array.from({ length: 60 }, () => ({})));
    expect(content.kind === 'invalid' && [content.problems.length, content.problemsInAll]).toEqual([50, 180]);
  });

  it('shows nothing of what may be a secret', async () => {
    const secret = 'a'.repeat(84);
    expect(JSON.stringify(await read([{ ...one, vault: secret, [secret]: 1 }]))).not.toContain('aaaaaaaa');
  });

  it('is refused by its size', () => {
    expect(tooLarge(mostDocumentBytes + 1)).toMatchObject({ problems: [{ found: '4194305 bytes' }] });
  });
});
