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
    { status: 409, code: 'ScopeLocked', becomes: 'resource-lock' },
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

  it.each([408, 500, 502, 503, 504, 202])('%i to a read is not-applied', (status) => {
    expect(word('arm', 'read', status, 'Whatever')).toBe('not-applied');
  });

  it('to listKeys on an account without keys is local-auth-disabled', () => {
    const message = 'Failed to list key. disableLocalAuth is set to be true';
    const answer = answerOf(400, { error: { code: 'BadRequest', message } });
    expect(failure('arm', 'read', answer)).toMatchObject({ kind: 'refused', reason: 'local-auth-disabled' });
  });

  it.each([403, 404, 409])('%i without an Azure code, as a proxy’s page, refuses nothing', (status) => {
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
    { says: 'Something else.', becomes: 'vault-access-denied' },
  ])('403 that says "$says" is $becomes', ({ says, becomes }) => {
    const answer = answerOf(403, { error: { code: 'Forbidden', message: says } });
    expect(failure('vault', 'write', answer)).toMatchObject({ kind: 'refused', reason: becomes });
  });

  it.each([
    { status: 401, becomes: 'not-applied' },
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
  ] as const)('of %s, %i %j', (service, status, error, message, action) => {
    const found = failure(service, 'read', answerOf(status, { error: { ...error, message } }));
    expect(found.kind === 'refused' ? (found.action ?? null) : 'not refused').toBe(action);
  });
});
