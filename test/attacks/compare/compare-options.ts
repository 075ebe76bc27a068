import { parseArgs } from 'node:util';
import ms, { type StringValue } from 'ms';
import type { Crowd } from './compared-world.ts';

export const help = `npm run compare -- [--instances 12] [--every 60s] [--cache 5m] [--seed 1] [--json]

Rotates the same account under the same consumers in the ways that people use, and with Keyturn, on true SDK clients against
the simulated Azure, in simulated time: healthy, killed at three points, with a lost reply, and with a key that takes 60 s to
spread. Prints failed requests, regenerates, calls and time. The other ways are controls: what must be seen of them under
which fault is stated. The exit code is 0 only if it was seen, and Keyturn failed no request and regenerated nothing twice.

  --instances N   instances that ask with the key, from 1 to 999 (default 12)
  --every D       each asks so often, such as 30s, from 1s to 1h (default 60s)
  --cache D       each keeps the key for so long, such as 5m, from 1m to 2h (default 5m)
  --seed N        decides when instances ask and which gateway a connection meets, from 0 (default 1)
  --json          one JSON object in place of the tables
  --help          this text
`;

export interface CommandLine {
  readonly crowd: Crowd;
  readonly seed: number;
  readonly json: boolean;
}

const known = ['instances', 'every', 'cache', 'seed', 'json', 'help'];

/** What was asked for, or the text to show instead. */
export function readCompareOptions(args: readonly string[]): CommandLine | string {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { instances: text, every: text, cache: text, seed: text, json: flag, help: flag },
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !known.includes(token.name))
      return `${token.rawName} is no option of the comparison; it takes ${known.map((name) => `--${name}`).join(', ')}`;
    if (token.kind === 'option' && ['json', 'help'].includes(token.name) && token.value !== undefined)
      return `${token.rawName} takes no value`;
    if (token.kind === 'positional') return `${token.value} is no option of the comparison; --help shows what is`;
  }
  if (values.help === true) return help;
  const problems: string[] = [];
  const whole = (name: 'instances' | 'seed', least: number, most: number, standard: number) => {
    const value = values[name];
    if (value === undefined) return standard;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) problems.push(`--${name} takes a whole number from ${least} to ${most}`);
    return number;
  };
  const duration = (name: 'every' | 'cache', least: StringValue, most: StringValue, standard: StringValue) => {
    const value = values[name];
    if (value === undefined) return ms(standard);
    const isWritten = typeof value === 'string' && /^\d{1,9}(s|m|h)$/.test(value);
    const lastsMs = isWritten ? ms(value as StringValue) : Number.NaN;
    if (!(lastsMs >= ms(least) && lastsMs <= ms(most)))
      problems.push(`--${name} takes a duration with its unit, such as ${standard}, from ${least} to ${most}`);
    return lastsMs;
  };
  const crowd = {
    instances: whole('instances', 1, 999, 12),
    everyMs: duration('every', '1s', '1h', '60s'),
    cacheMs: duration('cache', '1m', '2h', '5m'),
  };
  const options = { crowd, seed: whole('seed', 0, 999_999_999, 1), json: values.json === true };
  return problems[0] ?? options;
}
