import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = resolve(import.meta.dirname, '../..');

/** The files that take longest, most of them by waiting for other processes: begun last, they would keep only one core busy. */
const longest = [
  'test/attacks/crashes/killed-recovery.test.ts',
  'test/dashboard/browser/act.test.ts',
  'test/dashboard/browser/mended.test.ts',
  'test/dashboard/browser/states.test.ts',
  'test/built-app/command-line.test.ts',
  'test/explorer/ablation.test.ts',
  'test/explorer/interleave.test.ts',
  'test/attacks/crashes/killed-rotations.test.ts',
  'test/explorer/hardening/hardening.test.ts',
  'test/attacks/compare/compare.test.ts',
  'test/explorer/layouts.test.ts',
  'test/rotation/whole/refusals-that-last.test.ts',
  'test/explorer/cuts.test.ts',
  'test/rotation/whole/undo-matrix.test.ts',
  'test/rotation/whole/faults.property.test.ts',
  'test/rotation/whole/crash-matrix.test.ts',
  'test/contracts/azure-check/azure-check.test.ts',
  'test/built-app/network-end-to-end.test.ts',
  'test/built-app/end-to-end.test.ts',
  'test/built-app/woken-by-events.test.ts',
  'test/infra/compiled.test.ts',
  'test/local/azure.test.ts',
  'test/infra/register.test.ts',
  'test/repository/commands.test.ts',
  'test/built-app/account-kinds.test.ts',
  'test/built-app/built-app.test.ts',
  'test/local/runner/start.test.ts',
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
