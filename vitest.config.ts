import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/secret-scan/scan-every-run.ts'],
    testTimeout: 30_000,
    // Vitest leaves a core free by default; the longest tests here wait for other processes, so the core would idle.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
  },
});
