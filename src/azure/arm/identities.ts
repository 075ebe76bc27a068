import type { Identity, ManagedServiceIdentityClient } from '@azure/arm-msi';
import type { TokenCredential } from '@azure/core-auth';
import type { Identities, UserAssignedIdentity } from '../../hardening/access/ports.ts';
import { notApplied } from '../../shared/failure.ts';
import { memberOf, parsedJson } from '../../shared/json.ts';
import { armFind, azureCall } from '../azure-call.ts';
import { atResource } from './at-resource.ts';

/**
 * User-assigned identities through Azure Resource Manager, and who Keyturn itself is, by its own token.
 * @param client gives the SDK client of a subscription
 */
export function armIdentities(
  client: (subscriptionId: string) => Promise<ManagedServiceIdentityClient>,
  credential: TokenCredential,
  armScope: string,
): Identities {
  let own: string | null = null;
  return {
    async find(armId) {
      const found = await armFind(
        atResource(armId, client, ({ userAssignedIdentities }, group, name) => userAssignedIdentities.get(group, name)),
      );
      return found && identity(armId, found);
    },

    async create(armId, location, fence) {
      const send = atResource(armId, client, ({ userAssignedIdentities }, group, name) =>
        userAssignedIdentities.createOrUpdate(group, name, { location }),
      );
      const { value } = await azureCall('arm', { kind: 'write', fence }, send);
      return identity(armId, value);
    },

    async ownPrincipalId() {
      own ??= objectIdIn((await credential.getToken(armScope))?.token ?? '');
      return own;
    },
  };
}

function identity(armId: string, { principalId }: Identity): UserAssignedIdentity {
  if (!principalId) throw notApplied('identity-incomplete');
  return { armId, principalId };
}

/** The token is Azure's own and is only read for whom it names: nobody is let in by it. */
function objectIdIn(token: string): string {
  const claims = parsedJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const objectId = memberOf(claims, 'oid');
  if (typeof objectId !== 'string') throw notApplied('token-without-object-id');
  return objectId;
}
