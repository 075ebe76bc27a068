import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/targets/adopt.ts';
import type { AdoptRules } from '../../src/targets/adopt-rules.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const formerId = target.account.armId.replace('ai-secure-demo', 'ai-secure-before');
const pointer = 'ai-services-active-key';
const names = ['ai-services-key1', 'ai-services-key2', 'ai-services-endpoint', 'ai-services-key', pointer] as const;
type Name = (typeof names)[number];
type Found = Awaited<ReturnType<AdoptRules['isFormerId']>>;

/** An adopted target. One secret carries the id that the account had before it was moved, and is in the given state. */
async function scene(name: Name, state: (typeof states)[number]['state'], former: Found) {
  const world = memoryWorld();
  const fence = () => true;
  const ports = {
    ...{ accounts: world.ports.accounts(fence, () => false), secrets: world.ports.secrets(target.vaultUrl, fence) },
    ...{ probe: world.ports.probe, clock: world.clock },
  };
  const asked: string[] = [];
  const rules = (isFormerId: AdoptRules['isFormerId']): AdoptRules => ({
    ...{
      instance: 'here',
      intent: { kind: 'adopt', askedSlot: 'key1', takeOver: false },
      leaked: [],
      salt: 's',
      staleBoundMs: 5_000,
    },
    ...{ proofInUse: { acceptances: 1, spreadMs: 0 }, isFormerId },
    mayWrite: () => true,
    wrote: () => {},
    renewLease: async () => {},
    whileFresh: async (look, check, send) => {
      const seen = await look();
      check(seen);
      return await send(seen);
    },
  });
  const none = rules(async () => 'other');
  await adopt(ports, target, none);
  const { stored } = { stored: world.vault.versionsOf(name).at(-1) };
  const value = stored?.value ?? '';
  const tags = { ...stored?.version.tags, ProviderAddress: formerId, team: 'vision' };
  const { version } = world.vault.put({ name, contentType: null, tags, expiresAtMs: null }, value);
  if (state.startsWith('disabled')) world.vault.setEnabled(name, version, false);
  if (state.endsWith('deleted')) world.vault.setDeleted(name, true);
  const before = world.calls.length;
  const told = rules(async (id, internalId) => {
    asked.push(`${id} ${internalId}`);
    return former;
  });
  return {
    ...{ world, value, asked },
    adopt: () => adopt(ports, target, told),
    writes: () =>
      world.calls
        .slice(before)
        .flatMap(({ operation, subject }) =>
          ['set', 'recover', 'regenerate', 'disable'].includes(operation) ? [`${operation} ${subject}`] : [],
        ),
  };
}

const states = [
  { state: 'enabled', of: names },
  // A disabled pointer is left to a person, whosever it is.
  { state: 'disabled', of: names.filter((name) => name !== pointer) },
  { state: 'deleted', of: names },
  { state: 'disabled and deleted', of: names.filter((name) => name !== pointer) },
] as const;

describe.each(states)('a secret of a moved account that is $state', ({ state, of }) => {
  it.each(of)('is this account’s by its former id, and carries its new one afterwards: %s', async (name) => {
    const { adopt, world, value, asked } = await scene(name, state, 'former');
    expect((await adopt()).kind).toBe('adopted');
    const [after] = world.vault.versionsOf(name).slice(-1);
    expect(after?.value).toBe(value);
    expect(after?.version).toMatchObject({
      enabled: true,
      tags: { ProviderAddress: target.account.armId, team: 'vision' },
    });
    expect(new Set(asked)).toEqual(new Set([`${formerId} ${world.account.facts.internalId}`]));
  });

  it.each<[Found, reason: string]>([
    ['other', 'secrets-of-another-account'],
    ['at-work', 'lost-race'],
  ])('is left alone if that id is told as %s', async (former, reason) => {
    for (const name of of) {
      const { adopt, writes } = await scene(name, state, former);
      const named =
        reason === 'lost-race'
          ? {}
          : { secrets: [state === 'enabled' ? name : `${name} (${state.replace('disabled and ', '')})`] };
      expect(await adopt()).toMatchObject({ kind: 'refused', reason, ...named });
      expect(writes()).toEqual([]);
    }
  });
});
