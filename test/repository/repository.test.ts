/** The files beside the code that nothing else runs: what they name has to be there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const text = (file: string) => readFileSync(file, 'utf8');
const { engines, scripts, version } = JSON.parse(text('package.json'));
const workflows = globSync('.github/workflows/*.yml').map((file) => file.replaceAll('\\', '/'));
const ci = text('.github/workflows/ci.yml');
const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.string().optional(),
      permissions: z.record(z.string(), z.string()).optional(),
      'timeout-minutes': z.number(),
      steps: z.array(
        z.object({
          run: z.string().optional(),
          uses: z.string().optional(),
          with: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
    }),
  ),
});
const read = (file: string) => workflow.parse(parse(text(file)));
/** What a workflow runs, one command a step. */
const runBy = (workflow: string) => [...workflow.matchAll(/^ +- run: (.*)$/gm)].map(([, command = '']) => command);

describe('the workflows', () => {
  it('are found', () => {
    const names = workflows.map((file) => file.slice('.github/workflows/'.length, -'.yml'.length));
    expect(names.toSorted()).toEqual(['ci', 'codeql', 'deploy-sample', 'nightly', 'release']);
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

  it.each(workflows)(
    '%s pins each action to a full version, gets no secret, and may only read if a job asks no more',
    (file) => {
      const workflow = text(file);
      const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
      expect(actions.length).toBeGreaterThan(0);
      expect(actions.filter((action) => !/^[\w-]+(?:\/[\w-]+)+@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
      expect(workflow).not.toContain('secrets.');
      expect(workflow).not.toMatch(/write-all|pull_request_target/);
      const { permissions, jobs } = read(file);
      expect(permissions).toEqual({ contents: 'read' });
      for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    },
  );

  it('may write code, releases or attestations in one job, which runs nothing that it or npm has installed', () => {
    const writing = workflows.flatMap((file) =>
      Object.entries(read(file).jobs).flatMap(([name, job]) =>
        ['contents', 'attestations'].some((right) => job.permissions?.[right] === 'write') ? [{ file, name, job }] : [],
      ),
    );
    expect(writing).toMatchObject([{ file: '.github/workflows/release.yml', name: 'publish' }]);
    const steps = writing.flatMap(({ job }) => job.steps);
    expect(steps.map(({ run, uses }) => run?.split(' ')[0] ?? uses?.split('@')[0])).toEqual([
      'actions/download-artifact',
      'sha256sum',
      'actions/attest-build-provenance',
      'case',
    ]);
    expect(steps.at(-1)?.run).toMatch(/\ngh release create "\$GITHUB_REF_NAME" artifacts\/\* .*--verify-tag/);
  });

  it.each(workflows)('%s hands no input, tag or variable to a shell but by the environment', (file) => {
    const steps = Object.values(read(file).jobs).flatMap((job) => job.steps);
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  it.each(workflows)('%s runs scripts that are there', (file) => {
    const steps = Object.values(read(file).jobs).flatMap((job) => job.steps);
    const named = steps.flatMap(({ run = '' }) => [...run.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)]);
    const own = named.map(([, script = '']) => script).filter((script) => script !== 'pkg');
    expect(own.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('release what was tested, under the names that SHA256SUMS has, and only if the tag is the version', () => {
    const [tested, publish] = Object.values(read('.github/workflows/release.yml').jobs);
    const runs = (tested?.steps ?? []).flatMap(({ run = [] }) => run);
    expect(runs).toEqual([
      expect.stringContaining('"v$(npm pkg get version'),
      'npm test',
      'npm run test:attacks',
      'npm run package',
    ]);
    expect(publish).toMatchObject({ needs: 'package' });
    expect(publish?.steps.find(({ uses }) => uses?.includes('attest'))?.with).toEqual({
      'subject-checksums': 'artifacts/SHA256SUMS',
    });
  });

  it('deploy by the command of the guide, what was checked before', () => {
    const { jobs } = read('.github/workflows/deploy-sample.yml');
    const runs = Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run = [] }) => run));
    expect(runs.map((run) => run.split(' ').slice(0, 3).join(' '))).toEqual([
      'gh release download',
      'sha256sum --check --strict',
      'gh attestation verify',
      'az functionapp deployment',
    ]);
    const flags = (command: string) => [...command.matchAll(/ (--[\w-]+)/g)].map(([, flag]) => flag);
    const [guide = ''] =
      /^az functionapp deployment source config-zip (?:.*\\\n)*.*$/m.exec(text('infra/README.md')) ?? [];
    expect(flags(guide)).toEqual(['--resource-group', '--name', '--src', '--build-remote']);
    expect(flags(runs.at(-1) ?? '')).toEqual(flags(guide));
    const variables = [...text('.github/workflows/deploy-sample.yml').matchAll(/vars\.(\w+)/g)].map(([, name]) => name);
    for (const name of variables) expect(text('infra/README.md')).toContain(`\`${name}\``);
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
