import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';

/** The authority whose word this machine's clients take for the simulated hosts, and its files. */
export interface CertificateAuthority {
  /** Its certificate alone, for clients that add it to the ones they know. */
  readonly certificateFile: string;
  /** The certificates known on this machine and its own, for clients whose setting replaces what they know. */
  readonly bundleFile: string;
  /** What a TLS server needs to be `host`; made on first use. */
  contextFor(host: string): Promise<SecureContext>;
}

const dayMs = 86_400_000;
/** Long, since a new authority means that every shell must be told anew. */
const authorityDays = 3650;
/** Apple's and the CA/Browser Forum's limit for server certificates is 398 days; clients may enforce it. */
const leafDays = 365;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The authority kept in `folder`, made when there is none or it is about to expire. Its private key can be read by this
 * user alone. Two processes that start at once end up with the same one.
 */
export async function certificateAuthority(folder: string): Promise<CertificateAuthority> {
  const home = join(folder, 'certificate-authority');
  const kept = (await load(home)) ?? (await make(folder, home));
  const issuer = new x509.X509Certificate(kept.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(kept.key).export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  );
  const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const leafKeyDer = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey));
  const leafKey = createPrivateKey({ key: leafKeyDer, format: 'der', type: 'pkcs8' });
  const leafKeyPem = leafKey.export({ type: 'pkcs8', format: 'pem' });
  const contexts = new Map<string, Promise<SecureContext>>();

  const makeContext = async (host: string) => {
    const nowMs = Date.now();
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [host.slice(0, 64)] }],
      issuer: issuer.subject,
      notBefore: new Date(nowMs - dayMs),
      notAfter: new Date(nowMs + leafDays * dayMs),
      signingAlgorithm: algorithm,
      publicKey: leafKeys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    });
    return createSecureContext({ key: leafKeyPem, cert: `${leaf.toString('pem')}\n${kept.certificate}` });
  };

  return {
    certificateFile: join(home, 'certificate.pem'),
    bundleFile: await writeBundle(home, kept.certificate),
    contextFor(host) {
      const context = contexts.get(host) ?? makeContext(host);
      contexts.set(host, context);
      return context;
    },
  };
}

interface Kept {
  readonly certificate: string;
  readonly key: string;
}

async function load(home: string): Promise<Kept | null> {
  try {
    const certificate = await readFile(join(home, 'certificate.pem'), 'utf8');
    const key = await readFile(join(home, 'private-key.pem'), 'utf8');
    if (Date.parse(new X509Certificate(certificate).validTo) > Date.now() + leafDays * dayMs)
      return { certificate, key };
    await rm(home, { recursive: true });
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Made aside and moved into place as a whole: of two processes, the second finds the first one's and takes that. */
async function make(folder: string, home: string): Promise<Kept> {
  await mkdir(folder, { recursive: true });
  const aside = await mkdtemp(join(folder, 'certificate-authority-'));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const nowMs = Date.now();
  const keys = {
    privateKey: await webcrypto.subtle.importKey(
      'pkcs8',
      privateKey.export({ type: 'pkcs8', format: 'der' }),
      algorithm,
      false,
      ['sign'],
    ),
    publicKey: await webcrypto.subtle.importKey(
      'spki',
      publicKey.export({ type: 'spki', format: 'der' }),
      algorithm,
      true,
      ['verify'],
    ),
  };
  const created = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ['Keyturn'] }, { CN: ['Keyturn simulated Azure, this machine only'] }],
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const certificate = `${created.toString('pem')}\n`;
  await writeFile(join(aside, 'private-key.pem'), key, { mode: 0o600 });
  await writeFile(join(aside, 'certificate.pem'), certificate);
  try {
    await rename(aside, home);
    return { certificate, key };
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
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, [...known, certificate].map((pem) => `${pem.trim()}\n`).join(''));
  await rename(aside, file);
  return file;
}

/** Positive, as X.509 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
