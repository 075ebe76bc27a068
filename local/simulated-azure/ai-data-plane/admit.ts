import { unknownRequest } from '../azure.ts';
import { verifyToken } from '../entra/verify-token.ts';
import type { Exchange } from '../exchange.ts';
import { NameNotFound } from '../faults.ts';
import { networkPath } from '../network/network-path.ts';
import { isAllowed } from '../rbac.ts';
import { cloudOf, withSlashes } from '../simulated-clouds.ts';
import type { Account } from '../world.ts';
import { type Addressed, addressedAccount } from './addressed-account.ts';
import { acceptsKey, refusesKeys } from './key-acceptance.ts';
import { hasNetworkRules, networkVerdict } from './network-rules.ts';
import type { Operation } from './operation.ts';
import * as refusals from './refusals.ts';

/** The account that serves the request, or why the gateway refuses it. */
export type Admission =
  | { readonly kind: 'admitted'; readonly account: Account }
  | { readonly kind: 'refused'; readonly answer: Response };

/** Asks the account's network rules, then the key or token, then the account's kind; notes who called. */
export async function admit(exchange: Exchange, operation: Operation): Promise<Admission> {
  const addressed = addressedAccount(exchange);
  if (addressed === null) return refused(unknownRequest(exchange));
  if (addressed.kind === 'custom') {
    const answer = networkRefusal(exchange, addressed.account);
    if (answer !== null) return refused(answer);
  }
  const key = givenKey(exchange.request.headers) ?? bearerKey(exchange.request.headers, operation);
  const isToken = key === null && exchange.request.headers.has('authorization');
  const admission = isToken
    ? await admitToken(exchange, addressed, operation)
    : admitKey(exchange, addressed, key ?? '', operation);
  if (admission.kind === 'admitted' && !operation.kinds.includes(admission.account.resource.kind)) {
    return refused(refusals.wrongKind(exchange, admission.account, operation));
  }
  return admission;
}

function networkRefusal(exchange: Exchange, account: Account): Response | null {
  const path = networkPath(exchange, 'Microsoft.CognitiveServices');
  if (path.kind === 'no-such-name') throw new NameNotFound(exchange.url.hostname);
  switch (networkVerdict(account, path)) {
    case 'open':
      return null;
    case 'public-access-disabled':
      return refusals.publicAccessDisabled();
    case 'not-on-the-list':
      return refusals.deniedByNetworkRules();
  }
}

/** The gateway takes a key under either name, whatever the operation; Custom Vision has a name of its own. */
function givenKey(headers: Headers): string | null {
  return headers.get('ocp-apim-subscription-key') ?? headers.get('api-key') ?? headers.get('training-key');
}

/**
 * The v1 API takes a key where the OpenAI clients put it: https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle.
 * How the gateway tells it from a token is not documented; here a token is what has a JWT's three parts.
 */
function bearerKey(headers: Headers, { basePath }: Operation): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  return basePath === '/openai/v1' && bearer !== undefined && bearer.split('.').length !== 3 ? bearer : null;
}

function admitKey(exchange: Exchange, addressed: Addressed, key: string, operation: Operation): Admission {
  exchange.note.caller = 'key';
  const candidates = addressed.kind === 'custom' ? [addressed.account] : addressed.accounts;
  const account = candidates.find((each) => acceptsKey(exchange, each, key));
  if (account === undefined) return refused(refusals.badKey());
  if (addressed.kind === 'regional' && hasNetworkRules(account)) return refused(refusals.networkRulesOnRegionalHost());
  if (refusesKeys(exchange, account)) {
    // Azure OpenAI names the reason (reported); elsewhere the documentation shows the bad-key text.
    return refused(operation.basePath.startsWith('/openai') ? refusals.keysDisabled() : refusals.badKey());
  }
  return { kind: 'admitted', account };
}

async function admitToken(exchange: Exchange, addressed: Addressed, operation: Operation): Promise<Admission> {
  if (addressed.kind === 'regional') return refused(refusals.tokenOnRegionalHost());
  const { azure, note, request } = exchange;
  const { account } = addressed;
  // With and without the trailing slash, as the real gateway does.
  const audiences = withSlashes(cloudOf(azure.world).cognitive.audiences);
  const token = await verifyToken(azure, request.headers.get('authorization'), audiences);
  if (token.kind !== 'valid') return refused(refusals.badToken(cloudOf(azure.world).cognitive.audiences[0] ?? ''));
  note.caller = token.objectId;
  if (!isAllowed(azure, token.objectId, 'dataAction', operation.dataAction, resourceIdOf(account))) {
    return refused(refusals.missingDataAction(token.objectId, operation));
  }
  return { kind: 'admitted', account };
}

function resourceIdOf({ subscriptionId, resourceGroup, name }: Account): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`;
}

function refused(answer: Response): Admission {
  return { kind: 'refused', answer };
}
