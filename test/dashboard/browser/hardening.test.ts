import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { NetworkChangeView, NetworkView, PlanView } from '../../../dashboard/api/views.ts';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { arrives, axeFaults, dialogOf, open } from './acting.ts';
import { inBrowser } from './in-browser.ts';

const network: NetworkView = {
  ...{ mode: 'selected-networks', publicNetworkAccess: 'Enabled', defaultAction: 'Deny', bypass: null },
  ...{ ipRules: ['203.0.113.7'], subnets: [], customSubdomain: 'ai-contoso', connections: [] },
  names: [{ host: 'ai-contoso.openai.azure.com', found: 'addresses', addresses: ['203.0.113.80'] }],
  change: null,
};
const change: NetworkChangeView = {
  ...{ id: 'change-1', state: 'running', reason: 'rules-not-back', code: null },
  ...{ detail: 'The former rules are being put back.', missingAction: null, fix: null },
  ...{ askedBy: 'someone', askedAt: '2026-03-01T12:00:00Z', endedAt: null },
  steps: [
    { what: 'network rules of the account', kind: 'set-network-rules', state: 'done', at: '2026-03-01T12:00:05Z' },
  ],
};

/** The page of the network, of which the API says `now()`. */
async function showsNetwork(page: Page, now: () => NetworkView): Promise<void> {
  await page.route('**/api/targets/demo/network', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ json: now() }) : route.continue(),
  );
  await open(page, '/targets/demo/network');
}

