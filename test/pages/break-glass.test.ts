import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { currentKey, secretValue, simulatedKeyturn, statusOnEveryNode } from '../scenarios/simulated-keyturn.ts';
import { azCommands } from './break-glass-commands.ts';

const page = readFileSync('docs/break-glass.md', 'utf8');
const operator = { objectId: 'operator-1' };

/** The shell lines under a heading of the page. */
function linesUnder(heading: string): string[] {
  const chapter = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );
}

/** An adopted target, and a shell in which an operator of the simulated tenant runs the page's lines. */
async function brokenGlass() {
  const keyturn = simulatedKeyturn();
  await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
  const { azure } = keyturn;
  const person = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
  if (person === undefined) throw new TypeError('the default world has no operator');
  const shell = azCommands(azure, async (audience) => (await issueToken(azure, { principal: person, audience })).token);
  for (const line of linesUnder('First').filter((one) => !one.startsWith('az functionapp'))) await shell.run(line);
  const run = async (heading: string) => {
    const printed: string[] = [];
    for (const line of linesUnder(heading)) printed.push(await shell.run(line));
    return printed;
  };
  return { ...keyturn, run };
}

describe('the break-glass page, with every command run as printed', () => {
  it('shows what the account and the vault have', async () => {
    const { run, account } = await brokenGlass();
    const [key1, key2] = [currentKey(account, 'key1'), currentKey(account, 'key2')];
    expect(await run('Look')).toEqual([key1, key2, 'key1', key1, key2]);
  });

  it('undoes a rotation that has regenerated the inactive key and stored nothing', async () => {
    const { run, account, vault, azure, clock } = await brokenGlass();
    const before = currentKey(account, 'key2');
    account.keys.push({ slot: 'key2', value: 'b'.repeat(32), issuedAtMs: clock.nowMs(), replacedAtMs: null });
    expect(secretValue(vault, 'ai-services-key2')).toBe(before);
    clock.advance(60_000);
    await run('Store what the account has');
    expect(secretValue(vault, 'ai-services-key2')).toBe('b'.repeat(32));
    expect(secretValue(vault, 'ai-services-active-key')).toBe('key1');
    expect(await statusOnEveryNode(azure, secretValue(vault, 'ai-services-key1') ?? '')).toEqual(new Set([200]));
  });

  it('finishes a rotation: pointer moved, old key replaced and stored, consumers served', async () => {
    const { run, account, vault, azure, clock } = await brokenGlass();
    const oldKey = currentKey(account, 'key1');
    await run('Store what the account has');
    await run('Move the pointer');
    expect(secretValue(vault, 'ai-services-active-key')).toBe('key2');
    expect(await statusOnEveryNode(azure, secretValue(vault, 'ai-services-key2') ?? '')).toEqual(new Set([200]));
    await run('Replace the old key');
    expect(currentKey(account, 'key1')).not.toBe(oldKey);
    expect(secretValue(vault, 'ai-services-key1')).toBe(currentKey(account, 'key1'));
    clock.advance(60_000);
    expect(await statusOnEveryNode(azure, oldKey)).toEqual(new Set([401]));
  });

  it('names every state of the protocol', async () => {
    const { rotationState } = await import('../../src/rotation/state.ts');
    const kinds = rotationState.options.map((option) => option.shape.kind.value).filter((kind) => kind !== 'suspended');
    expect(kinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
  });
});
