import { parseArgs } from 'node:util';

/** What a soak is asked for. */
export interface AskedSoak {
  readonly rotations: number;
  readonly seed: number;
  /** Real worker processes to kill before that. */
  readonly kills: number;
}

export const help = `npm run soak -- [--rotations 2000] [--seed 1] [--kills 0]

Lets rotations live through faults, crashes, races and people, in simulated time. The seed decides everything that
happens. The last line is one JSON object; the exit code is 0 only if its zeros are zeros and every kind of fault was met.

  --rotations N   how many rotations, from 1 (default 2000)
  --seed N        which ones, from 0 (default 1)
  --kills N       before that, kill real worker processes with SIGKILL, so many in all (default 0), on Azurite
  --help          this text
`;

/** What was asked for, or the text to show instead. */
export function readSoakOptions(args: readonly string[]): AskedSoak | string {
  const known = ['rotations', 'seed', 'kills', 'help'];
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      rotations: { type: 'string' },
      seed: { type: 'string' },
      kills: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !known.includes(token.name))
      return `${token.rawName} is no option of the soak; it takes --rotations, --seed, --kills and --help`;
    if (token.kind === 'positional') return `${token.value} is no option of the soak; --help shows what is`;
  }
  if (values.help === true) return help;
  const wholeFrom = (least: number, name: string, value: unknown, standard: number) => {
    if (value === undefined) return standard;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return number >= least ? number : `--${name} takes a whole number from ${least} to 999999999`;
  };
  const rotations = wholeFrom(1, 'rotations', values.rotations, 2000);
  const seed = wholeFrom(0, 'seed', values.seed, 1);
  const kills = wholeFrom(0, 'kills', values.kills, 0);
  if (typeof rotations === 'string') return rotations;
  if (typeof seed === 'string') return seed;
  return typeof kills === 'string' ? kills : { rotations, seed, kills };
}
