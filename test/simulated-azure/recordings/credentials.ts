import type { SimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { CALLER, STRANGER } from './callers.ts';
import { accountAt, isAiHost } from './plane-edits.ts';
import { type RecordedExchange, textAt } from './recorded-file.ts';

/**
 * The headers that prove who calls. Recorders strip them, so the recorded answer says what must have been sent: a good
 * token or key, unless it refuses a missing, expired, wrong or powerless one.
 */
export async function credentials(azure: SimulatedAzure, exchange: RecordedExchange): Promise<Record<string, string>> {
  const host = new URL(exchange.request.url).hostname;
  const { status, body } = exchange.response;
  const code = textAt(body, 'error', 'code') ?? '';
  const message = textAt(body, 'error', 'message') ?? '';
  if (isAiHost(host)) return planeCredentials(azure, exchange);
  if (status === 401 && /missing a Bearer|AuthenticationFailed/.test(`${code} ${message}`) && !/expired/i.test(message))
    return {};
  const usual = host.includes('.vault.') ? 'https://vault.azure.net' : 'https://management.azure.com/';
  const audience = /Invalid audience.*found: (\S+?)\.?$/.exec(message)?.[1] ?? usual;
  const isPowerless =
    code === 'AuthorizationFailed' || textAt(body, 'error', 'innererror', 'code') === 'ForbiddenByRbac';
  const lifetimeSeconds = /expire/i.test(`${code} ${message}`) && status === 401 ? -3_600 : 3_600;
  return bearer(azure, audience, isPowerless, lifetimeSeconds);
}

async function planeCredentials(azure: SimulatedAzure, exchange: RecordedExchange): Promise<Record<string, string>> {
  const host = new URL(exchange.request.url).hostname;
  const { status, body } = exchange.response;
  const code = textAt(body, 'error', 'code') ?? '';
  const message = textAt(body, 'error', 'message') ?? '';
  const key = accountAt(azure.world, host)?.keys.findLast((issued) => issued.replacedAtMs === null)?.value ?? '';
  const header =
    host.includes('.openai.') && exchange.request.headers['ocp-apim-subscription-key'] === undefined
      ? 'api-key'
      : 'ocp-apim-subscription-key';
  if (exchange.request.headers.authorization !== undefined || code === 'PermissionDenied') {
    return bearer(azure, 'https://cognitiveservices.azure.com', code === 'PermissionDenied', 3_600);
  }
  const isBadKey = status === 401 && /invalid subscription key/.test(message);
  return { [header]: isBadKey ? '0'.repeat(32) : key };
}

async function bearer(
  azure: SimulatedAzure,
  audience: string,
  isPowerless: boolean,
  lifetimeSeconds: number,
): Promise<Record<string, string>> {
  const { token } = await issueToken(azure, { principal: isPowerless ? STRANGER : CALLER, audience, lifetimeSeconds });
  return { authorization: `Bearer ${token}` };
}
