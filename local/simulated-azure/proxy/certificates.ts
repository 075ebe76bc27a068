import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, as PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

const dayMs = 86_400_000;
/** Long, since a new authority means that every shell must be told again. */
const authorityDays = 3650;
/** Under the 398 days that the CA/Browser Forum allows a server's certificate; clients may enforce it. */
export const serverDays = 365;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A new authority, whose own certificate nobody but itself vouches for. */
export async function newAuthority(): Promise<Certified> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const verifyKey = await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
  const nowMs = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ['Keyturn'] }, { CN: ['Keyturn simulated Azure, this machine only'] }],
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys: { privateKey: await signingKeyOf(privateKey), publicKey: verifyKey },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(verifyKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: pem(privateKey) };
}

/** Makes certificates for hosts in the name of `authority`; all of them share one key, which never leaves the process. */
export async function certificateIssuer(authority: Certified): Promise<(host: string) => Promise<Certified>> {
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await signingKeyOf(createPrivateKey(authority.key));
  const server = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = server.publicKey.export({ type: 'spki', format: 'der' });
  const publicKey = await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
  const key = pem(server.privateKey);
  return async (host) => {
    const nowMs = Date.now();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      // A common name has at most 64 characters; clients look only at the alternative name.
      subject: [{ CN: [host.slice(0, 64)] }],
      issuer: issuer.subject,
      notBefore: new Date(nowMs - dayMs),
      notAfter: new Date(nowMs + serverDays * dayMs),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n${authority.cert}`, key };
  };
}

function signingKeyOf(privateKey: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

function pem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Positive, as X.509 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
