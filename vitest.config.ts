import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/vitest/longest-first.ts';
import { filesOf, type Suite } from './test/vitest/suites.ts';

// Test files and the processes they start load the same big packages hundreds of times: compiled once is enough.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

const suite = (name: Suite): TestProjectInlineConfiguration => ({
  extends: true,
  // Files change nothing that outlives them, so those of a worker share its modules: half of their time was loading them.
  test: { ...filesOf(name), name, isolate: name === 'alone' },
});

export default defineConfig({
  test: {
    setupFiles: ['test/secret-scan/scan-every-run.ts'],
    // Only end what hangs: what takes a second by itself takes many beside other tests, and on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    // Threads start faster, but one run in them ended in a segmentation fault of Node.
    pool: 'forks',
    // A test file is stripped of its types once, not once a run.
    fsModuleCache: true,
    // The files of all suites share these workers: some wait for other processes while the rest use the cores.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // A line a file. What tests print is told only of those that fail.
    silent: 'passed-only',
    slowTestThreshold: 3_600_000,
    reporters: ['default', './test/vitest/closing-line.ts'],
    projects: [suite('unit'), suite('simulated'), suite('processes'), suite('alone'), suite('attacks')],
  },
});
