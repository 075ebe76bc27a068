import type { Difference } from './compare/difference.ts';
import type { ReplayedExchange } from './replay-file.ts';
import type { Tolerated } from './tolerated.ts';

export interface Verdicts {
  /** One line a service, then the totals. */
  readonly table: string;
  /** A readable diff of each exchange that does not match. */
  readonly mismatches: readonly string[];
  /** Entries of the tolerated list that no difference needs any more. */
  readonly stale: readonly Tolerated[];
}

/** Sorts what was replayed into matched, tolerated, mismatched and not covered yet. */
export function verdicts(replayed: readonly ReplayedExchange[], tolerated: readonly Tolerated[]): Verdicts {
  const counts = new Map<string, { matched: number; tolerated: number; mismatched: number; notCovered: number }>();
  const mismatches: string[] = [];
  const used = new Set<Tolerated>();
  for (const exchange of replayed) {
    const count = counts.get(exchange.service) ?? { matched: 0, tolerated: 0, mismatched: 0, notCovered: 0 };
    counts.set(exchange.service, count);
    const entryFor = ({ path }: Difference) =>
      tolerated.find(
        (entry) => entry.file === exchange.file && entry.exchange === exchange.index && entry.path === path,
      );
    const left = exchange.differences.filter((difference) => {
      const entry = entryFor(difference);
      if (entry !== undefined) used.add(entry);
      return entry === undefined;
    });
    if (!exchange.covered) count.notCovered += 1;
    else if (left.length > 0) count.mismatched += 1;
    else if (exchange.differences.length > 0) count.tolerated += 1;
    else count.matched += 1;
    if (left.length > 0) mismatches.push(diffOf(exchange, left));
  }
  const present = new Set(replayed.map(({ file }) => file));
  return {
    table: tableOf(counts),
    mismatches,
    stale: tolerated.filter((entry) => present.has(entry.file) && !used.has(entry)),
  };
}

function diffOf(exchange: ReplayedExchange, differences: readonly Difference[]): string {
  const lines = differences.map(
    ({ path, expected, got }) => `    ${path}\n      recorded  ${expected}\n      simulated ${got}`,
  );
  return [`${exchange.file} #${exchange.index}  ${decodeURI(exchange.request).slice(0, 200)}`, ...lines].join('\n');
}

function tableOf(
  counts: ReadonlyMap<string, { matched: number; tolerated: number; mismatched: number; notCovered: number }>,
): string {
  const line = (name: string, numbers: readonly (number | string)[]) =>
    name.padEnd(26) + numbers.map((number) => String(number).padStart(13)).join('');
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  const sum = (
    pick: (count: { matched: number; tolerated: number; mismatched: number; notCovered: number }) => number,
  ) => rows.reduce((total, [, count]) => total + pick(count), 0);
  const numbersOf = (matched: number, tolerated: number, mismatched: number, notCovered: number) => [
    matched + tolerated + mismatched,
    matched,
    tolerated,
    mismatched,
    notCovered,
  ];
  return [
    line('recorded exchanges', ['replayed', 'matched', 'tolerated', 'mismatched', 'not covered']),
    ...rows.map(([name, c]) => line(name, numbersOf(c.matched, c.tolerated, c.mismatched, c.notCovered))),
    line(
      'total',
      numbersOf(
        sum((c) => c.matched),
        sum((c) => c.tolerated),
        sum((c) => c.mismatched),
        sum((c) => c.notCovered),
      ),
    ),
  ].join('\n');
}
