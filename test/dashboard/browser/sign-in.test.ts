import { expect, it } from 'vitest';
import { inBrowser, people } from './in-browser.ts';

inBrowser('signing in', (dashboard) => {
  it.each([
    ['reader', 'Reader'],
    ['operator', 'Operator'],
    ['admin', 'Admin'],
  ] as const)('leads the %s by Entra and back, with a role', async (person, role) => {
    const page = await dashboard().signIn(person);
    await page.getByText(people[person]).waitFor();
    expect(await page.getByRole('banner').textContent()).toContain(role);
  });
});
