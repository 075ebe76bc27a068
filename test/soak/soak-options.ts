import { parseArgs } from 'node:util';

export const help = `npm run soak -- [--rotations 2000] [--seed 1]

Lets rotations live through faults, crashes, races and people, in simulated time. The seed decides everything that
happens. The last line is one JSON object; the exit code is 0 only if its zeros are zeros and every kind of fault was met.

  --rotations N   how many rotations, from 1 (default 2000)
  --seed N        which ones, from 0 (default 1)
  --help          this text
`;

/** What was asked for, or the text to show instead. */
export function readSoakOptions(args: readonly string[]): { rotations: number; seed: number } | string {
  const known = ['rotations', 'seed', 'help'];
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { rotations: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !known.includes(token.name))
      return `${token.rawName} is no option of the soak; it takes --rotations, --seed and --help`;
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
  if (typeof rotations === 'string') return rotations;
  return typeof seed === 'string' ? seed : { rotations, seed };
}
