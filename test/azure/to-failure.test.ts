import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { azureAnswer } from '../../src/azure/azure-answer.ts';
import { type AzureService, toFailure } from '../../src/azure/to-failure.ts';

const key = '0123456789abcdef0123456789abcdef';

describe('an answer of Resource Manager', () => {
  it.each([
    { status: 403, code: 'AuthorizationFailed', becomes: 'account-access-denied' },
    { status: 403, code: 'LinkedAuthorizationFailed', becomes: 'account-access-denied' },
    { status: 403, code: 'RequestDisallowedByPolicy', becomes: 'azure-policy' },
    { status: 404, code: 'ResourceNotFound', becomes: 'account-not-found' },
    { status: 404, code: 'ResourceGroupNotFound', becomes: 'account-not-found' },
    { status: 404, code: 'SubscriptionNotFound', becomes: 'subscription-not-found' },
    { status: 404, code: 'InvalidResourceType', becomes: 'unknown-refusal' },
    { status: 403, code: 'DenyAssignmentAuthorizationFailed', becomes: 'deny-assignment' },
    { status: 403, code: 'SomethingNew', becomes: 'unknown-refusal' },
    { status: 409, code: 'ScopeLocked', becomes: 'resource-lock' },
    { status: 409, code: 'ReadOnlyDisabledSubscription', becomes: 'subscription-disabled' },
    { status: 403, code: 'ReadOnlyDisabledSubscription', becomes: 'subscription-disabled' },
    { status: 409, code: 'MissingSubscriptionRegistration', becomes: 'provider-not-registered' },
    { status: 409, code: 'FlagMustBeSetForRestore', becomes: 'unknown-refusal' },
    { status: 409, code: 'Conflict', becomes: 'not-applied' },
    { status: 409, code: 'RetryableErrorDueToAnotherOperation', becomes: 'not-applied' },
    { status: 412, code: 'PreconditionFailed', becomes: 'not-applied' },
    { status: 405, code: 'MethodNotAllowed', becomes: 'unknown-refusal' },
    { status: 401, code: 'InvalidAuthenticationTokenTenant', becomes: 'subscription-in-another-tenant' },
    { status: 401, code: 'InvalidAuthenticationToken', becomes: 'token-invalid' },
    { status: 401, code: 'InvalidAuthenticationTokenAudience', becomes: 'token-invalid' },
    { status: 401, code: 'AuthenticationFailed', becomes: 'token-invalid' },
    { status: 401, code: 'SomethingNew', becomes: 'unknown-refusal' },
    { status: 409, code: 'RequestConflict', becomes: 'not-applied' },
    { status: 409, code: 'AnotherOperationInProgress', becomes: 'not-applied' },
    { status: 400, code: 'AccountProvisioningStateInvalid', becomes: 'not-applied' },
    { status: 400, code: 'BadRequest', becomes: 'bad-request' },
    { status: 401, code: 'ExpiredAuthenticationToken', becomes: 'not-applied' },
    { status: 429, code: 'SubscriptionRequestsThrottled', becomes: 'not-applied' },
    { status: 408, code: 'RequestTimeout', becomes: 'outcome-unknown' },
    { status: 500, code: 'InternalServerError', becomes: 'outcome-unknown' },
    { status: 502, code: 'BadGateway', becomes: 'outcome-unknown' },
    { status: 503, code: 'ServerTimeout', becomes: 'outcome-unknown' },
    { status: 504, code: 'GatewayTimeout', becomes: 'outcome-unknown' },
    { status: 202, code: null, becomes: 'outcome-unknown' },
  ])('$status $code to a write is $becomes', ({ status, code, becomes }) => {
    expect(word('arm', 'write', status, code)).toBe(becomes);
  });

  it.each([408, 412, 425, 429, 499, 500, 502, 503, 504, 202])('%i to a read is not-applied', (status) => {
    expect(word('arm', 'read', status, 'Whatever')).toBe('not-applied');
  });

  it.each([
    [412, 'not-applied'],
    [425, 'not-applied'],
    [429, 'not-applied'],
    [408, 'outcome-unknown'],
    [499, 'outcome-unknown'],
  ])('%i to a write passes by itself, whatever its code: %s', (status, becomes) => {
    expect(word('arm', 'write', status, 'Whatever')).toBe(becomes);
  });

  it('that no table knows, with a pause, passes: Azure says so', () => {
    const body = JSON.stringify({ error: { code: 'SomethingNew' } });
    const answer = azureAnswer(response(409, body, { 'retry-after': '5' }));
    expect(failure('arm', 'write', answer)).toEqual({ kind: 'not-applied', code: 'SomethingNew', retryAfterMs: 5_000 });
  });

  it('to listKeys on an account without keys is local-auth-disabled', () => {
    const message = 'Failed to list key. disableLocalAuth is set to be true';
    const answer = answerOf(400, { error: { code: 'BadRequest', message } });
    expect(failure('arm', 'read', answer)).toMatchObject({ kind: 'refused', reason: 'local-auth-disabled' });
  });

  it.each([401, 403, 404, 405, 409])('%i without an Azure code, as a proxy’s page, refuses nothing', (status) => {
    const page = azureAnswer(response(status, '<html>blocked</html>', {}));
    expect(failure('arm', 'write', page)).toEqual({
      kind: 'not-applied',
      code: `http-${status}`,
      retryAfterMs: null,
    });
  });
});

