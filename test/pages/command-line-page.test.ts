/** What docs/command-line.md prints is accepted by the command line, and what it says of exit codes is so. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exitCodes } from '../../cli/outcome.ts';
import { commands, programOf } from '../../cli/program.ts';

const page = readFileSync('docs/command-line.md', 'utf8');
/** Lines of shell and code in prose that begin with the command; what is piped is left out. */
const lines = [...page.matchAll(/`keyturn ([^`]+)`|^keyturn (.+)$/gm)]
  .map(([, prose, shell = '']) => (prose ?? shell).replace(/ <.*$/, '').replace('network.json', 'package.json'))
  .filter((line) => !line.startsWith('--'));

it.each(lines)('keyturn %s is a command with these options', async (line) => {
  const said: string[] = [];
  const reached: string[] = [];
  const note = (text: string) => said.push(text);
  const program = programOf(async ({ words }) => void reached.push(words), 'as used', { print: note, note, width: 80 });
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
  await program.parseAsync(words, { from: 'user' }).catch(() => {});
  expect(said).toEqual([]);
  expect(reached).toHaveLength(1);
});

it('it lists every exit code', () => {
  const listed = [...page.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(exitCodes));
});

it('it names every command', () => {
  const named = page.replaceAll(/\s+/g, ' ');
  const missing = commands.filter(({ words }) => !words.split(' ').every((word) => named.includes(word)));
  expect(missing.map(({ words }) => words)).toEqual([]);
});
