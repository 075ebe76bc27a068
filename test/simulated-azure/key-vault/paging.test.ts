import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VaultSecret } from '../../../local/simulated-azure/world.ts';
import { setUp, vaultUrl } from './vault-world.ts';

interface Page {
  readonly value: readonly { readonly id: string }[];
  readonly nextLink: string | null;
}

function secretNamed(name: string, deletedAtMs: number | null, versions: number): VaultSecret {
  const made = Array.from({ length: versions }, () => ({
    version: crypto.randomUUID().replaceAll('-', ''),
    value: 'v',
    contentType: null,
    tags: null,
    enabled: true,
    notBefore: null,
    expires: null,
    created: 0,
    updated: 0,
    managed: false,
  }));
  return { name, versions: made, deletedAtMs, busyUntilMs: 0 };
}

/** Follows the links from `path` to the last page. */
async function walk(vault: ReturnType<typeof setUp>, path: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let next: string | null = path; next !== null; ) {
    const page = (await (await vault.send('GET', next)).json()) as Page;
    pages.push(page);
    next = page.nextLink?.replace(`${vaultUrl}:443`, '') ?? null;
  }
  return pages;
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { maxLength: 12 });

test('however secrets and pages fall, each list shows each of its own once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 25 }),
      async (all, cut, size) => {
        const vault = setUp();
        const [live, deleted] = [all.slice(cut), all.slice(0, cut)];
        vault.vault.secrets.push(...live.map((name) => secretNamed(name, null, 1)));
        vault.vault.deletedSecrets.push(...deleted.map((name) => secretNamed(name, vault.clock.nowMs(), 2)));
        for (const [list, expected] of [
          ['secrets', live],
          ['deletedsecrets', deleted],
        ] as const) {
          const pages = await walk(vault, `/${list}?api-version=7.6&maxresults=${size}`);
          const found = pages.flatMap(({ value }) => value.map(({ id }) => id.split('/').at(-1)));
          expect(found).toEqual([...expected].sort());
          for (const { value } of pages) expect(value.length).toBeLessThanOrEqual(size);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('a page can be empty and still have a next one, and the link names port, token and size', async () => {
  const vault = setUp();
  vault.vault.deletedSecrets.push(secretNamed('a', vault.clock.nowMs(), 1));
  vault.vault.secrets.push(secretNamed('b', null, 1));
  const pages = await walk(vault, '/secrets?api-version=7.6&maxresults=1');
  expect(pages.map(({ value }) => value.length)).toEqual([0, 0, 1]);
  expect(pages[0]?.nextLink).toMatch(
    /^https:\/\/kv-contoso\.vault\.azure\.net:443\/secrets\?api-version=7\.6&\$skiptoken=eyJOZXh0TWFya2VyIjoi\w+&maxresults=1$/,
  );
  expect(pages.at(-1)?.nextLink).toBeNull();
});

test('a full last page of versions links to an empty one', async () => {
  const vault = setUp();
  vault.vault.secrets.push(secretNamed('a', null, 2));
  const pages = await walk(vault, '/secrets/a/versions?api-version=7.3&maxresults=1');
  expect(pages.map(({ value }) => value.length)).toEqual([1, 1, 0]);
});

test('a recorded token is understood: the next page starts at its row', async () => {
  const vault = setUp();
  for (const name of ['importListCertificate1', 'importListVersionCerts', 'nodeSecret1']) {
    vault.vault.secrets.push(secretNamed(name, null, 1));
  }
  // Recorded by azure-sdk-for-node; it names the row secret/IMPORTLISTVERSIONCERTS.
  const token =
    'eyJOZXh0TWFya2VyIjoiMiExMDAhTURBd01ESTVJWE5sWTNKbGRDOUpUVkJQVWxSTVNWTlVWa1ZTVTBsUFRrTkZVbFJUSVRBd01EQXlPQ0U1T1RrNUxURXlMVE14VkRJek9qVTVPalU1TGprNU9UazVPVGxhSVEtLSIsIlRhcmdldExvY2F0aW9uIjowfQ';
  const first = (await (await vault.send('GET', '/secrets?api-version=7.0&maxresults=1')).json()) as Page;
  expect(first.nextLink).toBe(`${vaultUrl}:443/secrets?api-version=7.0&$skiptoken=${token}&maxresults=1`);
  const [page] = await walk(vault, `/secrets?api-version=7.0&$skiptoken=${token}&maxresults=2`);
  expect(page?.value.map(({ id }) => id)).toEqual([
    `${vaultUrl}/secrets/importListVersionCerts`,
    `${vaultUrl}/secrets/nodeSecret1`,
  ]);
});

test.each(['maxresults=0', 'maxresults=26', 'maxresults=x', '$skiptoken=rubbish'])('%s is refused', async (query) => {
  const { send } = setUp();
  expect((await send('GET', `/secrets?api-version=7.6&${query}`)).status).toBe(400);
});
