import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { manualClock } from '../../local/simulated-azure/clock.ts';
import { defaultApiClientId, defaultWorld } from '../../local/simulated-azure/default-world.ts';
import { readSettings, settingNames } from '../../src/settings/settings.ts';

test('local.settings.json.example is accepted, and names what npm run azure has', () => {
  const { Values } = JSON.parse(readFileSync('local.settings.json.example', 'utf8'));
  const { FUNCTIONS_WORKER_RUNTIME, ...variables } = Values;
  expect(FUNCTIONS_WORKER_RUNTIME).toBe('node');
  const settings = readSettings(variables);
  const world = defaultWorld(manualClock(0));
  expect(settings).toMatchObject({ tenantId: world.tenantId, apiClientId: defaultApiClientId });
  const [target] = settings.targets;
  const { subscriptionId, resourceGroup, name } = world.accounts[0] ?? {};
  expect(target?.account.armId).toBe(
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`,
  );
  expect(target?.vaultUrl).toBe(`https://${world.vaults[0]?.name}.vault.azure.net`);
});

test('local.settings.json.example has each place for the list of targets, and uses one', () => {
  const { Values } = JSON.parse(readFileSync('local.settings.json.example', 'utf8'));
  const places = settingNames.filter((name) => /^KEYTURN_TARGETS/.test(name));
  expect(places).toHaveLength(3);
  expect(places.filter((name) => !(name in Values))).toEqual([]);
  expect(places.filter((name) => Values[name] !== '')).toEqual(['KEYTURN_TARGETS']);
});
