import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { NetworkChangeView, NetworkView } from '../../../dashboard/api/views.ts';
import { arrives, axeFaults, open } from './acting.ts';
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
});
