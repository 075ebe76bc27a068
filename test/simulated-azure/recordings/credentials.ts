import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import { CALLER, STRANGER } from './callers.ts';
import { accountAt, isAiHost } from './edits/plane-edits.ts';
import { topicAt } from './edits/topic-edits.ts';
import { guidOf } from './placeholders.ts';
import { type RecordedExchange, textAt } from './recorded-file.ts';

/** What kind of proof a request must have carried to be answered as recorded. */
type Proof =
  | { readonly kind: 'none' | 'garbage' | 'powerless' | 'expired' | 'of-another-tenant' | 'good' }
  | { readonly kind: 'wrong-audience'; readonly audience: string };

/**
 * The headers that prove who calls. Recorders strip them, so the recorded answer says what must have been sent: a good
 * token or key, unless it refuses a missing, expired, wrong or powerless one.
 */
export async function credentials(azure: SimulatedAzure, exchange: RecordedExchange): Promise<Record<string, string>> {
  const host = new URL(exchange.request.url).hostname;
  const topic = topicAt(azure.world, host);
  if (topic !== undefined) return { 'aeg-sas-key': exchange.response.status === 401 ? 'garbage' : topic.keys.key1 };
  if (isAiHost(host) && !isTokenCall(exchange)) return keyHeader(azure, exchange, host);
  return tokenHeader(azure, proofOf(exchange), audienceOf(host));
}

function proofOf({ response: { status, body } }: RecordedExchange): Proof {
  const code = textAt(body, 'error', 'code') ?? '';
  const inner = textAt(body, 'error', 'innererror', 'code') ?? '';
  const message = textAt(body, 'error', 'message') ?? '';
  if (['AuthorizationFailed', 'PermissionDenied'].includes(code)) return { kind: 'powerless' };
  if (['ForbiddenByRbac', 'ForbiddenByPolicy', 'AccessDenied'].includes(inner)) return { kind: 'powerless' };
  // A refusal that was kept without its body: what else refuses a request that reached the vault is not recorded so.
  if (status === 403 && body === undefined) return { kind: 'powerless' };
  if (status !== 401) return { kind: 'good' };
  const audience = /Invalid audience.*found: (\S+?)\.?$|wrong audience or resource '([^']+)'/.exec(message);
  if (audience !== null) return { kind: 'wrong-audience', audience: audience[1] ?? audience[2] ?? '' };
  if (/expire/i.test(`${code} ${message}`)) return { kind: 'expired' };
  if (/issuer/i.test(message)) return { kind: 'of-another-tenant' };
  if (/missing a Bearer|'Authorization' header/.test(message)) return { kind: 'none' };
  return { kind: 'garbage' };
}

async function tokenHeader(azure: SimulatedAzure, proof: Proof, usual: string): Promise<Record<string, string>> {
  if (proof.kind === 'none') return {};
  if (proof.kind === 'garbage') return { authorization: 'Bearer garbage' };
  const world = { ...azure.world, tenantId: guidOf('another tenant') };
  const issuer = proof.kind === 'of-another-tenant' ? { ...azure, world } : azure;
  const { token } = await issueToken(issuer, {
    principal: proof.kind === 'powerless' ? STRANGER : CALLER,
    audience: proof.kind === 'wrong-audience' ? proof.audience : usual,
    lifetimeSeconds: proof.kind === 'expired' ? -3_600 : 3_600,
  });
  return { authorization: `Bearer ${token}` };
}

function audienceOf(host: string): string {
  if (host.includes('.vault.')) return 'https://vault.azure.net';
  return isAiHost(host) ? 'https://cognitiveservices.azure.com' : 'https://management.azure.com/';
}

function isTokenCall({ request, response }: RecordedExchange): boolean {
  return request.headers.authorization !== undefined || textAt(response.body, 'error', 'code') === 'PermissionDenied';
}

function keyHeader(azure: SimulatedAzure, exchange: RecordedExchange, host: string): Record<string, string> {
  const { request, response } = exchange;
  const message = textAt(response.body, 'error', 'message') ?? '';
  const isOpenAi = host.includes('.openai.') && request.headers['ocp-apim-subscription-key'] === undefined;
  const isBad = response.status === 401 && /invalid subscription key/.test(message);
  const key = accountAt(azure.world, host)?.keys.findLast((issued) => issued.replacedAtMs === null)?.value ?? '';
  return { [isOpenAi ? 'api-key' : 'ocp-apim-subscription-key']: isBad ? '0'.repeat(32) : key };
}
