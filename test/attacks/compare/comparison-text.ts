import Table from 'cli-table3';
import ms from 'ms';
import type { Crowd } from './compared-world.ts';
import { faults } from './faults.ts';
import { mustSee, type Outcome, signsOf } from './run-compare.ts';
import { type Sign, wayNames, ways } from './ways.ts';

/** What is compared, and under what. */
export function introduction({ instances, everyMs, cacheMs }: Crowd): string {
  return [
    `${instances} instances of an application each ask every ${ms(everyMs)} with a key that they keep for ${ms(cacheMs)}.`,
    'They never read it early, send nothing again, and learn nothing from a 401; "with the kit" they do.',
    'Each way rotates once, in a world of its own; a call takes 0.2 s, all in simulated time.',
    '✔ is beside what must be so, or the run proves nothing: that a control fails, that Keyturn does not.',
    '',
    ...wayNames.flatMap((name) => [
      `${name.padEnd(13)}${ways[name].idea}`,
      `${''.padEnd(13)}again ${ways[name].again}`,
    ]),
    '',
  ].join('\n');
}

const plain = {
  chars: Object.fromEntries(
    [
      ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
      ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
    ].map((name) => [name, '']),
  ),
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** The outcomes of one fault, within 100 columns. */
export function faultTable(outcomes: readonly Outcome[]): string {
  const [first] = outcomes;
  if (first === undefined) return '';
  const table = new Table({
    ...plain,
    chars: { ...plain.chars, middle: ' ' },
    head: ['', 'failed', '', 'of', 'with the kit', 'regenerates', '', 'calls', 'tests', 'seconds', 'old key ends'],
    colAligns: [
      'left',
      'right',
      'left',
      ...Array<'right'>(3).fill('right'),
      'left',
      ...Array<'right'>(4).fill('right'),
    ],
  });
  for (const outcome of outcomes) {
    const { way, failed, requests, failedWithKit, regenerates, calls, tests, seconds } = outcome;
    const { oldKeyEndsAfterSeconds: endsAfterSeconds } = outcome;
    table.push([
      way,
      number(failed),
      mark(outcome, 'requests fail'),
      number(requests),
      failedWithKit === null ? '' : number(failedWithKit),
      number(regenerates),
      mark(outcome, 'regenerated again'),
      ...[calls, tests, seconds].map(number),
      endsAfterSeconds === null ? 'still valid' : `${number(endsAfterSeconds)} s`,
    ]);
  }
  const lines = table.toString().split('\n');
  return [`${first.fault}: ${faults[first.fault]}`, ...lines.map((line) => `  ${line.trimEnd()}`), ''].join('\n');
}

/** Whether what must be seen, or of Keyturn must not, is so; empty if nothing is asked. */
function mark(outcome: Outcome, sign: Sign): string {
  const mustBeSeen = mustSee(outcome).includes(sign);
  if (!mustBeSeen && outcome.way !== 'Keyturn') return '';
  return signsOf(outcome).includes(sign) === mustBeSeen ? '✔' : '✘';
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
