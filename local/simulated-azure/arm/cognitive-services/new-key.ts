import { tellSecret } from '../../../told.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export type KeyFormat = 'hex-32' | 'signed-84';

/** Kinds whose keys show the OpenAI provider in the signature. */
const openAiKinds = ['OpenAI', 'AIServices'];

/**
 * A new account key: 32 hex digits as accounts of old have, or 84 characters, of which 52 are random, `JQQJ99` marks
 * the format, and the rest holds month, region and provider. Structure as seen in keys since 2024, not documented.
 */
export function newKey(
  format: KeyFormat,
  account: { readonly location: string; readonly kind: string },
  nowMs: number,
): string {
  const key = unsaidKey(format, account, nowMs);
  tellSecret(key);
  return key;
}

function unsaidKey(format: KeyFormat, account: { readonly location: string; readonly kind: string }, nowMs: number) {
  if (format === 'hex-32') return crypto.randomUUID().replaceAll('-', '');
  const date = new Date(nowMs);
  const month = letter(date.getUTCFullYear() - 2024) + letter(date.getUTCMonth());
  const provider = openAiKinds.includes(account.kind) ? 'BACOG' : 'AACOG';
  return `${random(52)}JQQJ99${month}AC${regionPart(account.location)}XJ3w3AAA${provider}${random(4)}`;
}

export function keyFormatOf(key: string): KeyFormat {
  return key.length === 32 ? 'hex-32' : 'signed-84';
}

function letter(index: number): string {
  return alphabet.charAt(index % 26);
}

function random(length: number): string {
  // 62 does not divide 256: the slight bias of a remainder is of no matter here.
  return [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** Five characters that are always the same for a region. */
function regionPart(location: string): string {
  if (location === 'eastus') return 'YeBjF';
  let sum = 7;
  return [...'12345']
    .map(() => {
      for (const char of location) sum = (sum * 31 + char.charCodeAt(0)) % 1_000_003;
      return alphabet[sum % alphabet.length];
    })
    .join('');
}
