import { matchesGlob } from 'node:path';

/**
 * Which suite a test file belongs to: the first of these that names it. `npm run test:unit` runs `unit`, `npm test` all but
 * `attacks`, and `npm run test:attacks` those. docs/contributing/tests.md says which world to write a test for.
 */
export const suites = {
  /**
   * Exhaustive or long searches for what breaks the engine, whole lives of the built app, in a browser too, and what starts a process for
   * each of many rows: every command of ours, or programs of others (Bicep, az, .NET, Python).
   */
  attacks: [
    'test/attacks/**',
    'test/built-app/{account-kinds,command-line,demo-hardening,end-to-end,network-end-to-end,woken-by-events}.test.ts',
    'test/consumer/{package,recipe-dotnet,recipe-python,rotations}.test.ts',
    'test/contracts/azure-check/azure-check.test.ts',
    'test/dashboard/browser/**',
    'test/explorer/{ablation,cuts,interleave,layouts}.test.ts',
    'test/explorer/hardening/**',
    'test/infra/{compiled,register}.test.ts',
    'test/local/azure.test.ts',
    'test/mutation/**',
    'test/permissions/{hardening,network,rotation}.test.ts',
    'test/repository/{commands,package}.test.ts',
    'test/rotation/whole/{crash-matrix,faults.property,recovery,refusals-that-last,undo-matrix}.test.ts',
    'test/scenarios/hardening/{dry-run-foresees,hardening-recovery,keyless-crashes,network-crashes}.test.ts',
    'test/scenarios/{pause,validity}.test.ts',
    'test/secret-scan/leaking-run.test.ts',
    'test/simulated-azure/proxy/proxy.test.ts',
  ],
  /** What a library remembers for its whole process would decide: MSAL looks once where the managed identity is. */
  alone: ['test/azure/credential.test.ts'],
  /** Start processes (Azurite, the host, the built app) and mostly wait for them. */
  processes: [
    'test/api/dashboard.test.ts',
    'test/azure/{silence,storage,targets-blob,visit-in-bulk}.test.ts',
    'test/contracts/azure-check/**',
    'test/built-app/**',
    'test/explorer/quick.test.ts',
    'test/local/**',
    'test/scenarios/targets-document.test.ts',
    'test/repository/**',
    'test/simulated-azure/start/**',
  ],
  /** The true SDK clients, a server of our own, or a fleet of thousands, within the process of the test. */
  simulated: [
    'test/api/{authorise,edges}.test.ts',
    'test/api/cli/instance.test.ts',
    'test/app/sweep/{share-reads,sweep-fleet}.test.ts',
    'test/app/targets/known-targets.test.ts',
    'test/azure/{accepted-writes,accounts,arm-wire,fence,foreign-links,http-stack}.test.ts',
    'test/azure/{key-probe,key-probe-simulated,own-faults,secrets,service-wire,signing-keys}.test.ts',
    'test/azure/{sovereign-token,to-failure,token-probe,webhook}.test.ts',
    'test/consumer/{caches,read-vault,recipes,secret-key}.test.ts',
    'test/diagnosis/printed-remedies.test.ts',
    'test/infra/workbook.test.ts',
    'test/keys/account-kinds.test.ts',
    'test/pages/break-glass.test.ts',
    'test/pages/printed/**',
    'test/permissions/**',
    'test/rotation/audit/old-history.test.ts',
    'test/rotation/schedule/fair-starts.test.ts',
    'test/scenarios/**',
    'test/secret-scan/leaks.test.ts',
    'test/simulated-azure/**',
  ],
  /** Decisions, pages and texts, and whole rotations in the memory world: a file takes milliseconds. */
  unit: [
    'test/*.test.ts',
    'test/{api,app,azure,consumer,dashboard,diagnosis,explorer,hardening,infra,keys,memory-world}/**',
    'test/{notifications,pages,rotation,secret-scan,settings,shared,targets,vitest}/**',
  ],
} as const satisfies Record<string, readonly string[]>;

export type Suite = keyof typeof suites;

const order = Object.keys(suites) as Suite[];

/** What a suite takes, and what earlier suites have taken. */
export function filesOf(suite: Suite): { include: string[]; exclude: string[] } {
  return {
    include: suites[suite].map((pattern) => (pattern.endsWith('/**') ? `${pattern}/*.test.ts` : pattern)),
    exclude: order.slice(0, order.indexOf(suite)).flatMap((earlier) => suites[earlier]),
  };
}

/** Every suite that runs this test file. */
export function suitesOf(file: string): Suite[] {
  return order.filter((suite) => {
    const { include, exclude } = filesOf(suite);
    const isIn = (patterns: readonly string[]) => patterns.some((pattern) => matchesGlob(file, pattern));
    return isIn(include) && !isIn(exclude);
  });
}
