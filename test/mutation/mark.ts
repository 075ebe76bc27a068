import type { Mutant } from './mutants.ts';

/**
 * The text of a file with a marker around every change to be made, so that a run of the tests tells which of them come by:
 * `globalThis.reachedMutants(3)` is called wherever the code of mutant 3 runs.
 * @param mutants Mutants of this file, by their number.
 */
export function marked(text: string, mutants: ReadonlyMap<number, Mutant>): string {
  const spans = new Map<string, { around: Mutant['around']; numbers: number[] }>();
  for (const [number, { around }] of mutants) {
    const key = `${around.start}-${around.end}-${around.kind}`;
    const span = spans.get(key) ?? { around, numbers: [] };
    span.numbers.push(number);
    spans.set(key, span);
  }
  const inserts = [...spans.values()].flatMap(({ around: { kind, start, end }, numbers }) => {
    const call = `globalThis.reachedMutants?.(${numbers.join(', ')})`;
    const [before, after] = kind === 'expression' ? [`(${call}, `, ')'] : [`{ ${call}; `, '}'];
    const width = end - start;
    // What ends here stands before what begins here; of those that begin, the wider comes first, of those that end, last.
    return [
      { at: start, rank: 2 - width / 1e6, insert: before },
      { at: end, rank: width / 1e6, insert: after },
    ];
  });
  inserts.sort((one, other) => one.at - other.at || one.rank - other.rank);
  let out = '';
  let from = 0;
  for (const { at, insert } of inserts) {
    out += text.slice(from, at) + insert;
    from = at;
  }
  return out + text.slice(from);
}
