import { accountKind, type DataRole } from '../../keys/account-kinds.ts';
import { kindNotProbeable } from '../../keys/account-probe.ts';
import { mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import { type MissingPermission, missingPermission } from '../../shared/missing-permission.ts';
import { hasFailedProvisioning } from '../../shared/public-access.ts';
import { iso } from '../../shared/time.ts';
import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { type Found, namedInCli, ok, problem, unknown } from '../finding.ts';
import { lastingRefusal } from './lasting-refusal.ts';

/** A new role assignment counts everywhere after up to ten minutes: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting */
const spreadingMs = 10 * 60_000;

/** Keyturn's own role for key operations, as infra/ makes it, needs these actions. */
const keyActions = 'Microsoft.CognitiveServices/accounts/read, accounts/listKeys/action, accounts/regenerateKey/action';

/** Whether Keyturn's roles count: for the account and its keys, and for calls without keys. */
export function role(facts: DiagnosisFacts): Found {
  const { exposure, keys, token, target, principalId } = facts;
  const identity = principalId ?? '<your-identity-object-id>';
  const lately = assignedLately(facts);
  const evidenceOf = (missing: MissingPermission | null) => ({
    ...(missing === null ? {} : { missingAction: missing.missingAction }),
    identity: principalId,
    assignedAt: lately === null ? null : iso(lately),
  });
  const wait = lately === null ? null : { text: `Wait until ${iso(lately + spreadingMs)}, then ask again.` };
  for (const asked of [exposure, keys]) {
    const lasting = lastingRefusal(asked, facts, evidenceOf(null));
    if (lasting !== null) return lasting;
    const refused = asked.kind === 'failed' && asked.failure.kind === 'refused' ? asked.failure : null;
    if (refused?.reason !== 'account-access-denied') continue;
    // What that very call lacked, and no other.
    const missing = missingPermission(refused.action);
    if (wait !== null) return problem('role-spreading', evidenceOf(missing), wait);
    return problem('account-role-missing', evidenceOf(missing), {
      text: `Assign the role of infra/key-rotator-role.bicep, or one with these actions: ${keyActions}.${missing === null ? '' : ` ${missing.fix}`}`,
      command: `az role assignment create --assignee-object-id ${identity} --assignee-principal-type ServicePrincipal --role "Keyturn Key Rotator (<your-function-app>)" --scope "${target.account.armId}"`,
    });
  }
  if (exposure.kind === 'answered' && hasFailedProvisioning(exposure.value.provisioningState))
    return problem(
      'account-provisioning-failed',
      { ...evidenceOf(null), provisioningState: exposure.value.provisioningState },
      {
        text: 'See the last deployment of the account and repeat it, or any update of the account, until its provisioning state is Succeeded.',
        command: `az cognitiveservices account show ${namedInCli(target.account)} --query properties.provisioningState`,
      },
    );
  const missing = missingPermission(token?.kind === 'denied' ? token.action : null);
  const evidence = evidenceOf(missing);
  // While keys are in use a call without one is nobody's need.
  const needsToken = exposure.kind === 'answered' && exposure.value.localAuthDisabled;
  if (!mayCallEndpoint(target)) return unknown('endpoint-not-called', evidence);
  switch (token?.kind) {
    case 'accepted':
      return ok('token-accepted', evidence);
    case 'denied':
      if (wait !== null) return problem('role-spreading', evidence, wait);
      return needsToken
        ? problem('role-missing', evidence, {
            text: `Grant ${tokenRole(facts).name}, which lets an identity call this kind of account with a token, to Keyturn's identity and to all that call without keys.`,
            call: {
              method: 'PUT',
              path: `/api/targets/${target.name}/access?dryRun=true`,
              body: { identities: [{ keyturn: true, roles: [tokenRole(facts).name] }] },
            },
            command: `az role assignment create --assignee-object-id ${identity} --assignee-principal-type ServicePrincipal --role ${tokenRole(facts).guid} --scope "${target.account.armId}"`,
          })
        : ok('role-not-needed', evidence);
    case 'no-custom-subdomain':
      return needsToken
        ? problem('subdomain-missing', evidence, {
            text: 'Give the account a custom subdomain. It cannot be changed afterwards, and the endpoint changes with it.',
            command: `az cognitiveservices account update ${namedInCli(target.account)} --custom-domain <your-subdomain>`,
          })
        : ok('role-not-needed', evidence);
    case 'network-denied':
      return unknown('token-blocked', evidence);
    default:
      if (token?.code === kindNotProbeable) return unknown('token-not-tried', evidence);
      return unknown('token-unclear', { ...evidence, code: token?.code ?? 'not-tried' });
  }
}

/** Lets an identity call an account of any kind with a token: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning */
const anyKind: DataRole = { name: 'Cognitive Services User', guid: 'a97b65f3-24c7-4388-baec-2e87135dc908' };

/** The least built-in role that lets an identity call an account of its kind. */
function tokenRole({ exposure }: DiagnosisFacts): DataRole {
  const kind = exposure.kind === 'answered' ? accountKind(exposure.value.kind) : null;
  return kind?.roles[0] ?? anyKind;
}

/** When the newest of Keyturn's own assignments was made, if that is not long ago. */
function assignedLately({ roles, nowMs }: DiagnosisFacts): number | null {
  if (roles.kind === 'failed') return null;
  const newest = Math.max(...roles.value.map(({ createdAtMs }) => createdAtMs ?? Number.NEGATIVE_INFINITY));
  return nowMs - newest < spreadingMs ? newest : null;
}
