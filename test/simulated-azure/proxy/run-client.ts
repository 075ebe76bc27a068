import { spawn } from 'node:child_process';

/** How a client program ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Variables that a client gets of this process's own: enough to find programs, nothing that tells a proxy or an authority. */
function bareEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
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
