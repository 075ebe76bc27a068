/**
 * Where Azure's refusals name what the caller lacks, in the order in which they are tried: a linked scope's action stands
 * behind the one that is allowed.
 * - Resource Manager, LinkedAuthorizationFailed: "does not have permission to perform action(s) '…' on the linked scope(s)"
 * - Resource Manager, AuthorizationFailed: "does not have authorization to perform action '…' over scope"
 * - Key Vault, ForbiddenByRbac: "Action: '…'"
 * - an account's gateway, PermissionDenied: "lacks the required data action … to perform"
 */
const places = [
  /does not have permission to perform action\(s\) '([^',]{1,160})/,
  /does not have authorization to perform action '([^']{1,160})'/,
  /\bAction: '([^']{1,160})'/,
  /lacks the required data action [`']?([^\s`']{1,160})/,
];

/**
 * Letters alone: a key or token in the same message holds digits and can never look like this.
 * The longest segment of a known action has 35 letters.
 */
const actionName = /^Microsoft\.[A-Za-z]{2,30}(?:\/[A-Za-z]{1,40}){1,6}$/;

/** The action or data action that an error body says the caller lacks; null where it names none. */
export function missingActionIn(body: string): string | null {
  for (const place of places) {
    const named = place.exec(body)?.[1];
    if (named !== undefined) return actionName.test(named) ? named : null;
  }
  return null;
}
