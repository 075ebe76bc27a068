import { expect, it } from 'vitest';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { candidatesIn, weighTargets } from '../../src/targets/discovered-targets.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const subscription = '11111111-1111-1111-1111-111111111111';
const account = parseAccountId(
  `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-a`,
);

it.each([
  ['with tags that cannot be read now', true, false],
  ['with a rotation in flight', false, true],
  ['whose tags are still there', false, false],
])('a discovered account %s, once declared, is neither found nor told as refused', (_, isUnread, isInFlight) => {
  if (account === null) throw new TypeError('the id does not parse');
  const rules = {
    subscriptions: [subscription],
    vaultUrls: ['https://kv-contoso.vault.azure.net'],
    vaultSuffix: 'vault.azure.net',
    instance: 'keyturn-a',
  };
  const accounts = [{ account, tags: { 'keyturn-vault': 'kv-contoso' } }];
  const kept = candidatesIn({ accounts }, [], rules).candidates;
  expect(kept).toHaveLength(1);
  const declared = [buildTarget({ name: 'other', account })];
  const now = candidatesIn({ accounts }, declared, rules);
  const known = {
    declared,
    kept,
    inFlight: new Set(isInFlight ? [account.armId.toLowerCase()] : []),
    readable: new Set(isUnread ? [] : [subscription]),
  };
  expect(weighTargets(isUnread ? [] : now.candidates, known, rules)).toEqual({ targets: [], refused: [] });
});
