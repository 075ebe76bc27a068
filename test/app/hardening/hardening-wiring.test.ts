import { expect, it } from 'vitest';
import type { App } from '../../../src/app/contract.ts';
import { createApp } from '../../../src/app/create-app.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

it.each<[string, (app: App) => Promise<unknown>]>([
  ['hardening', (app) => app.readAccess('demo')],
  ['hardening', (app) => app.readKeyless('demo')],
  ['network', (app) => app.readNetwork('demo')],
  ['network', (app) => app.diagnose('demo')],
])('an app that was made without the ports of %s says so to whoever needs them', async (which, ask) => {
  const app = createApp({ ...memoryWorld().ports, targets: fixedTargets([buildTarget()]) });
  await expect(ask(app)).rejects.toThrow(new TypeError(`this app was made without the ports of ${which}`));
});
