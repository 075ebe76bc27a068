import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends every run with one plain line of counts, `412 passed, 0 failed, 3 skipped`, for anyone who reads the log by machine; before
 * it a line for each reason that a test gave for being skipped.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    const reasons = new Set<string>();
    for (const module of modules) {
      // A file that could not be loaded, or a hook that failed, is no test but a failure all the same.
      let isToldByTests = false;
      for (const test of module.children.allTests()) {
        const result = test.result();
        const { state } = result;
        counts[state] += 1;
        if (result.state === 'skipped' && result.note !== undefined) reasons.add(result.note);
        isToldByTests ||= state === 'failed';
      }
      if (module.state() === 'failed' && !isToldByTests) counts.failed += 1;
    }
    for (const reason of reasons) console.log(`skipped: ${reason}`);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`);
  }
}
