import { expect, it } from 'vitest';
import { assignmentName } from '../../../src/hardening/access/made-by-keyturn.ts';

const scope = '/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a';
const principal = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02';
const role = '7628b7b8-a8b2-4cdc-b46f-e9b35248918e';

it("is what Bicep's guid() gives for scope, principal and role in lower case", () => {
  // uuid5 of "<scope>-<principal>-<role>" under ARM's namespace, computed by another implementation.
  expect(assignmentName(scope, principal, role)).toBe('802c1500-ebe6-5620-8479-be711456e7fa');
});

it('does not depend on the case of ids, nor on a slash at the end', () => {
  expect(assignmentName(`${scope.toUpperCase()}/`, principal.toUpperCase(), role)).toBe(
    assignmentName(scope, principal, role),
  );
});

it.each([
  [`${scope}b`, principal, role],
  [scope, principal.replace('02', '03'), role],
  [scope, principal, role.replace('8e', '8f')],
])('differs if one of the three does', (...three) => {
  expect(assignmentName(...three)).not.toBe(assignmentName(scope, principal, role));
});
