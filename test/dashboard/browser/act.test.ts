import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { isWhole } from '../../vitest/whole-search.ts';
import { arrives, axeFaults, clicksFor, clicksOf, dialogOf, gateMs, nothing, open, passes, press } from './acting.ts';
import { type Dashboard, inBrowser } from './in-browser.ts';

/** With an overlap that a test on a busy machine cannot miss. Before a rotation its time has to pass: `passes`. */
const chat = {
  ...demoTarget,
  name: 'chat',
  accountId: demoTarget.accountId.replace('ai-secure-demo', 'openai-secure-demo'),
  prefix: 'chat',
  newKeyProof: { acceptances: 3, spread: '1s' },
  longestRequest: '1s',
  overlap: '2m',
};

/** Where the screenshots of docs/dashboard.md go; without it none is taken. */
const screenshots = process.env.KEYTURN_SCREENSHOTS ?? '';

/** Where pictures of every page in both themes go, for anyone who changes how they look; without it none is taken. */
const pictures = process.env.KEYTURN_PICTURES ?? '';

async function picture(page: Page, name: string): Promise<void> {
  if (screenshots === '') return;
  await page.evaluate(() => scrollTo(0, 0));
  const browser = await page.context().newCDPSession(page);
  const { data } = await browser.send('Page.captureScreenshot', { format: 'webp', quality: 75 });
  await writeFile(`${screenshots}/${name}.webp`, data, 'base64');
}

async function pictureInBothThemes(page: Page, path: string, width: number, theme: 'light' | 'dark'): Promise<void> {
  if (pictures === '') return;
  const name = path === '/' ? 'needs-person' : path.slice(1).replaceAll(/[^a-z-]+/g, '-');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${pictures}/${name}-${colorScheme}-${width}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: theme });
}

/** The phase that a rotation stands in, as the page marks it. */
async function seesPhase(page: Page, phase: string): Promise<void> {
  await page.locator('.phases [aria-current="step"]', { hasText: phase }).waitFor();
}

const stands = (page: Page, state: string) =>
  page.getByRole('heading', { level: 1 }).getByText(state, { exact: true }).waitFor();

