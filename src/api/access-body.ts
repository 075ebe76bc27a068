import * as z from 'zod';
import { isOfType, resourceGroupPattern } from '../shared/arm-id.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { onTheWire, resourceIdPattern } from './on-the-wire.ts';
import { confirmSchema, orNull } from './request-fields.ts';

const guidAccepted = 'an object id (not a client id): a GUID';
const identityAccepted =
  'the full id of a user-assigned identity: /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…';
const nameAccepted = '3 to 128 letters, digits, - and _, beginning with a letter or digit';
const groupAccepted = 'the name of a resource group';
const locationAccepted = 'an Azure location, such as eastus';
const roleAccepted = "a role's name or GUID, or an object with role and scope";
const scopeAccepted = 'account or resource-group';
const rolesAccepted = 'a list of 1 to 20 roles';
const identitiesAccepted = 'a list of at most 50 identities; an empty one asks for nobody';
const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities';
const oneOfAccepted = 'exactly one of principalId, resourceId, create and keyturn';

/** PUT …/access: who is to have which roles, and the risks that the caller takes. */
export const accessBody = z.lazy(makeBody);

function makeBody() {
  const roleText = onTheWire(
    z
      .string({ error: roleAccepted })
      .refine((text) => text.trim() !== '', { error: roleAccepted })
      .trim()
      .max(200),
    { minLength: 1, pattern: '\\S' },
  );

  const roleSchema = z.union(
    [
      roleText.transform((role) => ({ role, scope: 'account' as const })),
      strictMembers(
        { role: roleText, scope: z.enum(['account', 'resource-group'], { error: scopeAccepted }).default('account') },
        roleAccepted,
      ),
    ],
    { error: roleAccepted },
  );

  const identity = strictMembers(
    {
      /** Object id of an existing principal. */
      principalId: orNull(z.guid({ error: guidAccepted })),
      principalType: z
        .enum(['ServicePrincipal', 'User', 'Group'], { error: 'ServicePrincipal, User or Group' })
        .default('ServicePrincipal'),
      /** ARM id of an existing user-assigned identity. */
      resourceId: orNull(
        onTheWire(
          z.string({ error: identityAccepted }).refine((id) => isOfType(id, identityType), { error: identityAccepted }),
          { pattern: resourceIdPattern(identityType) },
        ),
      ),
      /** A user-assigned identity in the account's subscription, made if it does not exist. */
      create: orNull(
        strictMembers(
          {
            name: z.string({ error: nameAccepted }).regex(/^[0-9A-Za-z][0-9A-Za-z_-]{2,127}$/, { error: nameAccepted }),
            resourceGroup: z.string({ error: groupAccepted }).regex(resourceGroupPattern, { error: groupAccepted }),
            location: z.string({ error: locationAccepted }).regex(/^[0-9A-Za-z ]{2,50}$/, { error: locationAccepted }),
          },
          'an object with name, resourceGroup and location',
        ),
      ),
      /** Keyturn's own identity. */
      keyturn: z.boolean({ error: 'true or false' }).default(false),
      roles: z.array(roleSchema, { error: rolesAccepted }).min(1).max(20),
    },
    'an object with one identity and its roles',
  ).refine(
    ({ principalId, resourceId, create, keyturn }) =>
      [principalId !== null, resourceId !== null, create !== null, keyturn].filter(Boolean).length === 1,
    { error: oneOfAccepted },
  );
  const isGiven = (member: string, given: object) => ({ required: [member], properties: { [member]: given } });
  const identitySchema = onTheWire(identity, {
    oneOf: [
      isGiven('principalId', { type: 'string' }),
      isGiven('resourceId', { type: 'string' }),
      isGiven('create', { type: 'object' }),
      isGiven('keyturn', { const: true }),
    ],
  });

  return strictMembers(
    {
      identities: z.array(identitySchema, { error: identitiesAccepted }).max(50),
      confirm: confirmSchema,
    },
    'an object with identities',
  );
}
