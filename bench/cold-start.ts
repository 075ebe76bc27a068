/**
 * How long a new worker needs to load the built app and register its functions. Wants at most 100 ms (median of fresh
 * processes; Node's own start is not counted, the app cannot change it). Build first.
 */
import { execFileSync } from 'node:child_process';
import type { Registered } from '../test/built-app/register-in-worker.ts';
import { goodSettings } from '../test/settings/good-settings.ts';
import { readOptions } from '../tools/read-options.ts';

const boundMs = 100;
const values = readOptions({ options: { runs: { type: 'string', default: '15' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log('npm run bench:cold-start -- [--runs 15]\n\nMeasures how long the built app takes to load and register.');
  process.exit();
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error('--runs must be a whole number from 1. See --help.');
  process.exit(2);
}

const durationsMs = Array.from({ length: runs }, () => {
  const output = execFileSync(process.execPath, ['test/built-app/register-in-worker.ts', 'dist/main.js'], {
    env: { ...process.env, ...goodSettings },
    encoding: 'utf8',
  });
  const { milliseconds }: Registered = JSON.parse(output);
  return milliseconds;
}).sort((one, other) => one - other);

const medianMs = durationsMs[Math.floor(runs / 2)] ?? Number.NaN;
const [fastest, slowest] = [durationsMs.at(0) ?? Number.NaN, durationsMs.at(-1) ?? Number.NaN];
console.log(
  `cold start: median ${medianMs.toFixed(0)} ms of ${runs} runs (${fastest.toFixed(0)} to ${slowest.toFixed(0)} ms); wanted at most ${boundMs} ms`,
);
if (!(medianMs <= boundMs)) process.exitCode = 1;
