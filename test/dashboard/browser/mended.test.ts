import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { startFrontDoor } from '../../../local/demo/front-door.ts';
import { largeFleet } from '../../built-app/large-fleet.ts';
import { until } from '../../built-app/start-built-app.ts';
import { breakerOpens, locked, suspended } from '../../built-app/three-oclock.ts';
import { arrives, clicksFor, clicksOf, dialogOf, open, press } from './acting.ts';
import { inBrowser } from './in-browser.ts';

/** As many as open the circuit breaker by default, and the one that they are copies of. */
const fleet = largeFleet(6, demoTarget.accountId.replace('ai-secure-demo', 'openai-secure-demo'));

/** The row of a target that needs a person. */
const rowOf = (page: Page, target: string) => page.locator('.concern', { hasText: target });

inBrowser(
  'what goes wrong in npm start, mended in the dashboard',
  (dashboard) => {
    const throughDoor = async (
      act: (doorUrl: string, mischief: (button: string) => Promise<void>) => Promise<void>,
    ) => {
      const { app, newWindow } = dashboard();
      const door = await startFrontDoor({ azure: app.azure, appUrl: app.url, port: 0 });
      const menu = await newWindow();
      try {
        await act(door.url, async (button) => {
          await menu.goto(door.mischiefUrl);
          await menu.getByRole('button', { name: button }).click();
          await menu.getByRole('status').waitFor();
        });
      } finally {
        await door.stop();
      }
    };

    it('a key that was regenerated in the portal is repaired by a button', async () => {
      const { app } = dashboard();
      await app.ask('POST', 'targets/demo/adopt');
      await throughDoor(async (url, mischief) => {
        await mischief('Do it: Regenerate the active key in the portal');
        await app.fire('sweep');
        const page = await arrives(dashboard(), 'operator', '/', url);
        const row = rowOf(page, 'demo');
        await row.getByText('pointer-to-dead-key').waitFor();
        const before = await clicksOf(page);
        await row.getByRole('button', { name: 'Repair' }).click();
        await dialogOf(page).getByRole('button', { name: 'Repair' }).click();
        await page.getByText('demo is repaired.').waitFor();
        expect((await clicksOf(page)) - before).toBe(await clicksFor('somebody regenerated a key in the portal'));
        const current = app.world.accounts[0]?.keys.findLast(({ slot }) => slot === 'key1')?.value;
        const stored = app.world.vaults[0]?.secrets.find(({ name }) => name === 'ai-services-key1');
        expect(stored?.versions.at(-1)?.value).toBe(current);
      });
    });

    it('a rotation that a read-only lock has stopped is diagnosed, and goes on once the lock is gone', async () => {
      const { app } = dashboard();
      await throughDoor(async (url, mischief) => {
        await mischief('Do it: Lock the account');
        await suspended(app, 'demo');
        const page = await arrives(dashboard(), 'operator', '/', url);
        await rowOf(page, 'demo').getByText('resource-lock').waitFor();
        await rowOf(page, 'demo').getByRole('link', { name: 'Diagnose' }).click();
        const finding = page.locator('.finding.problem', { hasText: 'The rotation' });
        await finding.locator('.fix').getByText('Remove it, or make it CanNotDelete').waitFor();
        await finding.locator('pre').getByText('az lock list').waitFor();
        await mischief('Undo: Lock the account');
        await open(page, '/');
        const before = await clicksOf(page);
        await rowOf(page, 'demo').getByRole('button', { name: 'Resume' }).click();
        await dialogOf(page).getByRole('button', { name: 'Resume' }).click();
        expect((await clicksOf(page)) - before).toBe(await clicksFor('a rotation is suspended'));
        const standing = async () => JSON.stringify((await app.ask('GET', 'targets/demo')).body);
        await app.hurried(() => until(standing, (body) => body.includes('"outcome":"completed"')));
        await open(page, '/targets/demo/history');
        await page.locator('.history').getByText('completed').waitFor();
      });
    });

    it('the schedule that stands still goes on once the circuit breaker is closed', async () => {
      const { app } = dashboard();
      const { name, accountId } = fleet.first;
      await app.ask('POST', `targets/${name}/adopt`);
      locked(app, accountId);
      await suspended(app, name);
      await breakerOpens(app, fleet);
      const page = await arrives(dashboard(), 'admin');
      const matter = page.locator('.concern', { hasText: 'The circuit breaker is open' });
      await matter.waitFor();
      const before = await clicksOf(page);
      await press(page, 'Close the circuit breaker', 'Reset', (dialog) =>
        dialog.getByLabel('Reason').fill('looked into'),
      );
      await matter.waitFor({ state: 'detached' });
      expect((await clicksOf(page)) - before).toBe(await clicksFor('the schedule stands still'));
    });
  },
  { targets: [fleet.first, ...fleet.others] },
);
