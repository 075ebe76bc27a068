const jsonType = { 'content-type': 'application/json; charset=utf-8' };

/** A JSON answer, typed as ARM types it. */
export function armAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...jsonType, ...headers } });
}

/** An answer without a body. */
export function armEmpty(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { 'content-length': '0', ...headers } });
}

/** A provider's error. */
export function armError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return armAnswer(status, { error: { code, message } }, headers);
}

/** An error that ARM itself gives before any provider is asked. */
export function gatewayError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return armError(status, code, message, { 'x-ms-failure-cause': 'gateway', ...headers });
}

/** The gateway's 404 for a resource that is not in its index. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): Response {
  return gatewayError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}
