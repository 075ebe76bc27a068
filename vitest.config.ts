import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/vitest/longest-first.ts';
import { filesOf, type Suite } from './test/vitest/suites.ts';

// Test files and the processes they start load the same big packages hundreds of times: compiled once is enough.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** Suites run one after the other, each with as many files at once as suits it. */
const suite = (
  name: Suite,
  groupOrder: number,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({
  extends: true,
  test: { ...test, ...filesOf(name), name, sequence: { groupOrder } },
});

export default defineConfig({
  test: {
    setupFiles: ['test/secret-scan/scan-every-run.ts'],
    testTimeout: 30_000,
    // Threads start faster, but one run in them ended in a segmentation fault of Node.
    pool: 'forks',
    // Vitest leaves a core free by default.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // A line a file. What tests print is told only of those that fail.
    silent: 'passed-only',
    slowTestThreshold: 3_600_000,
    reporters: ['default', './test/vitest/closing-line.ts'],
    projects: [
      // These files change nothing that outlives them, so those of a worker share it: half of their time was loading modules.
      suite('unit', 0, { isolate: false }),
      suite('simulated', 1, { isolate: false }),
      // They wait for other processes: one a core would leave the cores idle.
      suite('processes', 2, { maxWorkers: '200%' }),
      suite('attacks', 3, { maxWorkers: '200%' }),
    ],
  },
});
