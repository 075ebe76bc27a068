import { describe, expect, it } from 'vitest';
import { defaultDefinition, defaultSubscriptionId } from '../../../local/simulated-azure/default-world.ts';
import { firstPage } from '../../../src/app/targets/target-query.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../../memory-world/life.ts';
import { currentKey, secretValue, simulatedKeyturn } from '../simulated-keyturn.ts';

const dayMs = 86_400_000;
const labs = '0b1f6471-1bf0-4dda-aec3-444455556666';

/** Keyturn with nothing declared; its identity may read the subscription that its tags count in, and one more. */
function open() {
  const keyturn = simulatedKeyturn(
    {},
    {
      world: {
        otherSubscriptions: [{ id: labs }],
        resourceGroups: [{ name: 'rg-ai102-challenge09' }, { name: 'rg-labs', subscription: labs }],
        accounts: [
          ...(defaultDefinition.accounts ?? []),
          {
            name: 'ai-labs',
            resourceGroup: 'rg-labs',
            subscription: labs,
            tags: { 'keyturn-vault': 'kv-ai102-secure' },
          },
        ],
        roleAssignments: [
          ...(defaultDefinition.roleAssignments ?? []),
          { principal: 'func-keyturn', role: 'Reader', on: `/subscriptions/${defaultSubscriptionId}` },
          { principal: 'func-keyturn', role: 'Reader', on: `/subscriptions/${labs}` },
        ],
      },
      discovery: {
        declared: fixedTargets([]),
        rules: {
          subscriptions: [defaultSubscriptionId],
          vaultUrls: ['https://kv-ai102-secure.vault.azure.net'],
          vaultSuffix: 'vault.azure.net',
          instance: 'keyturn-test',
        },
      },
    },
  );
  const { account, app } = keyturn;
  const tag = (tags: Record<string, string> | undefined) => {
    if (tags === undefined) delete account.resource.tags;
    else account.resource.tags = tags;
    return app.sweep();
  };
  const listed = async () => {
    const answer = await app.listTargets(firstPage);
    return answer.kind === 'listed' ? answer.targets : [];
  };
  const state = async () =>
    (await listed()).map((target) => `${target.name} ${target.state} ${target.blocked?.reason}`);
  const adopt = async () => {
    await tag({ 'Keyturn-Vault': 'kv-ai102-secure', 'keyturn-rotate-every': '30d', 'keyturn-first-rotation': 'auto' });
    return await app.adopt('ai-secure-demo', { activeSlot: null }, operator);
  };
  return { ...keyturn, tag, listed, state, adopt };
}

describe('what no table key can hold', () => {
  const names = [
    '#',
    'a?b',
    'a\\b',
    'a/b',
    'a\u0000b',
    'a\nb',
    '\u0085',
    'x'.repeat(401),
    'x'.repeat(16_000),
    '..',
    ' ',
    'Demo',
  ];

  it.each(names)('is no target: %j', async (name) => {
    const { app, log } = open();
    const unknown = { kind: 'unknown-target' };
    const id = crypto.randomUUID();
    expect(await app.readTarget(name)).toEqual(unknown);
    expect(await app.diagnose(name)).toEqual(unknown);
    expect(await app.adopt(name, { activeSlot: null }, operator)).toEqual(unknown);
    expect(await app.startRotation(name, { inactiveKeyUnused: true }, operator)).toEqual(unknown);
    expect(await app.readNetwork(name)).toEqual(unknown);
    expect(await app.readRotation(name, id)).toEqual(unknown);
    expect(await app.rollBack(name, id, operator)).toEqual(unknown);
    for (const hardening of [undefined, 'network', 'access', 'keyless'] as const)
      await app.advance({ target: name, wakeSeq: 1, ...(hardening === undefined ? {} : { hardening }) });
    expect(log.filter(({ event }) => event === 'wake-up-dropped')).toEqual(
      Array(4).fill({ event: 'wake-up-dropped', target: name, reason: 'unknown-target' }),
    );
  });

  it.each(names)('is no rotation, and no change: %j', async (id) => {
    const { app, adopt } = open();
    await adopt();
    const unknown = { kind: 'unknown-rotation' };
    const page = { limit: 10, after: null };
    expect(await app.readRotation('ai-secure-demo', id)).toEqual(unknown);
    expect(await app.readAuditTrail('ai-secure-demo', id, page)).toEqual(unknown);
    expect(await app.rollBack('ai-secure-demo', id, operator)).toEqual(unknown);
    expect(await app.cancel('ai-secure-demo', id, operator)).toEqual(unknown);
    expect(await app.readNetworkChange('ai-secure-demo', id)).toEqual({ kind: 'unknown-change' });
  });
});

