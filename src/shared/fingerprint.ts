import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretText } from './secret-text.ts';

/** Names a key without storing it: equal for equal keys under one salt, of no use without the salt. */
export type Fingerprint = string & { readonly brand: 'fingerprint' };

/** 128 bits as hexadecimal digits; the protocol asks for 96 at least, so that two keys never share a name by chance. */
const fingerprintDigits = 32;

/**
 * HMAC-SHA256 of `key` with a rotation's random `salt`, shortened to 32 hexadecimal digits.
 * @param salt random text made once per rotation and kept in the account row
 */
export function fingerprint(key: SecretText, salt: string): Fingerprint {
  return createHmac('sha256', salt).update(key.reveal()).digest('hex').slice(0, fingerprintDigits) as Fingerprint;
}

/** Compares a key of unknown origin with fingerprints, in constant time: one HMAC for each salt, however many there are of it. */
export function isFingerprintOf(key: SecretText): (print: Fingerprint, salt: string) => boolean {
  const bySalt = new Map<string, Buffer>();
  return (print, salt) => {
    const own = bySalt.get(salt) ?? Buffer.from(fingerprint(key, salt));
    bySalt.set(salt, own);
    const other = Buffer.from(print);
    return own.length === other.length && timingSafeEqual(own, other);
  };
}
