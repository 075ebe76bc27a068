/** What a browser may do with any answer of the pages. */
const always = {
  'x-content-type-options': 'nosniff',
  // No other site learns from which target's page somebody comes.
  'referrer-policy': 'no-referrer',
  // No window of another site gets hold of this one, nor this one of theirs.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A browser ignores it for http://localhost.
  'strict-transport-security': 'max-age=31536000',
} as const;

/** Nothing is loaded, run, framed or sent anywhere but what is named here. */
const nothing = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];

/**
 * Headers of the dashboard and its files. The content security policy leaves no way for a script or style that is not one of the
 * app's own files, for a request to another host than the app and Entra, or for a frame.
 * @param authorityHost where the page redeems the code for tokens
 */
export function ownHeaders(authorityHost: string): Record<string, string> {
  const policy = [
    ...nothing,
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' https://${authorityHost}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return { ...always, 'content-security-policy': policy.join('; ') };
}

/** Of the page that stands in while the settings are refused: it loads nothing at all. */
export const refusedHeaders: Readonly<Record<string, string>> = {
  ...always,
  'content-security-policy': nothing.join('; '),
};
