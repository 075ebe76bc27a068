import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The configuration of the tree that is run, with what asking tests about mutants needs. */
const root = process.cwd();
const { default: own } = await import(pathToFileURL(join(root, 'vitest.config.ts')).href);

/** Test files run in the order in which they were given. */
class AsGiven extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications;
  }
}

const merged = mergeConfig(own, {
  root,
  test: {
    setupFiles: [join(import.meta.dirname, 'note-reached.ts')],
    // One failure is all that is asked for.
    bail: 1,
    // A mutant that makes a test wait for ever has been noticed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    watch: false,
    sequence: { sequencer: AsGiven },
  },
});
// No suites: any test file may be asked for, and each gets a process of its own.
export default { ...merged, test: { ...merged.test, projects: undefined, reporters: [{}] } };
