import { spawn } from 'node:child_process';
import { bareEnvironment } from '../../vitest/bare-environment.ts';

/** How a client program ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, with `environment` on top of a bare one. */
export function runClient(
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Ended> {
  const child = spawn(command, args, {
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Runs a piece of JavaScript in a Node of its own. */
export function runNode(
  source: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<Ended> {
  return runClient(process.execPath, [...args, '--input-type=module', '--eval', source], environment);
}
