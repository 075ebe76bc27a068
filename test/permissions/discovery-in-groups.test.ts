import { expect, it } from 'vitest';
import { permissions } from '../../src/shared/permissions.ts';
import { runs } from './runs.ts';

/** As `discoveryGroupIds` of infra/main.bicep grants it: Reader only on the group. */
const inGroup = permissions
  .filter(({ features }) => features.includes('discover'))
  .map((one) =>
    one.name === 'Microsoft.CognitiveServices/accounts/read' ? { ...one, scope: "account's group" as const } : one,
  );
const withoutSubscription = inGroup.filter(({ scope }) => scope !== 'subscription');

it('finds targets with rights on their resource group, and on the subscription to see that it is there', async () => {
  for (const discover of runs.discover) expect(await discover(inGroup)).toMatchObject({ worked: true });
});

it('says that it may not read the subscription without the latter', async () => {
  expect(withoutSubscription).toHaveLength(inGroup.length - 1);
  for (const discover of runs.discover)
    expect(await discover(withoutSubscription)).toMatchObject({
      worked: false,
      shown: { discovery: { unreadableSubscriptions: [expect.any(String)] } },
    });
});
