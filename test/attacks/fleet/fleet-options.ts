import { parseArgs } from 'node:util';
import ms, { type StringValue } from 'ms';

export const help = `npm run fleet -- [--accounts 5000] [--subscriptions 50] [--vaults N] [--instances 40] [--overlap 2h] [--seed 1]

Lets a whole fleet fall due at one instant, in simulated time, and rotates it with the real engine: sweep, queue, decisions,
steps. Accounts, vaults and journal are held in memory; the buckets of ARM and of the vaults are those of the simulated Azure,
and calls take their time. The last line is one JSON object; the exit code is 0 only if every rotation is completed, no
consumer's call failed and it took no more than 1.1 times the bound.

  --accounts N       how many accounts, from 1 (default 5000)
  --subscriptions N  dealt out to so many subscriptions of one region, from 1 (default 50)
  --vaults N         dealt out to so many vaults, from 1 (default: each has its own)
  --instances N      instances that the Functions host may scale out to, from 1 (default 40)
  --overlap D        the targets' overlap, such as 2h or 5m, from 10s (default 2h)
  --seed N           decides everything that is left to chance, from 0 (default 1)
  --help             this text
`;

export interface CommandLine {
  readonly accounts: number;
  readonly subscriptions: number;
  readonly vaults: number;
  readonly instances: number;
  readonly overlapMs: number;
  readonly seed: number;
}

const known = ['accounts', 'subscriptions', 'vaults', 'instances', 'overlap', 'seed', 'help'];
const leastOverlapMs = 10_000;
const mostOverlapMs = 20 * 24 * 3_600_000;

/** What was asked for, or the text to show instead. */
export function readFleetOptions(args: readonly string[]): CommandLine | string {
  const text = { type: 'string' } as const;
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      accounts: text,
      subscriptions: text,
      vaults: text,
      instances: text,
      overlap: text,
      seed: text,
      help: { type: 'boolean' },
    },
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !known.includes(token.name))
      return `${token.rawName} is no option of the fleet; it takes ${known.map((name) => `--${name}`).join(', ')}`;
    if (token.kind === 'positional') return `${token.value} is no option of the fleet; --help shows what is`;
  }
  if (values.help === true) return help;
  const problems: string[] = [];
  const whole = (
    name: 'accounts' | 'subscriptions' | 'vaults' | 'instances' | 'seed',
    least: number,
    standard: number,
  ) => {
    const value = values[name];
    if (value === undefined) return standard;
    const number = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least)) problems.push(`--${name} takes a whole number from ${least} to 999999`);
    return number;
  };
  const overlapMs = typeof values.overlap === 'string' ? ms(values.overlap as StringValue) : ms('2h');
  if (!(overlapMs >= leastOverlapMs && overlapMs <= mostOverlapMs))
    problems.push('--overlap takes a duration with its unit, such as 2h or 5m, from 10s to 20d');
  const accounts = whole('accounts', 1, 5000);
  const options = {
    accounts,
    subscriptions: whole('subscriptions', 1, 50),
    vaults: whole('vaults', 1, accounts),
    instances: whole('instances', 1, 40),
    seed: whole('seed', 0, 1),
    overlapMs,
  };
  return problems[0] ?? options;
}
