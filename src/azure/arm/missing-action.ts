/**
 * Where Azure's refusals name what the caller lacks, in the order in which they are tried: a linked scope's action stands
 * behind the one that is allowed.
 * - Resource Manager, LinkedAuthorizationFailed: "does not have permission to perform action(s) '…' on the linked scope(s)"
 * - Resource Manager, AuthorizationFailed: "does not have authorization to perform action '…' over scope"
 * - Key Vault, ForbiddenByRbac: "Action: '…'"
 * - an account's gateway, PermissionDenied: "lacks the required data action … to perform"
 */
const places = [
  /does not have permission to perform action(?:\(s\))? '([^',]{1,160})/,
  /does not have authorization to perform action '([^']{1,160})'/,
  /^Action: '([^']{1,160})'/m,
  /lacks the required data action [`']?([^\s`']{1,160})/,
];

/**
 * Letters, with a hyphen, colon or dot between them (`analyze-text`, `text:analyze`), and a verb at the end: a key or token in
 * the same message holds digits and can never look like this.
 * The longest segment of a known action has 35 letters. Some refusals leave the provider out:
 * `PrivateEndpointConnectionsApproval/action`, MicrosoftDocs/azure-docs#96892.
 */
const actionName =
  /^(?:Microsoft\.[A-Za-z]{2,30}\/)?(?:[A-Za-z][A-Za-z.:-]{0,39}\/){1,6}(?:action|read|write|delete)$/i;

/** The action or data action that an error's message says the caller lacks; null where it names none. */
export function missingActionIn(message: string): string | null {
  // Event Grid names the topic alone, and publishing has no other action.
  if (/does not have permission to send data to \//.test(message)) return 'Microsoft.EventGrid/events/send/action';
  for (const place of places) {
    const named = place.exec(message)?.[1];
    if (named !== undefined) return actionName.test(named) ? named : null;
  }
  return null;
}
