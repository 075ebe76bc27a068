import { help, readCompareOptions } from './compare-options.ts';
import { faultTable, introduction } from './comparison-text.ts';
import { problemsOf, runCompare } from './run-compare.ts';

const options = readCompareOptions(process.argv.slice(2));
if (typeof options === 'string') {
  const isHelp = options === help;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `${options}\n`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  const { crowd, seed, json } = options;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (!json) say(introduction(crowd));
  const told = json ? () => {} : (outcomes: Parameters<typeof faultTable>[0]) => say(faultTable(outcomes));
  const outcomes = await runCompare({ crowd, seed, withKit: true, told });
  const problems = problemsOf(outcomes);
  if (json) say(JSON.stringify({ ...crowd, seed, outcomes, problems }));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (!json && problems.length === 0) say('Every control failed as it must, and Keyturn did not.');
  // A killed process still waits for its answer, and its client's time limit for that.
  process.stdout.write('', () => process.exit(problems.length === 0 ? 0 : 1));
}
