import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';

/** The version that compiled what lies in infra/; .ci/run restores it. Another one writes another hash. */
export const bicepVersion = /CommandLine\..*Version="(.+?)"/.exec(readFileSync('.ci/bicep.csproj', 'utf8'))?.[1] ?? '';

// It needs no language data, which a small image may lack.
const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };

/** The compiler of that version: of NuGet's cache, the Azure CLI's own, or the path's. Null where there is none. */
export function findBicep(): string | null {
  const packages = process.env.NUGET_PACKAGES ?? join(homedir(), '.nuget', 'packages');
  const system = { darwin: 'osx', win32: 'win' }[process.platform as string] ?? 'linux';
  const file = process.platform === 'win32' ? 'bicep.exe' : 'bicep';
  const restored = `azure.bicep.commandline.${system}-${process.arch}`;
  const places = [join(packages, restored, bicepVersion, 'tools', file), join(homedir(), '.azure', 'bin', file)];
  return [...places.filter((place) => existsSync(place)), file].find(isThatVersion) ?? null;
}

function isThatVersion(command: string): boolean {
  try {
    return execFileSync(command, ['--version'], { env, encoding: 'utf8' }).includes(`version ${bicepVersion} `);
  } catch {
    return false;
  }
}

const answerSchema = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const compiledSchema = z.object({
  diagnostics: z.array(z.object({ source: z.string(), code: z.string(), message: z.string() })),
  contents: z.string().nullish(),
});

/** Where each snapshot deploys to. */
const place = {
  tenantId: '22222222-2222-2222-2222-222222222222',
  subscriptionId: '00000000-0000-0000-0000-000000000000',
  location: 'eastus',
};

/** One compiler for all questions: it loads Azure's types once. It speaks JSON-RPC, each message behind its length. */
export class Bicep {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, (answer: z.infer<typeof answerSchema>) => void>();
  #received = Buffer.alloc(0);
  #asked = 0;

  /** @param variables what files of parameters read of the environment */
  constructor(command: string, variables: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(command, ['jsonrpc', '--stdio'], {
      env: { ...env, ...variables },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#process.stdout.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  stop(): void {
    this.#process.kill();
  }

  /** The template as JSON, and what compiler and linter say of it. */
  async compile(file: string) {
    const { contents, diagnostics } = compiledSchema.parse(await this.#ask('bicep/compile', { path: resolve(file) }));
    return { text: contents ?? '', says: diagnostics.map(({ code, message }) => `${code}: ${message}`) };
  }

  /** What a file of parameters would deploy. Throws what a deployment would be refused with. */
  async snapshot(file: string, resourceGroup: string | null): Promise<string> {
    const metadata = { ...place, resourceGroup, deploymentName: null };
    const answer = await this.#ask('bicep/getSnapshot', { path: resolve(file), metadata, externalInputs: null });
    return z.object({ snapshot: z.string() }).parse(answer).snapshot;
  }

  async format(file: string): Promise<string> {
    return z.object({ contents: z.string() }).parse(await this.#ask('bicep/format', { path: resolve(file) })).contents;
  }

  async #ask(method: string, params: object): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    const answered = new Promise<z.infer<typeof answerSchema>>((done) => this.#waiting.set(id, done));
    const message = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n(?:.+\r\n)*\r\n/.exec(this.#received.toString('latin1', 0, 200));
      const end = head === null ? Infinity : head[0].length + Number(head[1]);
      if (head === null || this.#received.length < end) return;
      const answer = answerSchema.parse(JSON.parse(this.#received.toString('utf8', head[0].length, end)));
      this.#received = this.#received.subarray(end);
      this.#waiting.get(answer.id)?.(answer);
    }
  }
}
