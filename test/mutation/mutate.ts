import { resolve } from 'node:path';
import { help, readMutationOptions } from './mutation-options.ts';
import { type Judged, runMutation } from './run-mutation.ts';

const options = readMutationOptions(process.argv.slice(2), resolve(import.meta.dirname, '../..'));
if (typeof options === 'string') {
  const isHelp = options === help;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `${options}\n`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  const all = await runMutation(options, ({ number, mutant, outcome }) => {
    const told = outcome.kind === 'noticed' ? `noticed by ${outcome.by}` : 'NOT NOTICED';
    console.log(`${number} | ${mutant.file}:${mutant.line} | ${mutant.change} | ${told}`);
  });
  const unnoticed = all.filter(({ outcome }) => outcome.kind === 'unnoticed');
  for (const one of unnoticed) console.log(describe(one));
  const share = all.length === 0 ? 100 : ((all.length - unnoticed.length) / all.length) * 100;
  console.log(
    `\n${options.folder}, seed ${options.seed}: ${all.length} changes, ${all.length - unnoticed.length} noticed (${share.toFixed(0)} %), ${unnoticed.length} not`,
  );
  process.exitCode = unnoticed.length === 0 ? 0 : 1;
}

function describe({ number, mutant, line, replaced, outcome }: Judged): string {
  const detail = outcome.kind === 'unnoticed' ? outcome.detail : '';
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 160) || '(nothing)';
  return `\n${number} | ${mutant.file}:${mutant.line} | ${mutant.change} | ${detail}\n    ${line}\n  - ${short(replaced)}\n  + ${short(mutant.text)}`;
}
