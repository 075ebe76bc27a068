import { expect, it } from 'vitest';
import { startFrontDoor } from '../../../local/demo/front-door.ts';
import { inBrowser, people } from './in-browser.ts';

inBrowser('the front door of npm start', (dashboard) => {
  it("leads a person's own browser to the dashboard, its sign-in and the mischiefs, and to no other host", async () => {
    const { app, newWindow } = dashboard();
    const door = await startFrontDoor({ azure: app.azure, appUrl: app.url, port: 0 });
    try {
      const page = await newWindow({ baseURL: door.url });
      const hosts = new Set<string>();
      page.on('request', (request) => hosts.add(new URL(request.url()).origin));
      await page.goto('/targets');
      await page.getByRole('button', { name: people.admin }).click();
      await page.getByText(people.admin).first().waitFor();
      expect(page.url()).toBe(`${door.url}/targets`);
      await page.reload();
      await page.getByText(people.admin).first().waitFor();
      await page.goto(door.mischiefUrl);
      await page.getByRole('button', { name: 'Do it: Lock the account' }).click();
      await page.getByRole('status').waitFor();
      expect(app.world.locks).toHaveLength(1);
      await page.getByRole('button', { name: 'Undo: Lock the account' }).click();
      await page.getByRole('button', { name: 'Do it: Lock the account' }).waitFor();
      expect(app.world.locks).toEqual([]);
      expect([...hosts]).toEqual([door.url]);
    } finally {
      await door.stop();
    }
  });
});
