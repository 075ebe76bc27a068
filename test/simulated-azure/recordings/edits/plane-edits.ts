import { readingCalls } from '../../../../local/simulated-azure/ai-data-plane/kinds/reading-calls.ts';
import type { Operation } from '../../../../local/simulated-azure/ai-data-plane/operation.ts';
import type { Account, World } from '../../../../local/simulated-azure/world.ts';
import { guidOf } from '../placeholders.ts';
import { accountFrom, addDeployment } from '../recorded-account.ts';
import { isObject, type Json, type RecordedExchange, type RecordedFile, textAt } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

const SUBSCRIPTION = guidOf('subscription of recorded endpoints');

/** The AI accounts and deployments behind the endpoints that a recording calls. */
export function planeEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  file.exchanges.forEach((exchange, index) => {
    const url = new URL(exchange.request.url);
    if (!isAiHost(url.hostname)) return;
    edits.push({ before: index, apply: (world) => setAccount(world, url.hostname, exchange) });
    const deployment = /\/openai\/deployments\/([^/]+)\//.exec(url.pathname)?.[1];
    if (deployment === undefined || exchange.response.status === 401) return;
    const missing = textAt(exchange.response.body, 'error', 'code') === 'DeploymentNotFound';
    edits.push({
      before: index,
      apply: (world) => setDeployment(accountAt(world, url.hostname), deployment, missing, exchange),
    });
  });
  return edits;
}

/** The call of a single kind by which keys are tried, if this is one. */
export function readingCallOf({ method, url }: RecordedExchange['request']): Operation | undefined {
  const path = new URL(url).pathname.replace(/^\/{2,}/, '/');
  return readingCalls.find((call) => call.method === method && call.path.test(path));
}

export function isAiHost(host: string): boolean {
  return /\.(cognitiveservices\.azure\.com|openai\.azure\.com|services\.ai\.azure\.com|api\.cognitive\.microsoft\.com)$/.test(
    host,
  );
}

/** The account that answers at a host: by its subdomain, or by its region. */
export function accountAt(world: World, host: string): Account | undefined {
  const first = host.split('.')[0] ?? '';
  return world.accounts.find(
    (account) =>
      account.resource.properties.customSubDomainName === first ||
      (host.includes('.api.cognitive.') && account.resource.location === first),
  );
}

function setAccount(world: World, host: string, exchange: RecordedExchange): void {
  const first = host.split('.')[0] ?? '';
  const message = textAt(exchange.response.body, 'error', 'message') ?? '';
  const call = readingCallOf(exchange.request);
  const kind =
    call !== undefined
      ? (call.kinds[0] ?? '')
      : host.includes('.openai.')
        ? 'OpenAI'
        : host.includes('.services.ai.')
          ? 'AIServices'
          : 'TextAnalytics';
  const known = accountAt(world, host);
  const isRegional = host.includes('.api.cognitive.');
  const region = exchange.response.headers['x-ms-region']?.toLowerCase().replaceAll(' ', '') ?? 'eastus';
  const account =
    known ??
    accountFrom(
      { subscription: SUBSCRIPTION, group: 'rg-recorded', name: `account-${first}` },
      {
        kind,
        location: isRegional ? first : region,
        properties: { customSubDomainName: first, endpoint: `https://${host}/` },
      },
    );
  if (known === undefined) world.accounts.push(account);
  if (call !== undefined) account.resource.kind = kind;
  if (call !== undefined) account.contents = { [call.name]: itemsIn(exchange.response.body) };
  const properties = account.resource.properties;
  if (isRegional && known === undefined) delete properties.customSubDomainName;
  if (/Virtual Network/.test(message)) {
    properties.networkAcls = { defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] };
    if (isRegional) properties.customSubDomainName = `subdomain-of-${first}`;
  }
  if (/Public access is disabled/.test(message)) properties.publicNetworkAccess = 'Disabled';
  if (/authentication is disabled/i.test(message)) properties.disableLocalAuth = true;
}

/** The items of a list, which some services answer bare and others below a name. */
function itemsIn(body: Json | undefined): readonly Json[] {
  if (Array.isArray(body)) return body;
  return isObject(body) ? (Object.values(body).find((member) => Array.isArray(member)) ?? []) : [];
}

function setDeployment(account: Account | undefined, name: string, missing: boolean, exchange: RecordedExchange): void {
  if (account === undefined) return;
  if (missing) delete account.deployments[name];
  else if (account.deployments[name] === undefined) {
    const model =
      textAt(exchange.response.body, 'model') ??
      (exchange.request.url.includes('embeddings') ? 'text-embedding-3-large' : 'gpt-4o-mini');
    addDeployment(account, name, {
      name,
      properties: { model: { format: 'OpenAI', name: model, version: '1' }, provisioningState: 'Succeeded' },
      sku: { name: 'Standard', capacity: exchange.response.status === 429 ? 1 : 120 },
    });
  }
}