inBrowser(
  'the dashboard',
  (dashboard) => {
    // The page looks by the browser's own clock, with a token for an hour.
    const hurried = (wait: () => Promise<void>) => dashboard().app.hurried(wait, 10);

    it('says what waits for a person, and adopts an account after showing what that stores', async () => {
      const page = await arrives(dashboard(), 'admin');
      await page.getByRole('heading', { name: '2 accounts are not adopted' }).waitFor();
      await page.getByRole('link', { name: 'chat', exact: true }).click();
      await stands(page, 'not adopted');
      await press(page, 'Adopt', 'Adopt', async (dialog) => {
        await dialog.getByText('nothing has changed yet').waitFor();
        await dialog.getByText('chat-active-key').waitFor();
      });
      await page.getByText('chat is adopted.').waitFor();
      await stands(page, 'awaiting first rotation');
    });

    it('shows a reader what others may do, and why not this person', async () => {
      const page = await arrives(dashboard(), 'reader', '/targets/chat');
      const button = page.getByRole('button', { name: 'Rotate now' });
      await button.waitFor();
      expect([await button.isDisabled(), await button.getAttribute('title')]).toEqual([
        true,
        'Needs the role Operator (Keyturn.Operate).',
      ]);
    });

    it('starts a rotation only with the word that nobody uses the inactive key, and shows it to two people', async () => {
      await passes(dashboard(), gateMs);
      const [robin, sam] = await Promise.all([
        arrives(dashboard(), 'operator', '/targets/chat'),
        arrives(dashboard(), 'admin', '/targets/chat'),
      ]);
      await press(robin, 'Rotate now', 'Start the rotation', async (dialog) => {
        const start = dialog.getByRole('button', { name: 'Start the rotation' });
        expect(await start.isDisabled()).toBe(true);
        await dialog.getByLabel('Nobody uses the inactive key').check();
        await dialog.getByText('A new key is made in key2').waitFor();
      });
      await Promise.all([seesPhase(robin, 'overlapping'), seesPhase(sam, 'overlapping')]);
      await robin.getByText(/min( \d+ s)? left/).waitFor();
      expect(await robin.locator('.slot.active').textContent()).toContain('key2');
      await robin.emulateMedia({ colorScheme: 'dark' });
      await picture(robin, 'target');
      // The same at once: the one who comes second is told, and nothing happens twice.
      await sam.getByRole('button', { name: 'Hold', exact: true }).click();
      await dialogOf(sam).getByLabel('Reason').fill('a release');
      const before = await clicksOf(robin);
      await press(robin, 'Hold', 'Hold', (dialog) => dialog.getByLabel('Reason').fill('release night'));
      expect((await clicksOf(robin)) - before).toBe(await clicksFor('the old key is needed for longer'));
      await robin.getByText('release night').waitFor();
      await dialogOf(sam).getByRole('button', { name: 'Hold', exact: true }).click();
      await dialogOf(sam).getByRole('alert').waitFor();
      await dialogOf(sam).getByRole('button', { name: 'Close' }).click();
      await sam.getByText('release night').waitFor();
      await press(sam, 'Release hold', 'Release the hold', nothing);
      await hurried(() => stands(robin, 'idle'));
      await open(robin, '/targets/chat/history');
      await robin.getByText('completed').first().click();
      const saved = robin.waitForEvent('download');
      await robin.getByRole('button', { name: 'Download the audit trail' }).click();
      const trail = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
      expect(trail).toMatchObject({ rotation: { state: 'completed' }, entries: expect.any(Array), next: null });
    });

    it('rolls a rotation back', async () => {
      await passes(dashboard(), gateMs);
      const page = await arrives(dashboard(), 'operator', '/targets/chat');
      await press(page, 'Rotate now', 'Start the rotation', (dialog) =>
        dialog.getByText('A new key is made').waitFor(),
      );
      await seesPhase(page, 'overlapping');
      const before = await clicksOf(page);
      await press(page, 'Roll back', 'Roll back', nothing);
      expect((await clicksOf(page)) - before).toBe(await clicksFor('consumers fail since the switch'));
      await hurried(() => stands(page, 'idle'));
      await open(page, '/targets/chat/history');
      await page.locator('.history').getByText('rolled back').waitFor();
    });

    it('finds whose a key is, keeps nothing of it, and replaces it once the name is typed', async () => {
      const { world } = dashboard().app;
      const secret = world.vaults[0]?.secrets.find(({ name }) => name === 'chat-key2');
      const page = await arrives(dashboard(), 'admin', '/leak');
      await page.getByLabel('The key', { exact: true }).fill(secret?.versions.at(-1)?.value ?? '');
      await page.getByRole('button', { name: 'Whose is it?' }).click();
      await page.getByRole('button', { name: 'Replace key2 of chat…' }).waitFor();
      expect(await page.getByLabel('The key', { exact: true }).inputValue()).toBe('');
      await page.emulateMedia({ colorScheme: 'light' });
      await picture(page, 'leak');
      await press(page, 'Replace key2 of chat…', 'Replace the leaked key', async (dialog) => {
        const send = dialog.getByRole('button', { name: 'Replace the leaked key' });
        await dialog.getByText('The key ends').waitFor();
        expect(await send.isDisabled()).toBe(true);
        await dialog.getByLabel(/Type chat/).fill('chat');
      });
      await page.waitForURL('**/targets/chat');
      expect(await clicksOf(page)).toBe(await clicksFor('a key was found in a log'));
      await hurried(() => stands(page, 'idle'));
    });

    it('mends a rotation that a lock has stopped', async () => {
      const { world } = dashboard().app;
      const lock = { scope: chat.accountId, name: 'change-freeze', level: 'ReadOnly' } as const;
      world.locks.push(lock);
      const page = await arrives(dashboard(), 'operator', '/targets/chat');
      await press(page, 'Rotate now', 'Start the rotation', (dialog) => dialog.getByText('Dry run').waitFor());
      await hurried(() => stands(page, 'suspended'));
      await open(page, '/');
      const row = page.locator('.concern', { hasText: 'chat' });
      await row.getByText('resource-lock').waitFor();
      await row.getByText('Remove it, or make it CanNotDelete').waitFor();
      await picture(page, 'needs-person');
      const before = await clicksOf(page);
      world.locks.splice(world.locks.indexOf(lock), 1);
      await row.getByRole('button', { name: 'Resume' }).click();
      await dialogOf(page).getByRole('button', { name: 'Resume' }).click();
      expect((await clicksOf(page)) - before).toBe(await clicksFor('a rotation is suspended'));
      await open(page, '/targets/chat');
      await hurried(() => stands(page, 'idle'));
    });

    it('pauses the instance, says so where it matters, and resumes it', async () => {
      const page = await arrives(dashboard(), 'admin', '/fleet');
      await press(page, 'Pause everything…', 'Pause', (dialog) => dialog.getByLabel('Reason').fill('region failover'));
      await page.getByText('region failover').waitFor();
      expect(await clicksOf(page)).toBe(await clicksFor('nothing may change now'));
      await open(page, '/');
      await page.getByRole('heading', { name: 'Paused' }).waitFor();
      await press(page, 'Resume the whole instance', 'Resume', nothing);
      await page.getByRole('heading', { name: 'Paused' }).waitFor({ state: 'detached' });
    });

    it.each([
      ['light', 1280],
      ['dark', 360],
    ] as const)(
      'has no fault that axe finds, in %s at %i pixels, and no page is wider than that',
      async (colorScheme, width) => {
        const page = await windowOfAdmin(dashboard());
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        const isEvery = isWhole || screenshots !== '' || pictures !== '';
        const inThisTheme = paths.filter((_, at) => isEvery || (at % 2 === 0) === (colorScheme === 'light'));
        for (const [path, heading] of inThisTheme) {
          await open(page, path);
          await page.getByRole('heading', { level: 1, name: heading }).waitFor();
          const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
          expect({ path, isWider, faults: await axeFaults(page) }).toEqual({ path, isWider: false, faults: [] });
          await pictureInBothThemes(page, path, width, colorScheme);
          if (width === 1280 && (path === '/targets' || path === '/fleet')) await picture(page, path.slice(1));
        }
      },
    );

    it('empties the search by the link that shows all', async () => {
      const page = await windowOfAdmin(dashboard());
      await open(page, '/targets');
      const search = page.getByRole('searchbox');
      await search.fill('nothing of this name');
      await page.getByRole('link', { name: 'Show all' }).click();
      await page.getByRole('row', { name: /^chat/ }).waitFor();
      expect([await search.inputValue(), new URL(page.url()).search]).toEqual(['', '']);
    });

    it('plans a private endpoint in a new subnet of a new network', async () => {
      const { app } = dashboard();
      for (const role of ['Network Contributor', 'Private DNS Zone Contributor'])
        app.grant('func-keyturn', role, chat.accountId.replace(/\/providers\/.*/, ''));
      const page = await windowOfAdmin(dashboard());
      await open(page, '/targets/chat/network');
      const form = page.getByRole('region', { name: 'Change it to' });
      await form.getByLabel('Only private endpoints').check();
      await form.getByRole('combobox', { name: 'Private endpoint', exact: true }).selectOption('one in a new subnet');
      for (const [label, value] of [
        ['Name of the subnet', 'snet-endpoints'],
        ['Range of the subnet', '10.40.1.0/27'],
      ] as const) {
        await form.getByLabel(label).fill(value);
      }
      await form.getByRole('combobox', { name: 'Virtual network', exact: true }).selectOption('a new one');
      for (const [label, value] of [
        ['Name of the virtual network', 'vnet-ai'],
        ['Region', 'eastus'],
        ['Address space', '10.40.0.0/16'],
      ] as const) {
        await form.getByLabel(label).fill(value);
      }
      await form.getByRole('combobox', { name: 'Zones', exact: true }).selectOption('create them');
      await form.getByLabel('New links ask public DNS').check();
      await form.getByLabel('Consumers, one a line').fill('shop: 203.0.113.40');
      await form.getByRole('button', { name: 'Show the plan' }).click();
      const plan = dialogOf(page).getByRole('region', { name: 'Dry run' });
      for (const part of ['vnet-ai', 'snet-endpoints', 'privatelink', 'shop']) {
        await plan.getByText(part).first().waitFor();
      }
      await page.keyboard.press('Escape');
    });

    it('fills a screen of 3840 pixels without lines that nobody can follow', async () => {
      const page = await windowOfAdmin(dashboard());
      await page.setViewportSize({ width: 3840, height: 2160 });
      await open(page, '/targets');
      const width = await page.locator('main').evaluate((main) => main.getBoundingClientRect().width);
      expect([width > 1600, width < 2000]).toEqual([true, true]);
    });

    it('is used with the keyboard only', async () => {
      const page = await windowOfAdmin(dashboard());
      await page.setViewportSize({ width: 1280, height: 800 });
      await open(page, '/targets/chat');
      const button = page.getByRole('button', { name: 'Rotate now' });
      await button.focus();
      await page.keyboard.press('Enter');
      await dialogOf(page).waitFor();
      expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true);
      await page.keyboard.press('Escape');
      await dialogOf(page).waitFor({ state: 'detached' });
      expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.getByRole('link', { name: 'Fleet' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    });
  },
  { targets: [chat] },
);

const paths: readonly (readonly [path: string, heading: string])[] = [
  ['/', 'Needs a person'],
  ['/targets', 'Targets'],
  ['/targets?sort=subscription&text=chat', 'Targets'],
  ...['', '/history', '/diagnosis', '/network', '/access', '/keyless'].map(
    (view) => [`/targets/chat${view}`, 'chat'] as const,
  ),
  ['/targets/nobody', 'nobody'],
  ['/leak', 'A key has leaked'],
  ['/fleet', 'Fleet'],
  ['/reasons', 'Runbook'],
  ['/reasons/leaked', 'leaked'],
  ['/elsewhere', 'No such page'],
];

let shared: Page | undefined;

/** One window for the tests that change nothing. */
async function windowOfAdmin(dashboard: Dashboard): Promise<Page> {
  shared ??= await arrives(dashboard, 'admin');
  dashboard.keepOpen(shared);
  return shared;
}
