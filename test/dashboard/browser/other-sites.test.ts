import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type Dashboard, inBrowser } from './in-browser.ts';

/** Opens a page of somebody else's, of another origin on this machine, in the browser in which somebody is signed in. */
async function otherSite({ app }: Dashboard, signedIn: Page, html: string): Promise<Page> {
  const url = `${app.url.replace('localhost', '127.0.0.1')}/other-site`;
  const other = await signedIn.context().newPage();
  await other.route(url, (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html>${html}` }));
  await other.goto(url);
  return other;
}

inBrowser('a browser in which somebody is signed in', (dashboard) => {
  let signedIn: Promise<Page> | undefined;
  /** One window for all of these tests. */
  const admin = async () => {
    signedIn ??= dashboard().signIn('admin');
    const page = await signedIn;
    dashboard().keepOpen(page);
    return page;
  };

  it('takes nothing to the API for a form of another site: the API wants a token, and there is no cookie', async () => {
    const { app } = dashboard();
    const action = `${app.url}/api/targets/demo/leak`;
    const html = `<form method="post" enctype="text/plain" action="${action}"><input name='{"slot":"key1","x":"' value='"}'><button>Win</button></form>`;
    const other = await otherSite(dashboard(), await admin(), html);
    const [answer] = await Promise.all([other.waitForResponse(action), other.getByRole('button').click()]);
    expect([answer.status(), answer.request().headers().cookie]).toEqual([401, undefined]);
  });

  it('asks the API for no script of another site', async () => {
    const { app } = dashboard();
    const other = await otherSite(dashboard(), await admin(), '');
    const ask = (method: string, headers: Record<string, string>) =>
      other.evaluate(
        (asked) =>
          fetch(asked.url, { method: asked.method, headers: asked.headers, credentials: 'include' }).then(
            ({ status }) => `${status}`,
            () => 'kept from it',
          ),
        { url: `${app.url}/api/pause`, method, headers },
      );
    expect(await ask('PUT', { authorization: 'Bearer x' })).toBe('kept from it');
    expect(await ask('GET', {})).toBe('kept from it');
  });

  it('shows the dashboard in no frame of another site', async () => {
    const { app } = dashboard();
    const other = await otherSite(dashboard(), await admin(), `<iframe src="${app.url}/"></iframe>`);
    await expect.poll(() => other.frames().map((frame) => frame.url())).toContain('chrome-error://chromewebdata/');
  });

  it('gives another site no hold of the window that it opened', async () => {
    const { app } = dashboard();
    const other = await otherSite(dashboard(), await admin(), '<button>Open</button>');
    await other.evaluate((url) => {
      document.querySelector('button')?.addEventListener('click', () => {
        const opened = window.open(url);
        setInterval(() => {
          document.title = opened?.closed === true ? 'no hold' : 'hold';
        }, 50);
      });
    }, app.url);
    await other.getByRole('button').click();
    await expect.poll(() => other.title()).toBe('no hold');
  });

  it.each([
    ['an inline style', () => document.body.setAttribute('style', 'color: red'), /style-src-attr/],
    ['a request to another host', () => void fetch('https://contoso.example/').catch(() => {}), /connect-src/],
    [
      'a picture of another host',
      () => document.body.append(Object.assign(new Image(), { src: 'https://contoso.example/x.png' })),
      /img-src/,
    ],
  ] as const)(
    'lets the dashboard load nothing that is not its own: %s fails the test that meets it',
    async (_, act, directive) => {
      const { faults } = dashboard();
      await (await admin()).evaluate(act);
      await expect.poll(() => faults.join('\n')).toMatch(directive);
      faults.length = 0;
    },
  );

  it.each([
    ['a text', () => void document.body.setHTMLUnsafe('<img src=x>')],
    ['an attribute', () => document.body.setAttribute('onclick', 'window.hacked = true')],
    ['an address', () => void Object.assign(document.createElement('script'), { src: 'https://contoso.example/' })],
  ] as const)('makes no script of %s', async (_, act) => {
    await expect((await admin()).evaluate(act)).rejects.toThrow(/requires 'Trusted/);
    dashboard().faults.length = 0;
  });
});