describe('an answer of Key Vault', () => {
  it.each([
    { status: 403, inner: 'ForbiddenByRbac', becomes: 'vault-access-denied' },
    { status: 403, inner: 'ForbiddenByPolicy', becomes: 'vault-access-denied' },
    { status: 403, inner: 'AccessDenied', becomes: 'vault-access-denied' },
    { status: 403, inner: 'ForbiddenByFirewall', becomes: 'vault-network-denied' },
    { status: 403, inner: 'ForbiddenByConnection', becomes: 'vault-network-denied' },
    { status: 403, inner: 'ForbiddenByNsp', becomes: 'vault-perimeter-denied' },
    { status: 403, inner: 'ForbiddenBySomethingNew', becomes: 'unknown-refusal' },
    { status: 409, inner: 'ObjectIsSomethingNew', becomes: 'unknown-refusal' },
    { status: 409, inner: 'ObjectIsBeingDeleted', becomes: 'not-applied' },
    { status: 409, inner: 'ObjectIsBeingRecovered', becomes: 'not-applied' },
    { status: 409, inner: 'ObjectIsDeletedButRecoverable', becomes: 'not-applied' },
  ])('$status $inner is $becomes, told by the inner code', ({ status, inner, becomes }) => {
    const answer = answerOf(status, { error: { code: 'Forbidden', message: key, innererror: { code: inner } } });
    const told = failure('vault', 'write', answer);
    expect(told.kind === 'refused' ? told.reason : told.kind).toBe(becomes);
    expect(told.code).toBe(inner);
  });

  it.each([
    { says: 'The vault is in read-only mode.', becomes: 'vault-read-only' },
    { says: 'Secrets should have an expiration date set.', becomes: 'vault-policy' },
    { says: 'The operation was disallowed by policy.', becomes: 'vault-policy' },
    // An old expiry is no policy, and no role is missing because a text is not known.
    { says: 'Something else has expired.', becomes: 'unknown-refusal' },
    { says: 'Something else.', becomes: 'unknown-refusal' },
  ])('403 that says "$says" is $becomes', ({ says, becomes }) => {
    const answer = answerOf(403, { error: { code: 'Forbidden', message: says } });
    expect(failure('vault', 'write', answer)).toMatchObject({ kind: 'refused', reason: becomes });
  });

  it.each([
    {
      code: 'AKV10032',
      message:
        'AKV10032: Invalid issuer. Expected one of https://sts.windows.net/t/, found https://sts.windows.net/u/.',
      becomes: 'vault-in-another-tenant',
    },
    {
      code: 'AKV10022',
      message: 'AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://vault.azure.net/.',
      becomes: 'token-invalid',
    },
    { code: 'AKV10000', message: 'AKV10000: Request is missing a Bearer or PoP token.', becomes: 'token-invalid' },
    { code: 'Unauthorized', message: 'Request is missing a Bearer or PoP token.', becomes: 'token-invalid' },
  ])('401 $code is $becomes, told by the code in its message', ({ code, message, becomes }) => {
    const told = failure('vault', 'read', answerOf(401, { error: { code: 'Unauthorized', message } }));
    expect(told).toEqual({ kind: 'refused', reason: becomes, code });
  });

  it.each([
    { id: "'DeniedByDenyAssignment'", denies: '6d1c3e2f4b5a49788695a4b3c2d1e0f9', becomes: 'deny-assignment' },
    { id: "'DeniedWithNoValidRBAC'", denies: 'null', becomes: 'vault-access-denied' },
    { id: "'DeniedWithNoValidRBAC'", denies: '(not found)', becomes: 'vault-access-denied' },
    { id: "'DeniedWithNoValidRBAC'", denies: '', becomes: 'vault-access-denied' },
  ])('ForbiddenByRbac with DenyAssignmentId: $denies is $becomes', ({ id, denies, becomes }) => {
    const message = `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nAssignment: (not found)\r\nDenyAssignmentId: ${denies}\r\nDecisionReason: ${id} \r\nVault: v;location=l\r\n`;
    const answer = answerOf(403, { error: { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } } });
    const action = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    // What a deny assignment denies is no action that a role could give.
    expect(failure('vault', 'read', answer)).toEqual({
      kind: 'refused',
      reason: becomes,
      code: 'ForbiddenByRbac',
      ...(becomes === 'vault-access-denied' ? { action } : {}),
    });
  });

  it.each([
    { status: 401, becomes: 'unknown-refusal' },
    { status: 404, becomes: 'vault-not-found' },
    { status: 400, becomes: 'bad-request' },
    { status: 429, becomes: 'not-applied' },
    { status: 503, becomes: 'outcome-unknown' },
  ])('$status to a write is $becomes', ({ status, becomes }) => {
    expect(word('vault', 'write', status, 'SomeCode')).toBe(becomes);
  });
});

