import { execFile } from 'node:child_process';
import path from 'node:path';

export interface Ran {
  readonly exitCode: number;
  readonly said: string;
}

/** Runs the explorer in a process of its own, as `npm run explore` does: there Node's own module hooks take the rules away. */
export function runExplorer(...args: readonly string[]): Promise<Ran> {
  const file = path.join(import.meta.dirname, 'explore.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({
        exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1,
        said: stdout + stderr,
      });
    });
  });
}
