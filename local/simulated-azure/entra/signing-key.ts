import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

/** The key pair that signs every token; `jwk` is the public half as the key set shows it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey | Uint8Array;
  readonly jwk: JWK;
}

/** A new RS256 private key, which can be exported. */
export async function newPrivateKey(): Promise<CryptoKey> {
  return (await generateKeyPair('RS256', { extractable: true })).privateKey;
}

/** The pair of which that is the private half; its name is its thumbprint, so the same key has the same name. */
export async function signingKeyFrom(privateKey: CryptoKey): Promise<SigningKey> {
  const { n = '', e = '' } = await exportJWK(privateKey);
  const publicParts = { kty: 'RSA', n, e };
  const kid = await calculateJwkThumbprint(publicParts);
  const publicKey = await importJWK(publicParts, 'RS256');
  return { kid, privateKey, publicKey, jwk: { ...publicParts, use: 'sig', kid, x5t: kid } };
}
