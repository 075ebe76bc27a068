/** What changes from run to run inside a text, by the form that stays: both sides must have the same form. */
const VOLATILE: readonly { readonly form: string; readonly pattern: RegExp }[] = [
  { form: '<guid>', pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi },
  { form: '<date>', pattern: /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)/g },
  { form: '<date>', pattern: /\b\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}:\d{2} [AP]M/g },
  { form: '<cosmos etag>', pattern: /\b[0-9a-f]{8}-0000-[0-9a-f]{4}-0000-[0-9a-f]{12}\b/gi },
  { form: '<hex32>', pattern: /\b[0-9a-f]{32}\b/gi },
  { form: '<key84>', pattern: /\b[0-9A-Za-z]{84}\b/g },
  { form: 'after <n> seconds', pattern: /after '?\d+'? seconds/g },
  { form: '<ip>', pattern: /\b\d{1,3}(\.\d{1,3}){3}\b/g },
  { form: '<token>', pattern: /\beyJ[\w%+/=-]{16,}/g },
  { form: '<id>', pattern: /\b(chatcmpl|cmpl|fp|resp)[-_][0-9A-Za-z]+/g },
  // The id of Key Vault's operations: `UT|0`, ticks and an id, as base64.
  { form: '<operation>', pattern: /\bVVR8[0-9A-Za-z_-]{70}\b/g },
  { form: '<blob>', pattern: /[A-Za-z0-9+/_=-]{120,}…?/g },
];

/**
 * `text` with everything that no two runs share replaced by its form. What `echoed` holds stays: an answer that names
 * what the request named must name that very thing.
 */
export function masked(text: string, echoed: string): string {
  return VOLATILE.reduce(
    (masking, { form, pattern }) =>
      masking.replaceAll(pattern, (found) => (echoed.toLowerCase().includes(found.toLowerCase()) ? found : form)),
    text,
  );
}
