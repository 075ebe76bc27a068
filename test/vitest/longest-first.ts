import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = resolve(import.meta.dirname, '../..');

/**
 * The files that take longest, begun first: begun last, they would keep only one core busy. Those that mostly wait (for a browser, an app,
 * a killed worker's lease) stand between those that compute, so that at any time some of both run.
 */
const longest = [
  // The machine's own time passes in this one, with promises of seconds: it begins beside what waits.
  'test/built-app/end-to-end.test.ts',
  'test/dashboard/browser/act.test.ts',
  'test/dashboard/browser/mended.test.ts',
  'test/dashboard/browser/states.test.ts',
  'test/explorer/layouts.test.ts',
  'test/attacks/crashes/killed-rotations.test.ts',
  'test/dashboard/browser/hardening.test.ts',
  'test/explorer/hardening/hardening.test.ts',
  'test/built-app/command-line.test.ts',
  'test/rotation/whole/crash-matrix.test.ts',
  'test/dashboard/browser/plan.test.ts',
  'test/contracts/azure-check/azure-check.test.ts',
  'test/explorer/cuts.test.ts',
  'test/attacks/crashes/killed-recovery.test.ts',
  'test/rotation/whole/refusals-that-last.test.ts',
  'test/explorer/ablation.test.ts',
  'test/local/azure.test.ts',
  'test/rotation/whole/undo-matrix.test.ts',
  'test/built-app/woken-by-events.test.ts',
  'test/explorer/interleave.test.ts',
  'test/infra/compiled.test.ts',
  'test/rotation/whole/faults.property.test.ts',
  'test/infra/register.test.ts',
  'test/attacks/soak/soak.test.ts',
  'test/built-app/network-end-to-end.test.ts',
  'test/consumer/rotations.test.ts',
  'test/repository/package.test.ts',
  'test/scenarios/hardening/hardening-recovery.test.ts',
  'test/repository/commands.test.ts',
  'test/attacks/compare/compare.test.ts',
  'test/dashboard/browser/sign-in.test.ts',
  'test/built-app/account-kinds.test.ts',
  'test/built-app/built-app.test.ts',
  'test/local/runner/start.test.ts',
  'test/secret-scan/leaking-run.test.ts',
  'test/mutation/mutation.test.ts',
  'test/scenarios/validity.test.ts',
  'test/built-app/demo-hardening.test.ts',
];
/** The rest: what waits goes first, and files that share modules stay together. */
const rest = ['attacks', 'processes', 'alone', 'simulated', 'unit'];

/** Vitest orders by what it remembers of earlier runs, and a clean clone remembers nothing. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = longest.indexOf(relative(root, moduleId));
      return at === -1 ? longest.length + rest.indexOf(project.name) : at;
    };
    return [...sorted].sort((one, other) => rank(one) - rank(other));
  }
}
