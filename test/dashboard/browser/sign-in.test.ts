import { build } from 'esbuild';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { inBrowser, people } from './in-browser.ts';

/** Replaces the dashboard's script in this window by one that only signs in. */
async function onlySignIn(page: Page): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: ['test/dashboard/browser/only-sign-in.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const body = outputFiles[0]?.text ?? '';
  await page.route('**/assets/main-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
}

const outcomeOf = async (page: Page) => await (await page.waitForFunction(() => window.outcome)).jsonValue();

const authorizing = '**/oauth2/v2.0/authorize?**';

/** The claims of the token with which the dashboard next asks the API. */
async function tokenOf(page: Page) {
  const request = await page.waitForRequest('**/api/**');
  return decodeJwt(request.headers().authorization?.slice('Bearer '.length) ?? '');
}

/** A tampered answer of Entra: what was noted before the way there is changed when the page comes back. */
async function changePending(page: Page, member: 'state' | 'nonce' | 'verifier'): Promise<void> {
  await page.addInitScript((name) => {
    const stored = sessionStorage.getItem('keyturn-sign-in');
    if (stored === null || !location.hash.includes('code=') || !stored.includes(`?${name}`)) return;
    const other = 'A'.repeat(43);
    sessionStorage.setItem('keyturn-sign-in', JSON.stringify({ ...JSON.parse(stored), [name]: other }));
  }, member);
}

inBrowser('signing in', (dashboard) => {
  it('leads the reader by Entra to the page that was asked for, and again without a question when it is loaded again', async () => {
    const { app, newWindow, isAsked } = dashboard();
    const page = await newWindow();
    const path = '/targets/demo?tab=history';
    const [request] = await Promise.all([page.waitForRequest(authorizing), page.goto(path)]);
    expect(Object.fromEntries(new URL(request.url()).searchParams)).toMatchObject({
      response_type: 'code',
      response_mode: 'fragment',
      code_challenge_method: 'S256',
      redirect_uri: `${app.url}/`,
    });
    await isAsked(page, 'reader');
    await page.getByText(people.reader).first().waitFor();
    expect(page.url()).toBe(`${app.url}${path}`);
    const [again, claims] = await Promise.all([page.waitForRequest(authorizing), tokenOf(page), page.reload()]);
    expect(Object.fromEntries(new URL(again.url()).searchParams)).toMatchObject({
      prompt: 'none',
      login_hint: people.reader,
    });
    expect(claims).toMatchObject({ preferred_username: people.reader, roles: ['Keyturn.Read'] });
    expect(page.url()).toBe(`${app.url}${path}`);
  });

  it('ends for the operator with signing out, also at Entra, which then asks who comes', async () => {
    const page = await dashboard().signIn('operator');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    // As the browser shows a page that it has kept: it is loaded again.
    await Promise.all([
      page.waitForRequest(`${dashboard().app.url}/`),
      page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))),
    ]);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: people.operator }).click();
    expect(await tokenOf(page)).toMatchObject({ roles: ['Keyturn.Operate'] });
  });

  it("keeps the admin's tokens in memory only: no storage, cookie, address or line of the app's log has one", async () => {
    const { app, signIn } = dashboard();
    const page = await signIn('admin');
    await page.getByText(people.admin).first().waitFor();
    const kept = await page.evaluate(async () =>
      JSON.stringify({
        local: { ...localStorage },
        session: { ...sessionStorage },
        databases: await indexedDB.databases(),
        caches: await caches.keys(),
        cookie: document.cookie,
        workers: (await navigator.serviceWorker.getRegistrations()).length,
        address: location.href,
        page: document.documentElement.outerHTML,
      }),
    );
    expect(JSON.parse(kept)).toMatchObject({ local: {}, databases: [], caches: [], cookie: '', workers: 0 });
    expect(await page.context().cookies(app.url)).toEqual([]);
    const tokens = [...app.azure.issuedTokens];
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens.filter((token) => kept.includes(token))).toEqual([]);
    expect(app.lines.length).toBeGreaterThan(10);
    const secrets = [...tokens, 'code=', 'code_verifier'];
    expect(app.lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });

  it('is refused if state, nonce or verifier are not what was asked with', async () => {
    const { newWindow, isAsked } = dashboard();
    const page = await newWindow();
    await onlySignIn(page);
    await page.goto('/');
    await isAsked(page, 'reader');
    expect(await outcomeOf(page)).toBe('signed-in');
    for (const [member, sentence] of [
      ['state', /^Entra's answer cannot be trusted: .*state/],
      ['nonce', /^Entra's answer cannot be trusted: .*nonce/],
      ['verifier', /^Entra refused: AADSTS501481: /],
    ] as const) {
      await changePending(page, member);
      await page.goto(`/?${member}`);
      await page.waitForURL(({ search, hash }) => search === `?${member}` && hash === '');
      expect(await outcomeOf(page)).toMatch(sentence);
    }
  });

  it('begins anew if an answer comes that nobody asked for', async () => {
    const page = await dashboard().newWindow();
    await page.goto('/#code=1.forged&state=forged');
    await page.getByRole('button', { name: people.reader }).waitFor();
  });

  it('lasts as long as Entra renews the token, once for all who wait; then who asks learns that it has ended', async () => {
    const { app, newWindow, isAsked } = dashboard();
    const page = await newWindow();
    await onlySignIn(page);
    await page.goto('/');
    await isAsked(page, 'operator');
    expect(await outcomeOf(page)).toBe('signed-in');
    const token = () => page.evaluate(() => window.keyturn?.accessToken().catch((error: unknown) => String(error)));
    const minutesLater = (minutes: number) => page.clock.setFixedTime(Date.now() + minutes * 60_000);
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url()));
    const first = await token();
    await minutesLater(54);
    expect(await token()).toBe(first);
    // Entra's tokens live an hour; five minutes before that they are renewed.
    await minutesLater(56);
    const both = await page.evaluate(() => Promise.all([window.keyturn?.accessToken(), window.keyturn?.accessToken()]));
    expect([new Set(both).size, both.includes(first), sent.length]).toEqual([1, false, 1]);

    const { principals } = app.world;
    const at = principals.findIndex(({ name }) => name === people.operator);
    const [gone] = principals.splice(at, 1);
    try {
      await minutesLater(2 * 56);
      const ended = 'Error: The session has ended. Sign in again.';
      expect([await token(), await token()]).toEqual([ended, ended]);
    } finally {
      if (gone !== undefined) principals.splice(at, 0, gone);
    }
  });
});
