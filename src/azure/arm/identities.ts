import type { Identity, ManagedServiceIdentityClient } from '@azure/arm-msi';
import type { TokenCredential } from '@azure/core-auth';
import type { Identities, UserAssignedIdentity } from '../../hardening/access/ports.ts';
import { parseArmId } from '../../shared/arm-id.ts';
import { notApplied } from '../../shared/failure.ts';
import { armFind, azureCall } from '../azure-call.ts';

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
      const { subscriptionId, resourceGroup, name } = partsOf(armId);
      const found = await armFind(async () =>
        (await client(subscriptionId)).userAssignedIdentities.get(resourceGroup, name),
      );
      return found && identity(armId, found);
    },

    async create(armId, location, fence) {
      const { subscriptionId, resourceGroup, name } = partsOf(armId);
      const { value } = await azureCall({
        service: 'arm',
        effect: { kind: 'write', fence },
        send: async () => {
          const identities = (await client(subscriptionId)).userAssignedIdentities;
          return await identities.createOrUpdate(resourceGroup, name, { location });
        },
      });
      return identity(armId, value);
    },

    async ownPrincipalId() {
      own ??= objectIdIn((await credential.getToken(armScope))?.token ?? '');
      return own;
    },
  };
}

function identity(armId: string, { principalId, clientId, location }: Identity): UserAssignedIdentity {
  if (!principalId || !clientId) throw notApplied('identity-incomplete');
  return { armId, principalId, clientId, location };
}

function partsOf(armId: string) {
  const { subscriptionId = '', resourceGroup = '', names = [] } = parseArmId(armId) ?? {};
  return { subscriptionId, resourceGroup, name: names[0] ?? '' };
}

/** The token is Azure's own and is only read for whom it names: nobody is let in by it. */
function objectIdIn(token: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims === 'object' && claims !== null && 'oid' in claims && typeof claims.oid === 'string')
      return claims.oid;
  } catch {
    // Falls through: a text that is no token says nothing.
  }
  throw notApplied('token-without-object-id');
}