describe('an account that its tags make a target, on the true clients', () => {
  it('is adopted under its own name and rotated when its tags say that it is due', async () => {
    const { adopt, listed, app, vault, account, clock, journal } = open();
    expect(await adopt()).toMatchObject({ kind: 'adopted' });
    expect(await listed()).toMatchObject([{ name: 'ai-secure-demo', origin: 'discovered', blocked: null }]);
    const before = currentKey(account, 'key1');
    clock.advance(29 * dayMs);
    await app.sweep();
    expect(journal.queue).toEqual([]);
    clock.advance(dayMs);
    await app.sweep();
    await deliverAll(journal, app);
    expect(currentKey(account, 'key1')).not.toBe(before);
    expect(secretValue(vault, 'ai-secure-demo-key1')).toBe(currentKey(account, 'key1'));
    expect(secretValue(vault, 'ai-secure-demo-active-key')).toBe('key2');
  });

  it('and the one of a subscription that is not allowed is refused and shown', async () => {
    const { tag, app } = open();
    await tag({ 'keyturn-vault': 'kv-ai102-secure' });
    expect(await app.listTargets(firstPage)).toMatchObject({
      targets: [{ name: 'ai-secure-demo' }],
      discovery: {
        failure: null,
        refused: [{ accountId: expect.stringContaining(`${labs}/`), reason: 'subscription-not-allowed' }],
      },
    });
  });

  it('rests while it is tagged keyturn-pause, and goes on when the tag is gone', async () => {
    const { adopt, tag, state, app, journal, clock } = open();
    await adopt();
    clock.advance(31 * dayMs);
    await tag({
      'keyturn-vault': 'kv-ai102-secure',
      'keyturn-pause': 'true',
      'keyturn-first-rotation': 'auto',
      'keyturn-rotate-every': '30d',
    });
    expect(journal.queue).toEqual([]);
    expect(await state()).toEqual(['ai-secure-demo idle paused-by-tag']);
    await tag({ 'keyturn-vault': 'kv-ai102-secure', 'keyturn-first-rotation': 'auto', 'keyturn-rotate-every': '30d' });
    expect(journal.queue).toHaveLength(1);
    await deliverAll(journal, app);
    expect(await state()).toEqual(['ai-secure-demo idle undefined']);
  });

  it('that loses its tags in the middle of a rotation finishes it, and is no target afterwards', async () => {
    const { adopt, tag, state, app, journal, clock, account, vault } = open();
    await adopt();
    clock.advance(31 * dayMs);
    await app.sweep();
    await tag(undefined);
    expect(await state()).toEqual(['ai-secure-demo rotating no-longer-a-target']);
    await deliverAll(journal, app);
    expect(secretValue(vault, 'ai-secure-demo-active-key')).toBe('key2');
    expect(secretValue(vault, 'ai-secure-demo-key2')).toBe(currentKey(account, 'key2'));
    await app.sweep();
    expect(await state()).toEqual([]);
  });

  it('stays one while Resource Graph is out', async () => {
    const { adopt, state, azure, app } = open();
    await adopt();
    azure.faults.add({
      method: 'POST',
      matches: /ResourceGraph/,
      times: 1,
      fault: { kind: 'fail-before', status: 503, code: 'ServiceUnavailable' },
    });
    await app.sweep();
    expect(await state()).toEqual(['ai-secure-demo idle undefined']);
    expect(await app.listTargets(firstPage)).toMatchObject({ discovery: { failure: expect.any(String) } });
    await app.sweep();
    expect(await app.listTargets(firstPage)).toMatchObject({ discovery: { failure: null } });
  });
});
