import { seededRandom } from '../attacks/seeded-random.ts';
import type { Compiler } from './compiler.ts';
import type { Mutant } from './mutants.ts';

/**
 * Mutants that compile, at most one a line, all lines equally likely; only the seed decides which.
 * @param files Paths relative to the compiler's root, in a fixed order.
 */
export function sampled(
  { seed, sample }: { readonly seed: number; readonly sample: number },
  files: readonly string[],
  compiler: Pick<Compiler, 'mutantsOf' | 'compiles'>,
): readonly Mutant[] {
  const random = seededRandom(seed);
  const byLine = new Map<string, Mutant[]>();
  for (const mutant of files.flatMap((file) => compiler.mutantsOf(file))) {
    const key = `${mutant.file}:${mutant.line}`;
    byLine.set(key, [...(byLine.get(key) ?? []), mutant]);
  }
  const taken: Mutant[] = [];
  for (const line of shuffled([...byLine.values()], random)) {
    if (taken.length === sample) break;
    const mutant = shuffled(line, random).find((each) => compiler.compiles(each));
    if (mutant !== undefined) taken.push(mutant);
  }
  return taken;
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