describe('no answer', () => {
  const connectError = (code: string) => new RestError('no', { code });
  const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
  it.each([
    { error: connectError('ECONNREFUSED'), underWay: true, becomes: 'not-applied', code: 'ECONNREFUSED' },
    { error: connectError('ENOTFOUND'), underWay: true, becomes: 'not-applied', code: 'ENOTFOUND' },
    { error: connectError('EAI_AGAIN'), underWay: true, becomes: 'not-applied', code: 'EAI_AGAIN' },
    { error: connectError('ECONNRESET'), underWay: true, becomes: 'outcome-unknown', code: 'ECONNRESET' },
    { error: connectError('ECONNRESET'), underWay: false, becomes: 'not-applied', code: 'ECONNRESET' },
    { error: aborted, underWay: true, becomes: 'outcome-unknown', code: 'timeout' },
    { error: aborted, underWay: false, becomes: 'not-applied', code: 'timeout' },
    { error: new Error(key), underWay: true, becomes: 'outcome-unknown', code: 'connection-failed' },
    { error: key, underWay: true, becomes: 'outcome-unknown', code: 'unknown-error' },
  ])('to a write, with $code and under way $underWay, is $becomes', ({ error, underWay, becomes, code }) => {
    const told = toFailure(error, { service: 'arm', effect: 'write', answer: null, underWay });
    expect(told).toMatchObject({ kind: becomes, code });
  });

  it('to a read is not-applied', () => {
    const told = toFailure(connectError('ECONNRESET'), {
      service: 'arm',
      effect: 'read',
      answer: null,
      underWay: true,
    });
    expect(told.kind).toBe('not-applied');
  });
});

describe('what is taken from an answer', () => {
  const date = 'Mon, 23 Nov 2026 19:00:00 GMT';
  it.each([
    { headers: { 'retry-after': '17' }, ms: 17_000 },
    { headers: { 'retry-after': '0' }, ms: 0 },
    { headers: { 'retry-after-ms': '250', 'retry-after': '17' }, ms: 250 },
    { headers: { 'x-ms-retry-after-ms': '250' }, ms: 250 },
    { headers: { date, 'retry-after': 'Mon, 23 Nov 2026 19:02:00 GMT' }, ms: 120_000 },
    { headers: { date, 'retry-after': 'Mon, 23 Nov 2026 18:00:00 GMT' }, ms: 0 },
    { headers: { 'retry-after': 'Mon, 23 Nov 2026 19:02:00 GMT' }, ms: null },
    { headers: { 'retry-after': 'soon' }, ms: null },
    { headers: {}, ms: null },
  ])('a pause of $ms ms from $headers', ({ headers, ms }) => {
    const answer = azureAnswer(response(429, JSON.stringify({ error: { code: 'TooManyRequests' } }), headers));
    expect(failure('arm', 'write', answer)).toEqual({ kind: 'not-applied', code: 'TooManyRequests', retryAfterMs: ms });
  });

  it.each([key, `A${'JQQJ99'.repeat(14)}`, 'two words', 'x'.repeat(65), '', 'a"b', '1234'])(
    'never %o as a code',
    (code) => {
      expect(failure('arm', 'write', answerOf(409, { error: { code } })).code).toBe('http-409');
    },
  );
});

