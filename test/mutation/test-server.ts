import { join } from 'node:path';
import { createVitest } from 'vitest/node';
import type { Asked, RunResult } from './run-tests.ts';

/** A process of its own that keeps Vitest loaded, and runs what it is asked for, one request after the other. */
const vitest = await createVitest('test', {
  root: process.cwd(),
  config: join(import.meta.dirname, 'run-config.ts'),
  watch: false,
});
await vitest.standalone();
const project = vitest.getRootProject();

process.on('message', async ({ changed, tests }: Asked) => {
  for (const file of changed) vitest.invalidateFile(file);
  const specifications = tests.map(({ file, names }) =>
    project.createSpecification(file, names === null ? [] : { testNames: [...names] }),
  );
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const failed = testModules.flatMap((module) => {
    const names = [...module.children.allTests('failed')].map(({ fullName }) => fullName);
    if (names.length === 0 && !module.ok()) names.push(whyNot(module.errors()[0]));
    return names.map((name) => `${module.relativeModuleId}: ${name}`);
  });
  for (const error of unhandledErrors) failed.push(error instanceof Error ? error.message : String(error));
  const result: RunResult = {
    kind: 'ended',
    failed,
    passed: testModules.flatMap((module) => [...module.children.allTests('passed')]).length,
    tookMs: Object.fromEntries(
      testModules.map((module) => {
        const { duration, collectDuration } = module.diagnostic();
        return [module.moduleId, duration + collectDuration];
      }),
    ),
  };
  // Failures of one run would count for the bail of the next.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  process.send?.(result);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

function whyNot(error: { readonly name?: string; readonly message: string } | undefined): string {
  return error === undefined ? 'it could not be loaded' : `${error.name ?? 'Error'} ${error.message}`;
}
