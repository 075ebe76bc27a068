import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { arrives, axeFaults, dialogOf } from './acting.ts';
import { inBrowser } from './in-browser.ts';

/** Where pictures of the dialog go, for anyone who changes how it looks; without it none is taken. */
const pictures = process.env.KEYTURN_PICTURES ?? '';

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
      await dialog.getByText('Addresses removed').waitFor();
      await dialog.getByText('198.51.100.9', { exact: true }).waitFor();
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

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)('shows what is written, in %s and within %i pixels', async (colorScheme, width) => {
    const { app } = dashboard();
    for (const role of ['Network Contributor', 'Private DNS Zone Contributor'])
      app.grant('func-keyturn', role, demoTarget.accountId.replace(/\/providers\/.*/, ''));
    const page = await arrives(dashboard(), 'admin', path);
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const form = formOf(page);
    await form.getByLabel('Only private endpoints').check();
    await form.getByRole('combobox', { name: 'Private endpoint', exact: true }).selectOption('one in a new subnet');
    await form.getByRole('combobox', { name: 'Virtual network', exact: true }).selectOption('a new one');
    for (const [label, value] of [
      ['Name of the subnet', 'snet-endpoints'],
      ['Range of the subnet', '10.40.1.0/27'],
      ['Name of the virtual network', 'vnet-ai'],
      ['Region', 'eastus'],
      ['Address space', '10.40.0.0/16'],
    ] as const)
      await form.getByLabel(label).fill(value);
    await form.getByRole('combobox', { name: 'Zones', exact: true }).selectOption('create them');
    await form.getByLabel('Consumers, one a line').fill('shop: 203.0.113.40');
    await showPlan(page);
    const dialog = dialogOf(page);
    for (const part of ['10.40.0.0/16', '10.40.1.0/27', 'eastus', 'Enabled → Disabled'])
      await dialog.getByText(part, { exact: true }).first().waitFor();
    const isCut = await dialog.evaluate((element) => {
      const { right } = element.getBoundingClientRect();
      const inside = [...element.querySelectorAll('*:not(.unseen)')];
      return (
        element.scrollWidth > element.clientWidth || inside.some((one) => one.getBoundingClientRect().right > right)
      );
    });
    expect({ isCut, faults: await axeFaults(page) }).toEqual({ isCut: false, faults: [] });
    if (pictures === '') return;
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 3200 });
      await page.screenshot({ path: `${pictures}/plan-${theme}-${width}.png` });
    }
  });
});
