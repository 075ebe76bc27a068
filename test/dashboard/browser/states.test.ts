import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoTarget } from '../../../local/demo/demo-target.ts';
import { defaultDefinition } from '../../../local/simulated-azure/default-world.ts';
import { axeFaults } from './acting.ts';
import { inBrowser, people } from './in-browser.ts';

/** Somebody of the tenant to whom nobody has assigned an app role. */
const nobody = 'kim@contoso.com';
const world = {
  ...defaultDefinition,
  identities: [
    ...defaultDefinition.identities,
    {
      name: nobody,
      kind: 'user',
      objectId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a08',
      clientId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0c08',
    } as const,
  ],
};

/** What Entra says of a page's refresh token after 24 hours: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const expired = {
  error: 'invalid_grant',
  error_description: 'AADSTS700084: The refresh token was issued to a single page app (SPA), and is now expired.',
};

/** An hour later by the page's clock: its token is to be renewed, and what it follows is looked at again. */
const anHourMs = 3_600_000;

async function seesNoFault(page: Page): Promise<void> {
  expect(await axeFaults(page)).toEqual([]);
}

inBrowser(
  'the dashboard, if something is refused',
  (dashboard) => {
    it('asks to sign in again once Entra renews no token, and leads back to the page', async () => {
      const { app, newWindow, isAsked } = dashboard();
      const page = await newWindow();
      await page.clock.install();
      await page.goto('/targets/demo/history');
      await isAsked(page, 'operator');
      await page.getByRole('heading', { level: 1, name: 'demo' }).waitFor();
      const headers = { 'content-type': 'application/json', 'access-control-allow-origin': app.url };
      const answer = { kind: 'answer', applied: false, status: 400, headers, body: JSON.stringify(expired) } as const;
      app.azure.faults.add({ method: 'POST', matches: /\/oauth2\/v2\.0\/token$/, fault: answer, times: 1 });
      await page.clock.fastForward(anHourMs);
      await page.getByRole('alert').getByText('Your session has ended.').waitFor();
      expect(await page.locator('body').textContent()).not.toContain('demo');
      await seesNoFault(page);
      // Entra still knows who that is.
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'demo' }).waitFor();
      expect(page.url()).toBe(`${app.url}/targets/demo/history`);
    });

    it('shows why there is no answer, with the id that the log has, and the answer once somebody tries again', async () => {
      const { app, signIn } = dashboard();
      const page = await signIn('reader', '/targets/demo');
      const fault = { kind: 'fail-before', status: 503, code: 'ServiceUnavailable' } as const;
      app.azure.faults.add({ method: 'GET', matches: /\/accounts\/ai-secure-demo$/, fault, times: 1 });
      const answered = page.waitForResponse('**/api/targets/demo/network');
      await page.getByRole('link', { name: 'Network' }).click();
      const answer = await answered;
      const id = answer.headers()['x-request-id'] ?? '';
      expect([answer.status(), id]).toEqual([502, expect.stringMatching(/./)]);
      const alert = page.getByRole('alert');
      await alert.getByText(id, { exact: true }).waitFor();
      expect(app.lines.filter((line) => line.includes(id))).not.toEqual([]);
      await seesNoFault(page);
      await alert.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: /^Now/ }).waitFor();
    });

    it.each([
      ['the app is starting', 'The app answered with 503 and no reason'],
      ['nothing can be reached', 'Keyturn did not answer. Check your connection'],
    ])('goes on by itself after a while if %s', async (what, says) => {
      const { newWindow, isAsked } = dashboard();
      const page = await newWindow();
      await page.clock.install();
      let isDown = true;
      await page.route('**/api/targets?*', (route) => {
        if (!isDown) return route.continue();
        const isStarting = what === 'the app is starting';
        return isStarting ? route.fulfill({ status: 503, body: 'Function host is not running.' }) : route.abort();
      });
      await page.goto('/targets');
      await isAsked(page, 'reader');
      await page.getByRole('alert').getByText(says).waitFor();
      await seesNoFault(page);
      isDown = false;
      await page.clock.fastForward(5_000);
      await page.getByRole('link', { name: 'demo', exact: true }).waitFor();
      // What is shown stays while a later look fails, and says that it may be old.
      isDown = true;
      await page.clock.fastForward(30_000);
      await page.getByRole('status').getByText('This may be old.').waitFor();
      await page.getByRole('link', { name: 'demo', exact: true }).waitFor();
      await seesNoFault(page);
      isDown = false;
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('This may be old.').waitFor({ state: 'detached' });
    });

    it('says to somebody without a role what to ask for, and asks the API nothing', async () => {
      const { app, newWindow } = dashboard();
      const page = await newWindow();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.goto('/targets/demo');
      await page.getByRole('button', { name: nobody }).click();
      await page.getByRole('heading', { name: 'No access yet' }).waitFor();
      await page.getByText('assign you the app role Keyturn.Read').waitFor();
      await seesNoFault(page);
      expect([asked.includes('/'), asked.filter((path) => path.startsWith('/api/'))]).toEqual([true, []]);
      // The role counts from the next sign-in on.
      const person = app.world.principals.find(({ name }) => name === nobody);
      expect(person?.appRoles).toEqual({});
    });

    it('keeps from a reader no view, and says which role each button needs', async () => {
      const { app, signIn } = dashboard();
      app.grant('func-keyturn', 'Reader', demoTarget.accountId);
      const page = await signIn('reader', '/targets/demo');
      await page.getByText('Needs the role Admin (Keyturn.Admin).', { exact: true }).first().waitFor();
      expect(await page.getByRole('button', { name: 'Adopt' }).isDisabled()).toBe(true);
      await page.getByRole('banner').getByText(people.reader).waitFor();
      await seesNoFault(page);
      const refused: Record<string, readonly string[]> = {};
      for (const view of ['History', 'Diagnosis', 'Network', 'Access', 'Keyless']) {
        await page.getByRole('link', { name: view, exact: true }).click();
        await page.locator('.tabs [aria-current="page"]', { hasText: view }).waitFor();
        await page.locator('.loading').first().waitFor({ state: 'detached' });
        refused[view] = await page.getByRole('alert').allTextContents();
      }
      expect(refused).toEqual({ History: [], Diagnosis: [], Network: [], Access: [], Keyless: [] });
    });
  },
  { world },
);
