import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { AskPermissionModel, PermissionModel } from '../../hardening/access/ports.ts';
import { azureAnswer } from '../azure-answer.ts';
import { azureRead } from '../azure-call.ts';
import type { Cloud } from '../clouds.ts';
import { tokenRequest } from '../entra/token-request.ts';

/**
 * Asks a vault how it decides, by its own answer to a list: a vault with Azure RBAC names the role assignment that let
 * the caller in, or says `ForbiddenByRbac`; one with access policies names none, or says `ForbiddenByPolicy`.
 */
export function vaultPermissionModel(
  cloud: Cloud,
  credential: TokenCredential,
  httpClient: HttpClient,
): AskPermissionModel {
  return (vaultUrl) =>
    azureRead<PermissionModel>('vault', async () => {
      const service = { endpoint: vaultUrl, scope: cloud.vault.scope };
      const url = `${vaultUrl}/secrets?maxresults=1&api-version=7.4`;
      const response = await tokenRequest(httpClient, credential, service, url);
      const { code } = azureAnswer(response);
      if (response.status === 200)
        return response.headers.has('x-ms-keyvault-rbac-assignment-id') ? 'rbac' : 'access-policies';
      if (code === 'ForbiddenByRbac') return 'rbac';
      return code === 'ForbiddenByPolicy' || code === 'AccessDenied' ? 'access-policies' : 'unknown';
    });
}
