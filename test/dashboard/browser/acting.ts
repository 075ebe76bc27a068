import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { type Dashboard, people } from './in-browser.ts';

/** A browser window of nobody whose clock is that of the simulated Azure: earlier tests have let its time pass. */
export async function emptyWindow({ app, newWindow }: Dashboard, baseURL = app.url): Promise<Page> {
  const page = await newWindow({ locale: 'en-GB', timezoneId: 'UTC', baseURL });
  await page.clock.setFixedTime(app.azure.clock.nowMs());
  // The host dates its answers by the machine's clock.
  await page.addInitScript(() => {
    const { get } = Headers.prototype;
    Headers.prototype.get = function (this: Headers, name: string) {
      return name === 'date' ? null : get.call(this, name);
    };
  });
  await page.addInitScript(() => {
    let clicks = 0;
    addEventListener(
      'click',
      () => {
        clicks += 1;
        document.documentElement.dataset.clicks = String(clicks);
      },
      true,
    );
  });
  return page;
}

/** Somebody signs in at `path`, in a window of their own. */
export async function arrives(
  dashboard: Dashboard,
  person: keyof typeof people,
  path = '/',
  baseURL = dashboard.app.url,
): Promise<Page> {
  const page = await emptyWindow(dashboard, baseURL);
  await page.goto(path);
  await page.getByRole('button', { name: people[person] }).click();
  await page.getByRole('banner').getByText(people[person]).waitFor();
  return page;
}

/** How often somebody has clicked since the page was loaded. */
export const clicksOf = (page: Page) => page.evaluate(() => Number(document.documentElement.dataset.clicks ?? 0));

/** How many clicks docs/dashboard.md says that it takes. */
export async function clicksFor(situation: string): Promise<number> {
  const [, clicks] =
    new RegExp(`^\\| ${situation} \\|.*\\| (\\d+) \\| [\\d.]+ \\|$`, 'm').exec(
      await readFile('docs/dashboard.md', 'utf8'),
    ) ?? [];
  return Number(clicks);
}

/** So long until every cache has expired that may hold a key that a rotation would regenerate. */
export const gateMs = 150_000;

/** Lets time pass while nothing is at work. */
export async function passes({ app }: Dashboard, durationMs: number): Promise<void> {
  const { clock } = app.azure;
  const untilMs = clock.nowMs() + durationMs;
  await app.hurried(async () => {
    while (clock.nowMs() < untilMs) await after(20);
  });
}

/** Another page of the dashboard, without signing in again. */
export async function open(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

export const dialogOf = (page: Page) => page.getByRole('dialog');

/** Opens what a button of a page does, and sends it once it is ready. */
export async function press(
  page: Page,
  button: string,
  send: string,
  fill: (dialog: ReturnType<typeof dialogOf>) => Promise<void>,
) {
  await page.getByRole('main').getByRole('button', { name: button, exact: true }).first().click();
  const dialog = dialogOf(page);
  await fill(dialog);
  await dialog.getByRole('button', { name: send, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** What axe finds wrong with a page: each rule with the first element that breaks it. */
export async function axeFaults(page: Page): Promise<(readonly [rule: string, element: string | undefined])[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html] as const);
}

export const nothing = async () => {};
