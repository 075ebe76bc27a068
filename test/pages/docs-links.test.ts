import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const pages = globSync([
  '*.md',
  'docs/**/*.md',
  'local/README.md',
  'infra/README.md',
  'consumer/README.md',
  '.github/*.md',
]);

/** The anchors that GitHub makes of a page's headings. */
function anchors(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const led = file === '' ? page : normalize(join(dirname(page), file));
    return !existsSync(led) || (anchor !== undefined && !anchors(led).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test('links are found, headings too', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(anchors('docs/leaked-keys.md')).toContain('a-key-has-leaked');
});
