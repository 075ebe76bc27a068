import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { tried } from '../vitest/whole-search.ts';
import { names, root, scripts } from './scripts.ts';

// What has no options of ours: these run tools.
const tools = ['test', 'test:unit', 'test:attacks', 'check', 'build'];
const ours = names.filter((name) => !tools.includes(name));
/** Runs a line of shell, and tells how it ended. */
const run = (line: string) => {
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(line, {
    cwd: root,
    encoding: 'utf8',
    shell: true,
    env: { ...process.env, PATH },
  });
  return { status, stdout, stderr };
};

test('prints nothing of its own when npm runs it and nothing is missing', () => {
  expect(run('npm run --silent schema -- --help')).toEqual(run(`${scripts.schema} --help`));
});

test.each(tried(ours, 4))('%s --help tells how it is called', (name) => {
  const { stdout, ...ended } = run(`${scripts[name]} --help`);
  expect(ended).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(name === 'start' ? 'npm start' : 'npm run');
  expect(stdout).toContain(name);
});

test.each(tried(ours, 5))('%s --nothing says in one line what it does not know', (name) => {
  const { status, stderr } = run(`${scripts[name]} --nothing`);
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('--nothing')]);
});
