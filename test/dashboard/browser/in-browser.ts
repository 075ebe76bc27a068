import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WorldDefinition } from '../../../local/simulated-azure/world-definition.ts';
import { type BuiltApp, startBuiltApp } from '../../built-app/start-built-app.ts';
import { chromium, chromiumArguments, noChromium } from './chromium.ts';

/** Who signs in: people of the simulated tenant, each with one app role, and one without any. */
export const people = {
  reader: 'alex@contoso.com',
  operator: 'robin@contoso.com',
  admin: 'sam@contoso.com',
} as const;
type Person = keyof typeof people;

/** The built app on the local host, and a browser before it. */
export interface Dashboard {
  readonly app: BuiltApp;
  /** A new browser window of somebody who is signed in, at `path` of the dashboard. Others share nothing with it. */
  signIn(person: Person, path?: string): Promise<Page>;
  /** Picks `person` at Entra's page, which asks who comes, and waits until the dashboard is back. */
  isAsked(page: Page, person: Person): Promise<void>;
  /** A new browser window of nobody, at no page yet, until the test is over. */
  newWindow(options?: Parameters<Browser['newContext']>[0]): Promise<Page>;
  /** Leaves a window open for the tests that follow. */
  keepOpen(page: Page): void;
  /** What went wrong in the windows so far: refused by the content security policy, thrown, or written to the console as an error. */
  readonly faults: string[];
}

/**
 * Tests in a browser, before the built app with its simulated Azure, started once for all of them. Without a browser they
 * are skipped, in one line. A test fails if the content security policy refused anything, or an error was thrown in a page: one
 * that means it empties `faults`.
 */
export function inBrowser(
  name: string,
  tests: (dashboard: () => Dashboard) => void,
  { world, targets = [] }: { readonly world?: WorldDefinition; readonly targets?: readonly object[] } = {},
): void {
  if (chromium === null) {
    it(name, ({ skip }) => skip(noChromium));
    return;
  }
  describe(name, () => {
    let started: Awaited<ReturnType<typeof start>> | undefined;
    beforeAll(async () => {
      started = await start(world, targets);
    });
    afterAll(() => started?.stop());
    afterEach(async () => {
      await started?.closeWindows();
      const faults = started?.faults.splice(0) ?? [];
      expect(faults).toEqual([]);
    });
    tests(() => {
      if (started === undefined) throw new TypeError('the dashboard is open only while a test runs');
      return started;
    });
  });
}

async function start(world: WorldDefinition | undefined, targets: readonly object[]) {
  const app = await startBuiltApp(world, targets);
  const { stop, ...dashboard } = await openBrowser(app);
  return {
    ...dashboard,
    async stop() {
      await stop();
      await app.stop();
    },
  };
}

interface OpenBrowser extends Dashboard {
  /** All but those that are kept open: each goes on asking the app, and takes part of the processor. */
  closeWindows(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a browser before an app that runs: only if there is one, see `chromium`. Its `stop` leaves the app running. */
export async function openBrowser(app: BuiltApp): Promise<OpenBrowser> {
  const browser = await playwright.launch({
    executablePath: chromium ?? '',
    args: chromiumArguments,
    // Whatever is not on this machine is the simulated Azure's, at Azure's own names.
    proxy: { server: app.proxyUrl, bypass: 'localhost,127.0.0.1' },
  });
  const faults: string[] = [];
  const contexts = new Set<BrowserContext>();
  const kept = new Set<BrowserContext>();
  const newWindow: Dashboard['newWindow'] = async (options) => {
    // The simulated Azure's certificates come from an authority of this run.
    const context = await browser.newContext({ baseURL: app.url, ignoreHTTPSErrors: true, ...options });
    contexts.add(context);
    // Only ends what hangs: a busy machine takes its time.
    context.setDefaultTimeout(120_000);
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`content security policy: ${violatedDirective} refused ${blockedURI}`);
      });
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`));
    page.on('console', (message) => {
      // The browser's own line for each answer of 400 and above, which a page may well expect.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    return page;
  };
  const isAsked: Dashboard['isAsked'] = async (page, person) => {
    await page.getByRole('button', { name: people[person] }).click();
    await page.waitForURL((url) => url.origin === app.url && url.hash === '');
  };
  return {
    app,
    faults,
    newWindow,
    isAsked,
    async signIn(person: Person, path = '/') {
      const page = await newWindow();
      await page.goto(path);
      await isAsked(page, person);
      return page;
    },
    keepOpen: (page) => kept.add(page.context()),
    async closeWindows() {
      const closed = [...contexts].filter((context) => !kept.has(context));
      for (const context of closed) contexts.delete(context);
      await Promise.all(closed.map((context) => context.close()));
    },
    stop: () => browser.close(),
  };
}