function word(service: AzureService, effect: 'read' | 'write', status: number, code: string | null) {
  const told = failure(service, effect, answerOf(status, code === null ? {} : { error: { code, message: key } }));
  return told.kind === 'refused' ? told.reason : told.kind;
}

function failure(service: AzureService, effect: 'read' | 'write', answer: ReturnType<typeof azureAnswer>) {
  const told = toFailure(new Error(key), { service, effect, answer, underWay: false });
  expect(JSON.stringify(told)).not.toContain(key);
  return told;
}

function answerOf(status: number, body: unknown) {
  return azureAnswer(response(status, JSON.stringify(body), {}));
}

function response(status: number, bodyAsText: string, headers: Record<string, string>) {
  const request = createPipelineRequest({ url: 'https://management.azure.com' });
  return { request, status, bodyAsText, headers: createHttpHeaders(headers) };
}

describe('the action that a refusal names', () => {
  const long = 'x'.repeat(36);
  it.each([
    [
      'arm',
      403,
      { code: 'AuthorizationFailed' },
      "The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.CognitiveServices/accounts/listKeys/action' over scope '/subscriptions/s' or the scope is invalid.",
      'Microsoft.CognitiveServices/accounts/listKeys/action',
    ],
    [
      'arm',
      403,
      { code: 'LinkedAuthorizationFailed' },
      "The client 'a' has permission to perform action 'Microsoft.Network/privateEndpoints/write' on scope '/s'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action,Microsoft.Network/other/action' on the linked scope(s) '/t' (respectively) or the linked scope(s) are invalid.",
      'Microsoft.Network/virtualNetworks/subnets/join/action',
    ],
    [
      'arm',
      403,
      { code: 'LinkedAuthorizationFailed' },
      "The client 'a' has permission to perform action 'Microsoft.Network/privateEndpoints/write' on scope '/s'; however, it does not have permission to perform action 'PrivateEndpointConnectionsApproval/action' on the linked scope(s) '/t' or the linked scope(s) are invalid.",
      'PrivateEndpointConnectionsApproval/action',
    ],
    [
      'vault',
      403,
      { code: 'Forbidden', innererror: { code: 'ForbiddenByRbac' } },
      "Caller is not authorized to perform action on resource.\r\nCaller: appid=a;oid=b\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/s'\r\n",
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    ],
    // What could be a key, or anything but an action, is left where it is.
    ['arm', 403, { code: 'AuthorizationFailed' }, `does not have authorization to perform action '${key}' over`, null],
    [
      'arm',
      403,
      { code: 'AuthorizationFailed' },
      `does not have authorization to perform action 'Microsoft.X/${key}/read' over`,
      null,
    ],
    [
      'arm',
      403,
      { code: 'AuthorizationFailed' },
      `does not have authorization to perform action '${long}${long}/read' over`,
      null,
    ],
    ['vault', 403, { code: 'Forbidden', innererror: { code: 'ForbiddenByRbac' } }, `Action: '${key}'`, null],
    ['vault', 403, { code: 'Forbidden', innererror: { code: 'ForbiddenByRbac' } }, 'no action is named', null],
    // Azure/ARO-RP#423: a role would not help.
    [
      'arm',
      403,
      { code: 'LinkedAuthorizationFailed' },
      "The client 'a' with object id 'b' has permission to perform action 'Microsoft.Network/privateEndpoints/write' on scope '/s'; however, it does not have permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on the '0' linked scope(s) '' or the linked scope(s) are invalid and is blocked by deny assignments on the '2' linked scope(s) '/t,/u'.",
      null,
    ],
  ] as const)('of %s, %i %j', (service, status, error, message, action) => {
    const found = failure(service, 'read', answerOf(status, { error: { ...error, message } }));
    expect(found.kind === 'refused' ? (found.action ?? null) : 'not refused').toBe(action);
  });
});
