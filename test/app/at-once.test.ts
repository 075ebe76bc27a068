import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { App } from '../../src/app/contract.ts';
import { createApp } from '../../src/app/create-app.ts';
import { firstPage } from '../../src/app/targets/target-query.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { operator } from '../memory-world/life.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const targets = Array.from({ length: 80 }, (_, at) => {
  const account = parseAccountId(
    `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-${at}`,
  );
  if (account === null) throw new TypeError(String(at));
  return buildTarget({ name: `ai-${at}`, account, prefix: `ai-${at}` });
});

it.each<[string, number, (app: App) => Promise<unknown>]>([
  ['a list', 32, (app) => app.listTargets(firstPage)],
  ['a sweep', 32, (app) => app.sweep()],
  ['the question whose a key is', 32, (app) => app.identify(new SecretText('k'.repeat(32)), operator)],
  ['the adoption of all', 64, (app) => app.adoptMany({ targets: 'all', takeOver: false, dryRun: true }, operator)],
])('%s is at the rows of %i targets at once', async (_, atOnce, act) => {
  const { ports } = memoryWorld();
  let [loading, mostSeen] = [0, 0];
  const rows: typeof ports.rows = {
    ...ports.rows,
    loadNotes: async () => null,
    load: async () => {
      loading += 1;
      mostSeen = Math.max(mostSeen, loading);
      await setImmediate();
      loading -= 1;
      return null;
    },
  };
  await act(createApp({ ...ports, rows, targets: fixedTargets(targets) }));
  expect(mostSeen).toBe(atOnce);
});
