import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** The key pair that signs every token of this process; `jwk` is the public half as the key set shows it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

let made: Promise<SigningKey> | null = null;

/** One RS256 key pair per process, made when first asked for: restarting the simulated Azure voids all tokens. */
export function signingKey(): Promise<SigningKey> {
  made ??= makeSigningKey();
  return made;
}

async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const { kty, n, e } = await exportJWK(publicKey);
  const publicParts = { kty, n, e } as JWK;
  const kid = await calculateJwkThumbprint(publicParts);
  return { kid, privateKey, publicKey, jwk: { kty, use: 'sig', kid, x5t: kid, n, e } as JWK };
}
