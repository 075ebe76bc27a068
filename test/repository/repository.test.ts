/** The files beside the code that nothing else runs: what they name has to be there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const text = (file: string) => readFileSync(file, 'utf8');
const { engines, scripts, version } = JSON.parse(text('package.json'));
const workflows = globSync('.github/workflows/*.yml').map((file) => file.replaceAll('\\', '/'));
const ci = text('.github/workflows/ci.yml');
/** What a workflow runs, one command a step. */
const runBy = (workflow: string) => [...workflow.matchAll(/^ +- run: (.*)$/gm)].map(([, command = '']) => command);

describe('the workflows', () => {
  it('are found', () => {
    expect(workflows.toSorted()).toEqual(['.github/workflows/ci.yml', '.github/workflows/codeql.yml']);
  });

  it("run the README's two commands, the first one to its end", () => {
    const [, first = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(text('README.md')) ?? [];
    const commands = [...first.matchAll(/^npm (?:run )?\S+/gm)].map(([command]) => command);
    expect(commands).toEqual(expect.arrayContaining(['npm start', 'npm test']));
    expect(runBy(ci)).toEqual(['npm test', 'npm run test:attacks', 'npm start -- --once']);
  });

  it('run on Node 22 and 24, which package.json takes', () => {
    const [, listed = ''] = /node: \[(.*)\]/.exec(ci) ?? [];
    expect(listed.split(', ').map(Number)).toEqual([22, 24]);
    const [, oldest = ''] = /^>=(\d+)\.\d+$/.exec(engines.node) ?? [];
    expect(Math.min(...listed.split(', ').map(Number))).toBeGreaterThanOrEqual(Number(oldest));
  });

  it.each(workflows)('%s pins each action to a full version, gets no secret, and may write no code', (file) => {
    const workflow = text(file);
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(actions.length).toBeGreaterThan(1);
    expect(actions.filter((action) => !/^[\w-]+(?:\/[\w-]+)+@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
    expect(workflow).not.toContain('secrets.');
    expect(workflow).not.toMatch(/contents: write|write-all|pull_request_target/);
    expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(workflow).toMatch(/timeout-minutes: \d+/);
  });
});

it('package.json takes the Node that tools/prepare.mjs takes, and brings one of its own', () => {
  const [, major, minor] = /const oldest = \[(\d+), (\d+)\]/.exec(text('tools/prepare.mjs')) ?? [];
  expect(engines.node).toBe(`>=${major}.${minor}`);
  expect(text('README.md')).toContain(`Node ${major}.${minor} or newer`);
  // npm puts node_modules/.bin first, so that each script runs on it.
  expect(process.version).toBe(`v${JSON.parse(text('package.json')).devDependencies.node}`);
});

it('CHANGELOG.md has an entry for the version of package.json', () => {
  expect(text('CHANGELOG.md')).toContain(`\n## [${version}] - `);
});

it('.editorconfig agrees with the formatter', () => {
  const { formatter } = JSON.parse(text('biome.json'));
  const config = text('.editorconfig');
  expect(config).toContain(`indent_size = ${formatter.indentWidth}\nindent_style = ${formatter.indentStyle}`);
  expect(config).toContain(`max_line_length = ${formatter.lineWidth}`);
});

it.each(['.github/pull_request_template.md', ...globSync('.github/ISSUE_TEMPLATE/*.yml')])(
  '%s names scripts and pages that are there',
  (file) => {
    const named = [...text(file).matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    const pages = [...text(file).matchAll(/\b(?:docs\/)?[\w-]+\.md\b/g)].map(([page]) => page);
    expect(pages.filter((page) => globSync(page).length === 0)).toEqual([]);
  },
);

describe('what a page for contributors names', () => {
  const pages = ['CONTRIBUTING.md', ...globSync('docs/{contributing,decisions}/*.md')];

  it.each(pages)('is there: files and folders in %s', (page) => {
    const named = [
      ...text(page).matchAll(/`((?:src|test|local|infra|docs|tools|bench|\.vscode|\.github)\/[\w./-]*)`/g),
    ];
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
  });

  it.each(pages)('is there: scripts, and tests that are to be run, in %s', (page) => {
    const named = [...text(page).matchAll(/\bnpm run (?:--silent )?([a-z][a-z:-]*)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    const run = [...text(page).matchAll(/npx vitest(?: run)?((?: test\/[\w./-]+)+)/g)];
    const files = run.flatMap(([, list = '']) => list.trim().split(' '));
    expect(files.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('is how to add an operation, a state, a reason, a kind of account and a way to notify people', () => {
    const chapters = text('CONTRIBUTING.md')
      .split(/^### … /m)
      .slice(1);
    expect(chapters.map((chapter) => chapter.split('\n')[0])).toEqual([
      'an operation of the admin API',
      'a state of the rotation',
      'a reason',
      'a kind of account',
      'a way to notify people',
    ]);
    // Each names files to open, which docs-links.test.ts follows.
    expect(chapters.map((chapter) => chapter.match(/\]\((?:src|test|local|infra)\//g)?.length ?? 0)).toEqual(
      [5, 6, 4, 6, 7].map((least) => expect.toSatisfy((found: number) => found >= least)),
    );
  });
});

it('each decision is listed by its number, and tells what it costs and when to think again', () => {
  const decisions = globSync('docs/decisions/[0-9]*.md').toSorted();
  expect(decisions.length).toBeGreaterThanOrEqual(5);
  const listed = [...text('docs/decisions/README.md').matchAll(/^\| \[(\d+)\]\((\S+)\)/gm)];
  expect(listed.map(([, , file]) => `docs/decisions/${file}`)).toEqual(decisions);
  for (const [index, file] of decisions.entries()) {
    expect(text(file)).toMatch(new RegExp(`^# ${index + 1}\\. `));
    const chapters = [...text(file).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(chapters, file).toEqual(['Situation', 'Decision', 'What follows', 'Think again if']);
  }
});
