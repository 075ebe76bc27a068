import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

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

/** A copy of infra/ in which the compiler may write, and what it says for given arguments, its warnings among it. */
export function bicepOn(command: string) {
  const folder = join(mkdtempSync(join(tmpdir(), 'keyturn-bicep-')), 'infra');
  cpSync('infra', folder, { recursive: true });
  return {
    run: async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await promisify(execFile)(command, args, { env, cwd: folder }).catch(
        (failed: { readonly stdout: string; readonly stderr: string }) => failed,
      );
      return stdout + stderr;
    },
    read: (file: string): string => readFileSync(join(folder, file), 'utf8'),
  };
}
