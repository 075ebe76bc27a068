import { expect, it } from 'vitest';
import { defaultDefinition } from '../../../local/simulated-azure/default-world.ts';
import type { WorldDefinition } from '../../../local/simulated-azure/world-definition.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, secretValue, simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator, rotationOf } from '../steered-rotation.ts';

it.each(['Größe', '東京-ai', 'rg_(old).1'])(
  'an account in the resource group %s is adopted and rotated',
  async (group) => {
    const text = JSON.stringify(defaultDefinition).replaceAll('rg-ai102-challenge09', group);
    const world: WorldDefinition = JSON.parse(text);
    const { app, account, vault, target, clock, journal } = simulatedKeyturn({}, { world });
    expect(target.account.armId).toContain(`/resourceGroups/${group}/`);
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
    clock.advance(3 * target.policy.overlapMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toBeNull();
    expect(secretValue(vault, 'ai-services-active-key')).toBe('key2');
    expect(secretValue(vault, 'ai-services-key1')).toBe(currentKey(account, 'key1'));
    expect(vault.secrets[0]?.versions.at(-1)?.tags?.ProviderAddress).toBe(target.account.armId);
  },
);
