import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { type Certified, certificateIssuer, newAuthority, serverDays } from './certificates.ts';

/** The authority whose word this machine's clients take for the simulated hosts, and its files. */
export interface CertificateAuthority {
  /** Only its certificate, for clients that add it to the ones they know. */
  readonly certificateFile: string;
  /** The certificates known on this machine and its own, for clients whose setting replaces what they know. */
  readonly bundleFile: string;
  /** What a TLS server needs to be `host`; made on first use. */
  contextFor(host: string): Promise<SecureContext>;
}

/**
 * The authority kept in `folder`, made when there is none or it is about to expire. Only this user can read its
 * private key. Two processes that start at once end up with the same one.
 */
export async function certificateAuthority(folder: string): Promise<CertificateAuthority> {
  const home = join(folder, 'certificate-authority');
  const authority = (await load(home)) ?? (await make(folder, home));
  const certify = await certificateIssuer(authority);
  const contexts = new Map<string, Promise<SecureContext>>();
  return {
    certificateFile: join(home, 'certificate.pem'),
    bundleFile: await writeBundle(home, authority.cert),
    contextFor(host) {
      const context = contexts.get(host) ?? certify(host).then(createSecureContext);
      contexts.set(host, context);
      return context;
    },
  };
}

async function load(home: string): Promise<Certified | null> {
  try {
    const cert = await readFile(join(home, 'certificate.pem'), 'utf8');
    const key = await readFile(join(home, 'private-key.pem'), 'utf8');
    const daysLeft = (Date.parse(new X509Certificate(cert).validTo) - Date.now()) / 86_400_000;
    if (daysLeft > serverDays) return { cert, key };
    await rm(home, { recursive: true });
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Made aside and moved into place as a whole: of two processes, the second finds the first one's and takes that. */
async function make(folder: string, home: string): Promise<Certified> {
  await mkdir(folder, { recursive: true });
  const aside = await mkdtemp(join(folder, 'certificate-authority-'));
  const made = await newAuthority();
  await writeFile(join(aside, 'private-key.pem'), made.key, { mode: 0o600 });
  await writeFile(join(aside, 'certificate.pem'), made.cert);
  try {
    await rename(aside, home);
    return made;
  } catch (error) {
    await rm(aside, { recursive: true });
    const theirs = await load(home);
    if (theirs === null) throw error;
    return theirs;
  }
}

async function writeBundle(home: string, certificate: string): Promise<string> {
  const known = new Set([...getCACertificates('bundled'), ...getCACertificates('system')]);
  const file = join(home, 'bundle.pem');
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, [...known, certificate].map((pem) => `${pem.trim()}\n`).join(''));
  await rename(aside, file);
  return file;
}
