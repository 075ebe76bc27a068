import { decoded, type Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import { refusal, securityHeaders } from '../refusals.ts';
import { regionDisplayName } from './region-display-name.ts';

/** Models that every account may deploy; those that it has deployed are added. */
const baseModels = ['gpt-4.1-mini', 'gpt-4o', 'text-embedding-3-large', 'text-embedding-ada-002'];
/** 2025-04-14T00:00Z: when the newest of them was published; the fixed date keeps answers alike. */
const publishedAtSeconds = 1_744_588_800;

/** The models that the account may use: the call that proves a key of an OpenAI account. */
export function answerModels(_exchange: Exchange, account: Account): Response {
  return answer(account, { data: modelsOf(account).map(describe), object: 'list' });
}

/** One of them; an unknown one is 404. */
export function answerModel({ url }: Exchange, account: Account): Response {
  const wanted = decoded(url.pathname.split('/').at(-1) ?? '');
  if (modelsOf(account).includes(wanted)) return answer(account, describe(wanted));
  const error = { code: 'ResourceNotFound', message: 'Not Found' };
  return refusal(404, JSON.stringify({ error }), securityHeaders);
}

function modelsOf({ deployments }: Account): readonly string[] {
  return [...new Set([...baseModels, ...Object.values(deployments).map(({ model }) => model)])].sort();
}

function describe(id: string): object {
  const isEmbedding = id.includes('embedding');
  return {
    status: 'succeeded',
    capabilities: {
      fine_tune: false,
      inference: true,
      completion: false,
      chat_completion: !isEmbedding,
      embeddings: isEmbedding,
    },
    lifecycle_status: 'generally-available',
    deprecation: { inference: 1_830_297_600 },
    id,
    created_at: publishedAtSeconds,
    updated_at: publishedAtSeconds,
    object: 'model',
  };
}

function answer(account: Account, body: object): Response {
  const response = refusal(200, JSON.stringify(body), securityHeaders);
  response.headers.set('x-ms-region', regionDisplayName(account.resource.location));
  return response;
}
