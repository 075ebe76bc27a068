import type { Account, World } from '../../world.ts';
import { resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from './account-id.ts';

/** How long a deleted account can be restored, and keeps its subdomain: https://learn.microsoft.com/azure/ai-services/recover-purge-resources */
const keptDeletedMs = 48 * 3_600_000;

/** The account that the path names. */
export function findAccount(call: ArmCall): Account | undefined {
  return call.world.accounts.find((account) => isNamed(call, account));
}

/** Answers for the account that the path names, or with the gateway's 404. */
export function withAccount(
  call: ArmCall,
  answer: (account: Account) => Response | Promise<Response>,
): Response | Promise<Response> {
  const account = findAccount(call);
  return account === undefined ? accountNotFound(call) : answer(account);
}

function accountNotFound(call: ArmCall): Response {
  return resourceNotFound('Microsoft.CognitiveServices/accounts', call.param('account'), call.param('group'));
}

/** Soft-deleted accounts whose 48 hours have not passed; the others are dropped here. */
export function deletedAccounts({ world, azure }: ArmCall): readonly Account[] {
  const nowMs = azure.clock.nowMs();
  const kept = world.deletedAccounts.filter(({ deletedAtMs }) => nowMs - (deletedAtMs ?? nowMs) < keptDeletedMs);
  world.deletedAccounts.splice(0, world.deletedAccounts.length, ...kept);
  return kept;
}

/** The soft-deleted account of the very id that the path names. */
export function findDeletedAccount(call: ArmCall): Account | undefined {
  return deletedAccounts(call).find((account) => isNamed(call, account));
}

function isNamed(call: ArmCall, account: Account): boolean {
  const named = {
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    name: call.param('account'),
  };
  return accountId(account).toLowerCase() === accountId(named).toLowerCase();
}

/** The account that has the custom subdomain, soft-deleted accounts included. */
export function holderOfSubdomain(world: World, subdomain: string): Account | undefined {
  return [...world.accounts, ...world.deletedAccounts].find(({ resource }) => {
    const taken = resource.properties.customSubDomainName;
    return typeof taken === 'string' && taken.toLowerCase() === subdomain.toLowerCase();
  });
}
