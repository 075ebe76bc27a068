/**
 * Messages that Azure has since worded anew. A recording that has the older text asks for the newer one; who says so
 * stands beside each pair. `$1` is what the older text names.
 */
const REWORDED: readonly { readonly older: RegExp; readonly newer: string }[] = [
  // Recorded before and after 2021.
  { older: /^(Request is missing a Bearer or PoP token\.)$/, newer: 'AKV10000: $1' },
  // Recorded in 2018 and since 2020.
  {
    older: /^Secret not found: (.+)$/,
    newer:
      'A secret with (name/id) $1 was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182',
  },
  // The inner code of a vault's refusal by access policy, reported until 2021 and since.
  { older: /^AccessDenied$/, newer: 'ForbiddenByPolicy' },
  // Recorded until mid 2020 and since August 2020.
  {
    older: /^Please provide an authentication key\.$/,
    newer:
      'Please provide a custom subdomain for token authentication, otherwise API key is required. (Please see https://aka.ms/cogsvc-authenticatewithtoken)',
  },
  // Since about 2020 the sentence goes on: https://aka.ms/ARMResourceNotFoundFix
  {
    older: /^(The Resource '.+' under resource group '.+' was not found\.)$/,
    newer: '$1 For more details please go to https://aka.ms/ARMResourceNotFoundFix',
  },
  // Since about 2019 the sentence goes on (role-based access control, troubleshooting page).
  {
    older: /^(The client '.+' does not have authorization to perform action '.+' over scope '.+?)'\.$/,
    newer: "$1' or the scope is invalid. If access was recently granted, please refresh your credentials.",
  },
];

/** The text as Azure words it today. */
export function todaysText(recorded: string): string {
  const reworded = REWORDED.find(({ older }) => older.test(recorded));
  return reworded === undefined ? recorded : recorded.replace(reworded.older, reworded.newer);
}
