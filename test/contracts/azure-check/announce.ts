import { createInterface } from 'node:readline/promises';
import { costOf, costOfAll, prices } from './costs.ts';
import { type Options, WrongUse } from './options.ts';
import type { Names } from './throwaway.ts';

/** What will be created, and what that costs. @param isSimulated by the simulated Azure, which has no storage accounts */
export function announcement(
  { subscription, location, cloud, keep }: Options,
  names: Names,
  isSimulated: boolean,
): string {
  const dollars = (usd: number) => (usd < 0.01 ? 'less than $0.01' : `at most $${usd.toFixed(2)}`);
  const named = [
    [names.account, prices.account],
    [names.vault, prices.vault],
    ...(isSimulated ? [] : ([[names.storage, prices.storage]] as const)),
  ] as const;
  const width = Math.max(...named.map(([name]) => name.length));
  const lines = named.map(
    ([name, price]) =>
      `  ${name.padEnd(width)}  ${price.of}: ${dollars(costOf(price))} (${price.calls} calls)\n  ${' '.repeat(width)}  ${price.source}`,
  );
  return `In subscription ${subscription}, region ${location}, cloud ${cloud}, this creates
the resource group ${names.group}, roles on it for you, and in it
${lines.join('\n')}
At list prices all of it costs ${dollars(costOfAll())}. It takes 10 to 60 minutes${keep ? ', and the group stays: --keep' : ', then the group is deleted and purged'}.
${!isSimulated ? '' : 'This shell meets the simulated Azure: storage is Azurite, and no storage account is created.\n'}`;
}

/** @throws WrongUse where nobody can answer */
export async function consents(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new WrongUse('Nobody is here to agree: add --yes. See --help.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Create it? (y/N) ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
