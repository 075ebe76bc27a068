import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { get } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';

/**
 * Preloaded into the worker (`--import`) where the simulated Azure is behind a proxy: a name lookup never meets a proxy, so
 * `dns.lookup` asks the simulated Azure instead, as anyone who stands where the worker stands. Addresses and names of this
 * machine are looked up as always. The worker's code knows nothing of it.
 */
const control = process.env.SIMULATED_AZURE_CONTROL;
if (control !== undefined) preload(control);

function preload(controlUrl: string): void {
  const own = dns.lookup;
  const ownPromise = dns.promises.lookup;

  const lookup = (
    host: string,
    options: LookupOptions | number | ((...answer: unknown[]) => void),
    callback?: (...answer: unknown[]) => void,
  ): void => {
    const [settings, answer] = typeof options === 'function' ? [{}, options] : [options, callback];
    if (isOfThisMachine(host)) return void Reflect.apply(own, dns, [host, settings, answer]);
    const all = typeof settings === 'object' && settings.all === true;
    asked(controlUrl, host).then(
      (found) => (all ? answer?.(null, found) : answer?.(null, found[0]?.address, found[0]?.family)),
      (error: unknown) => answer?.(error),
    );
  };
  const lookupPromise = async (host: string, settings: LookupOptions | number = {}) => {
    if (isOfThisMachine(host)) return await Reflect.apply(ownPromise, dns.promises, [host, settings]);
    const found = await asked(controlUrl, host);
    return typeof settings === 'object' && settings.all === true ? found : found[0];
  };
  Object.assign(dns, { lookup });
  Object.assign(dns.promises, { lookup: lookupPromise });
  syncBuiltinESMExports();
}

function isOfThisMachine(host: string): boolean {
  return host === '' || isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost');
}

async function asked(controlUrl: string, host: string): Promise<LookupAddress[]> {
  const url = new URL(`${controlUrl}/lookup`);
  url.searchParams.set('name', host);
  const answer = JSON.parse(await textOf(url)) as { readonly kind: string; readonly addresses?: readonly string[] };
  if (answer.kind === 'addresses' && answer.addresses !== undefined && answer.addresses.length > 0) {
    return answer.addresses.map((address) => ({ address, family: 4 }));
  }
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: host,
  });
  throw error;
}

/** By `node:http`, which no proxy setting diverts from this machine. */
function textOf(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    }).on('error', reject);
  });
}