inBrowser('hardening in the dashboard', (dashboard) => {
  it('says of a change that cannot go on why, with the code, what to do, and that a person is needed', async () => {
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    const stuck = { ...change, code: 'ScopeLocked', detail: `${change.detail} Code: ScopeLocked.` };
    await showsNetwork(page, () => ({ ...network, change: stuck }));
    const now = page.getByRole('region', { name: /^Now/ });
    await now.getByRole('heading', { name: 'needs a person' }).waitFor();
    const note = now.locator('.note.warn');
    for (const text of ['ScopeLocked', 'remove what keeps Keyturn from writing the rules'])
      await note.getByText(text).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await note.getByRole('link', { name: 'rules-not-back' }).click();
    await page.getByRole('heading', { name: 'Network: What a change waits for' }).waitFor();
  });

  it.each<[string, Partial<NetworkChangeView>, says: string, tone: string]>([
    ['goes on', {}, 'The former rules', 'busy'],
    [
      'ended',
      { state: 'restored', reason: 'shut-out', detail: 'It was shut out.', endedAt: change.askedAt, code: 'http-403' },
      'Code: http-403.',
      'warn',
    ],
    [
      'failed',
      { state: 'failed', reason: 'resource-lock', detail: 'A lock.', endedAt: change.askedAt },
      'Remove it, or get an exemption',
      'bad',
    ],
  ])('says of a change that %s how it stands, in a colour of its own', async (_, more, says, tone) => {
    const page = await arrives(dashboard(), 'reader', '/targets/demo');
    await showsNetwork(page, () => ({ ...network, change: { ...change, ...more } }));
    await page.locator(`.note.${tone}`).getByText(says).waitFor();
    expect(await page.getByText('needs a person', { exact: true }).count()).toBe(0);
  });

  it('keeps what is filled in over other pages and a reload, until it is discarded', async () => {
    const { app } = dashboard();
    app.grant('func-keyturn', 'Reader', demoTarget.accountId);
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    await showsNetwork(page, () => network);
    const address = page.getByLabel('Keyturn’s own address');
    await address.fill('203.0.113.9');
    await page.getByRole('link', { name: 'Diagnosis' }).click();
    await page.getByRole('link', { name: 'Network' }).click();
    expect(await address.inputValue()).toBe('203.0.113.9');
    await page.reload();
    expect(await address.inputValue()).toBe('203.0.113.9');
    await page.getByRole('button', { name: 'Discard it' }).click();
    expect(await address.inputValue()).toBe('');
    await page.reload();
    expect(await address.inputValue()).toBe('');
    // Kept by a release whose form had other fields.
    await page.evaluate(() => {
      const form = { mode: 'private' };
      sessionStorage.setItem('draft:network:demo', JSON.stringify({ base: form, form }));
    });
    await page.reload();
    expect(await address.inputValue()).toBe('');
    await page.getByRole('link', { name: 'Access' }).click();
    await page.getByRole('button', { name: 'Add an identity' }).click();
    await page.getByLabel('Who').fill('keyturn');
    await page.reload();
    expect(await page.getByLabel('Who').inputValue()).toBe('keyturn');
    await page.getByLabel('Who').fill('nobody');
    await page.getByLabel('Who').press('Enter');
    await dialogOf(page).getByText('Identity 1, who: found').waitFor();
  });

  it('says when what a form was filled in upon has changed, and takes that over', async () => {
    let ipRules = ['203.0.113.7'];
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    await showsNetwork(page, () => ({ ...network, ipRules }));
    const addresses = page.getByLabel('Addresses and ranges');
    const again = async () => {
      await open(page, '/targets/demo');
      const answered = page.waitForResponse('**/api/targets/demo/network');
      await open(page, '/targets/demo/network');
      await answered;
    };
    // Until something is filled in, the form follows.
    ipRules = ['203.0.113.7', '198.51.100.8'];
    await again();
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('198.51.100.8'));
    await addresses.fill('203.0.113.7\n198.51.100.8\n192.0.2.1');
    expect(await page.getByText('The network has changed').count()).toBe(0);
    ipRules = [...ipRules, '198.51.100.9'];
    await again();
    await page.getByRole('status').getByText('The network has changed since').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Take the change over' }).click();
    await page.getByText('The network has changed').waitFor({ state: 'detached' });
    expect(await addresses.inputValue()).toBe('203.0.113.7\n198.51.100.8\n198.51.100.9\n192.0.2.1');
  });

  it('chooses nothing if a perimeter decides, and asks for a choice', async () => {
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    await showsNetwork(page, () => ({ ...network, mode: 'secured-by-perimeter' }));
    await page.getByText('A network security perimeter decides now').waitFor();
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
    const plan = page.getByRole('button', { name: 'Show the plan' });
    expect(await plan.isDisabled()).toBe(true);
    await page.getByLabel('Only private endpoints').check();
    expect(await plan.isDisabled()).toBe(false);
    await page
      .getByRole('combobox', { name: 'Private endpoint', exact: true })
      .selectOption('one in a subnet that is there');
    await page.getByText('Choose what becomes of private DNS.').waitFor();
    await page.getByRole('combobox', { name: 'Zones' }).selectOption('a policy of the organisation writes the records');
    await page.getByText('An Azure Policy of yours has to write the records').waitFor();
    expect(await plan.isDisabled()).toBe(false);
  });

  it('shows the plan by Enter in a field, and calls what is wrong as the form does', async () => {
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    await showsNetwork(page, () => network);
    await page.getByLabel('Addresses and ranges').fill('203.0.113.7\nnonsense');
    await page.getByLabel('Keyturn’s own address').fill('203.0.113.9');
    await page.getByLabel('Keyturn’s own address').press('Enter');
    await dialogOf(page).getByText('Addresses and ranges, entry 2: found').waitFor();
  });

  it('says to an operator above the form that another role is needed', async () => {
    const page = await arrives(dashboard(), 'operator', '/targets/demo');
    await showsNetwork(page, () => network);
    await page.getByText('Needs the role Admin (Keyturn.Admin).', { exact: true }).waitFor();
  });

  it('empties the form once its plan is sent', async () => {
    const plan: PlanView = {
      differences: [
        {
          ...{ what: 'private DNS zone', why: 'Its names must lead somewhere.', risk: 'none', risks: [], needs: [] },
          change: { kind: 'create-zone', id: 'privatelink.openai.azure.com' },
        },
      ],
      ...{ blockedBy: [], toConfirm: [], waitsFor: null },
    };
    const page = await arrives(dashboard(), 'admin', '/targets/demo');
    await showsNetwork(page, () => network);
    await page.route(/targets\/demo\/network(\?dryRun=true)?$/, (route) => {
      if (route.request().method() === 'GET') return route.fallback();
      const isDry = route.request().url().includes('dryRun');
      return route.fulfill({ status: isDry ? 200 : 202, headers: { etag: '"seen"' }, json: isDry ? plan : change });
    });
    await page.getByLabel('Keyturn’s own address').fill('203.0.113.9');
    await page.getByLabel('Keyturn’s own address').press('Enter');
    await dialogOf(page).getByRole('button', { name: 'Apply this plan' }).click();
    await dialogOf(page).waitFor({ state: 'detached' });
    expect(await page.getByLabel('Keyturn’s own address').inputValue()).toBe('');
    await page.getByText('Kept in this window').waitFor({ state: 'detached' });
  });
});
