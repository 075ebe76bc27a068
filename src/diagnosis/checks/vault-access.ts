import { missingPermission } from '../../shared/missing-permission.ts';
import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { type Found, ok, problem, unknown } from '../finding.ts';
import { lastingRefusal } from './lasting-refusal.ts';

/** Key Vault Secrets Officer: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';

/** Whether the vault gives Keyturn the target's secrets. */
export function vaultAccess(facts: DiagnosisFacts): Found {
  const { vault, target, principalId, names } = facts;
  const host = new URL(target.vaultUrl).hostname;
  const [name = ''] = host.split('.');
  const identity = principalId ?? '<your-identity-object-id>';
  if (vault.kind === 'answered') return ok('vault-answers', { vault: host, pointer: vault.value.pointer.kind });
  const lasting = lastingRefusal(vault, facts, { vault: host });
  if (lasting !== null) return lasting;
  const { code } = vault.failure;
  const { found } = names.vault;
  const missing = missingPermission(vault.failure.kind === 'refused' ? vault.failure.action : null);
  const evidence = { vault: host, code, ...(missing === null ? {} : { missingAction: missing.missingAction }) };
  switch (code) {
    case 'ForbiddenByRbac':
      return problem('vault-role-missing', evidence, {
        text: missing?.fix ?? 'Assign Key Vault Secrets Officer on the vault; it counts after up to ten minutes.',
        command: `az role assignment create --assignee-object-id ${identity} --assignee-principal-type ServicePrincipal --role ${secretsOfficer} --scope "$(az keyvault show --name ${name} --query id --output tsv)"`,
      });
    case 'ForbiddenByPolicy':
    case 'AccessDenied':
      return problem('vault-access-policy-missing', evidence, {
        text: 'Add an access policy, or let the vault go by roles.',
        command: `az keyvault set-policy --name ${name} --object-id ${identity} --secret-permissions get list set recover`,
      });
    case 'ForbiddenByFirewall':
      return problem('vault-firewall', evidence, {
        text: "Let the function app's subnet in, or its outbound addresses; the bypass for trusted services does not cover Functions.",
        command: `az keyvault network-rule add --name ${name} --subnet <your-subnet-id>`,
      });
    case 'ForbiddenByConnection':
      return problem(
        'vault-private-only',
        { ...evidence, resolvesTo: found.kind === 'addresses' ? found.addresses.join(' ') : found.kind },
        {
          text: 'Give the vault a private endpoint in the network of the function app, and link the zone privatelink.vaultcore.azure.net to it.',
          command: `az network private-endpoint create --name pe-${name} --resource-group <your-group> --subnet <your-subnet-id> --group-id vault --connection-name ${name} --private-connection-resource-id "$(az keyvault show --name ${name} --query id --output tsv)"`,
        },
      );
    case 'ENOTFOUND':
      return problem('vault-not-there', evidence, {
        text: 'Check the vault in the target; a deleted vault can be recovered.',
        command: `az keyvault recover --name ${name}`,
      });
    default:
      return unknown('vault-unclear', evidence);
  }
}
