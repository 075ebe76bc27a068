import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which tests to run. */
export interface Asked {
  /** Files whose text is another one than in the run before. */
  readonly changed: readonly string[];
  /** In the order in which they run; the full names of tests, or null for all of the file. */
  readonly tests: readonly { readonly file: string; readonly names: readonly string[] | null }[];
}

/** What a run came to, up to its first failure; `timed-out` if it had to be ended. */
export type RunResult =
  | {
      readonly kind: 'ended';
      readonly failed: readonly string[];
      readonly passed: number;
      /** How long each test file took, by its absolute path. */
      readonly tookMs: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'timed-out' };

export interface TestRunner {
  run(asked: Asked, longestMs: number): Promise<RunResult>;
  close(): void;
}

/**
 * Runs tests of a tree, in a process of its own, since a mutant may never come to an end.
 * @param reachedFile Where marked code notes which test reaches it.
 */
export function testRunner(root: string, reachedFile: string): TestRunner {
  let server: ChildProcess | null = null;
  const end = () => {
    // The whole group: Vitest's workers would live on without it.
    if (server?.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGKILL');
    server = null;
  };
  const start = async () => {
    const started = fork(join(import.meta.dirname, 'test-server.ts'), {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, VITEST: 'true', NODE_ENV: 'test', MUTATION_REACHED: reachedFile },
    });
    await once(started, 'message');
    return started;
  };
  return {
    run: async (asked, longestMs) => {
      server ??= await start();
      const stop = new AbortController();
      const answer = once(server, 'message', stop).then(([result]): RunResult => result);
      const exit = once(server, 'exit', stop).then(() => {
        throw new Error('The process that runs the tests ended, see above.');
      });
      const timeout = sleep(longestMs, { kind: 'timed-out' } as const, stop);
      server.send(asked);
      const result = await Promise.race([answer, exit, timeout]);
      for (const promise of [answer, exit, timeout]) promise.catch(() => null);
      stop.abort();
      if (result.kind === 'timed-out') end();
      return result;
    },
    close: end,
  };
}
