import { z } from 'zod';
import type { Vault } from '../../world.ts';

const policy = z.object({
  objectId: z.string(),
  applicationId: z.string().optional(),
  permissions: z.looseObject({ secrets: z.array(z.string()).default([]) }).default({ secrets: [] }),
});

/** What a PUT or PATCH of a vault may hold; other members are refused by nobody and kept by nobody. */
const vaultBody = z.object({
  location: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z
    .object({
      sku: z.object({ name: z.string().transform((name) => name.toLowerCase()) }).optional(),
      createMode: z.string().optional(),
      accessPolicies: z.array(policy).optional(),
      enableRbacAuthorization: z.boolean().nullish(),
      publicNetworkAccess: z.string().optional(),
      networkAcls: z
        .object({
          bypass: z.string().default('AzureServices'),
          defaultAction: z.enum(['Allow', 'Deny']).default('Allow'),
          ipRules: z.array(z.object({ value: z.string() })).default([]),
          virtualNetworkRules: z.array(z.object({ id: z.string() })).default([]),
        })
        .nullish(),
      enabledForDeployment: z.boolean().nullish(),
      enabledForDiskEncryption: z.boolean().nullish(),
      enabledForTemplateDeployment: z.boolean().nullish(),
      enableSoftDelete: z.boolean().nullish(),
      softDeleteRetentionInDays: z.int().min(7).max(90).nullish(),
      enablePurgeProtection: z.boolean().nullish(),
    })
    .default({}),
});

export type VaultBody = z.infer<typeof vaultBody>;

/** The body, or what is wrong with it. */
export function vaultBodyIn(body: unknown): { readonly body: VaultBody } | { readonly mistake: string } {
  const parsed = vaultBody.safeParse(body);
  if (parsed.success) {
    const { enablePurgeProtection } = parsed.data.properties;
    return enablePurgeProtection === false ? { mistake: purgeProtectionStays } : { body: parsed.data };
  }
  const [issue] = parsed.error.issues;
  return { mistake: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}

/** Also of a new vault: https://github.com/Azure/azure-rest-api-specs/issues/18106 */
const purgeProtectionStays =
  'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.';

/** In the order in which a vault shows them. */
const shownWhenAsked = [
  'enabledForDeployment',
  'enabledForDiskEncryption',
  'enabledForTemplateDeployment',
  'enableSoftDelete',
  'softDeleteRetentionInDays',
  'enablePurgeProtection',
];

/** From this version on a new vault goes by roles unless it says otherwise: https://learn.microsoft.com/azure/key-vault/general/access-control-default */
const rolesSince = '2026-02-01';

/**
 * Changes `vault` to what `body` says; what it does not mention stays (PATCH) or is the default (PUT, `whole`).
 */
export function changeVault(vault: Vault, { tags, properties }: VaultBody, apiVersion: string, whole: boolean): void {
  const { networkAcls, accessPolicies, enableRbacAuthorization } = properties;
  const named = Object.entries(properties).filter(([name, value]) => shownWhenAsked.includes(name) && value !== null);
  const before = vault.resource?.asked;
  const kept = before?.enablePurgeProtection === true ? { enablePurgeProtection: true } : {};
  const asked = { ...(whole ? kept : before), ...Object.fromEntries(named) };
  vault.resource = {
    ...vault.resource,
    sku: properties.sku?.name ?? vault.resource?.sku ?? 'standard',
    asked,
    bypass: networkAcls?.bypass ?? vault.resource?.bypass ?? 'AzureServices',
  };
  if (whole || tags !== undefined) vault.tags = tags ?? {};
  vault.softDeleteDays = softDeleteDays(vault, properties);
  const { publicNetworkAccess } = properties;
  if (whole || publicNetworkAccess !== undefined) {
    vault.network.publicNetworkAccess = publicNetworkAccess?.toLowerCase() === 'disabled' ? 'Disabled' : 'Enabled';
  }
  if (whole || (networkAcls !== undefined && networkAcls !== null)) {
    vault.network.defaultAction = networkAcls?.defaultAction ?? 'Allow';
    vault.network.ipRules = (networkAcls?.ipRules ?? []).map(({ value }) => value);
    vault.network.subnets = (networkAcls?.virtualNetworkRules ?? []).map(({ id }) => id);
  }
  const byRoles = enableRbacAuthorization ?? (whole ? apiVersion >= rolesSince : vault.accessPolicies === undefined);
  if (byRoles) delete vault.accessPolicies;
  else if (whole || accessPolicies !== undefined || vault.accessPolicies === undefined) {
    vault.accessPolicies = (accessPolicies ?? []).map(({ objectId, applicationId, permissions }) => ({
      objectId,
      ...(applicationId === undefined ? {} : { applicationId }),
      permissions,
      secretPermissions: permissions.secrets,
    }));
  }
}

/** Once on, soft delete stays on; a vault that has it keeps the days that it was made with. */
function softDeleteDays(
  vault: Vault,
  { enableSoftDelete, softDeleteRetentionInDays }: VaultBody['properties'],
): number {
  const isOn = vault.softDeleteDays > 0 || enableSoftDelete === true;
  return isOn ? (softDeleteRetentionInDays ?? (vault.softDeleteDays || 90)) : 0;
}
