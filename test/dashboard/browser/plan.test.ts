import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { arrives, dialogOf } from './acting.ts';
import { inBrowser } from './in-browser.ts';

const path = '/targets/demo/network';
const apply = (page: Page) => dialogOf(page).getByRole('button', { name: 'Apply this plan' });
const formOf = (page: Page) => page.getByRole('region', { name: 'Change it to' });

async function showPlan(page: Page): Promise<void> {
  await formOf(page).getByRole('button', { name: 'Show the plan' }).click();
  await dialogOf(page).getByText('nothing has changed yet').waitFor();
}

/** Selected networks, and two consumers that would be cut off. */
async function asksForTwoCutOffs(page: Page): Promise<void> {
  const form = formOf(page);
  await form.getByLabel('Selected networks').check();
  await form.getByLabel('Addresses and ranges').fill('203.0.113.7');
  await form.getByLabel('Consumers, one a line').fill('shop: 203.0.113.40\nbilling: 203.0.113.41');
  await showPlan(page);
}

inBrowser('the plan in a dialog', (dashboard) => {
  it('says that there is nothing to do, and then sends nothing', async () => {
    const page = await arrives(dashboard(), 'admin', path);
    await showPlan(page);
    await dialogOf(page).getByText('Nothing is different: there is nothing to do.').waitFor();
    expect(await apply(page).isDisabled()).toBe(true);
  });

  it('waits until each of two risks of one name is ticked', async () => {
    const page = await arrives(dashboard(), 'admin', path);
    await asksForTwoCutOffs(page);
    const boxes = dialogOf(page).getByRole('checkbox');
    expect(await boxes.count()).toBe(2);
    await boxes.nth(0).check();
    expect([await boxes.nth(1).isChecked(), await apply(page).isDisabled()]).toEqual([false, true]);
    await boxes.nth(1).check();
    expect(await apply(page).isDisabled()).toBe(false);
  });

  it('is made again if somebody changed the rules meanwhile, and waits for new ticks', async () => {
    const { app } = dashboard();
    const page = await arrives(dashboard(), 'admin', path);
    await asksForTwoCutOffs(page);
    const boxes = dialogOf(page).getByRole('checkbox');
    for (const box of await boxes.all()) await box.check();
    const account = app.world.accounts.find(({ name }) => name === demoTarget.name);
    if (account === undefined) throw new TypeError('the world has no such account');
    const before = account.resource.properties.networkAcls;
    account.resource.properties.networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '198.51.100.9' }] };
    try {
      await apply(page).click();
      const dialog = dialogOf(page);
      await dialog.getByRole('alert').getByText('Somebody changed it meanwhile').waitFor();
      await dialog.getByText('198.51.100.9').waitFor();
      expect([await boxes.first().isChecked(), await apply(page).isDisabled()]).toEqual([false, true]);
      for (const box of await boxes.all()) await box.check();
      expect(await apply(page).isDisabled()).toBe(false);
    } finally {
      account.resource.properties.networkAcls = before;
    }
  });

  it('tells of a refusal although the dialog was closed before it came', async () => {
    const page = await arrives(dashboard(), 'admin', path);
    await asksForTwoCutOffs(page);
    for (const box of await dialogOf(page).getByRole('checkbox').all()) await box.check();
    const sent = Promise.withResolvers<void>();
    const isClosed = Promise.withResolvers<void>();
    const detail = 'A rotation is in flight.';
    await page.route('**/api/targets/demo/network', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      sent.resolve();
      await isClosed.promise;
      await route.fulfill({ status: 409, json: { status: 409, reason: 'in-flight', detail } });
    });
    await apply(page).click();
    await sent.promise;
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    isClosed.resolve();
    await page.getByRole('status').getByText(`Change network: demo: ${detail}`).waitFor();
  });
});
