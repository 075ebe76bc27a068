import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// Test files and the processes they start load the same big packages hundreds of times: compiled once is enough.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/secret-scan/scan-every-run.ts'],
    testTimeout: 30_000,
    // Threads start faster, but one run in them ended in a segmentation fault of Node.
    pool: 'forks',
    // Vitest leaves a core free by default; the longest tests here wait for other processes, so the core would idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
  },
});
