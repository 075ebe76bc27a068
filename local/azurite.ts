import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** Azurite's published account; its key is no secret. https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const services = ['Blob', 'Queue', 'Table'] as const;

export interface Azurite {
  readonly connectionString: string;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  readonly folder: string;
  /** 0 takes a free one. */
  readonly ports: { readonly blob: number; readonly queue: number; readonly table: number };
}

/** Starts Azurite as a process of its own on 127.0.0.1, with its data in `folder`. */
export async function startAzurite({ folder, ports }: AzuriteOptions): Promise<Azurite> {
  const script = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const portOptions = Object.entries(ports).flatMap(([service, port]) => [`--${service}Port`, String(port)]);
  const child = spawn(
    process.execPath,
    [script, '--location', folder, ...portOptions, '--silent', '--disableTelemetry', '--skipApiVersionCheck'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const urls = new Map<string, string>();
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const listen = (text: Buffer) => {
      said += text.toString();
      for (const [, service = '', url = ''] of said.matchAll(/(\w+) service is successfully listening at (\S+)/g)) {
        urls.set(service, url);
      }
      if (urls.size === services.length) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    void exited.then(() => reject(new Error(`Azurite ended before it listened: ${said}`)));
  });
  const endpoints = services.map((service) => `${service}Endpoint=${urls.get(service)}/${account}`);
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      ...endpoints,
    ]
      .map((part) => `${part};`)
      .join(''),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
