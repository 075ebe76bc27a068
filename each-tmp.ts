import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { compilerOf } from './test/mutation/compiler.ts';
import { mutated } from './test/mutation/mutants.ts';
const root = process.cwd();
const [spec, only] = process.argv.slice(2);
const jobs: [string, string[]][] = JSON.parse(spec ?? '[]');
const compiler = compilerOf(root);
for (const [file, tests] of jobs) {
  const source = readFileSync(file, 'utf8');
  const all = compiler.mutantsOf(file);
  let n = 0, bad = 0;
  const seenLine = new Map<number, number>();
  for (const m of all) {
    const k = seenLine.get(m.line) ?? 0;
    if (only !== 'all' && k >= Number(only ?? 1)) continue;
    if (!compiler.compiles(m)) continue;
    seenLine.set(m.line, k + 1);
    n += 1;
    writeFileSync(file, mutated(source, m));
    try {
      const r = spawnSync('vitest', ['run', '--bail', '1', '--maxWorkers=1', ...tests], { encoding: 'utf8', timeout: 120000 });
      if (r.status === 0) { bad += 1; console.log(`${file}:${m.line} ${m.change} | ${source.slice(m.start, m.end).replaceAll(/\s+/g, ' ').slice(0, 110)} -> ${m.text.slice(0, 60)}`); }
    } finally { writeFileSync(file, source); }
  }
  console.log(`== ${file}: ${n} changes, ${bad} not noticed`);
}
compiler.close();
