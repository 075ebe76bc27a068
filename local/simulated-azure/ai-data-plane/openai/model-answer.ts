import { createHash, randomUUID } from 'node:crypto';
import type { Account } from '../../world.ts';
import { securityHeaders } from '../refusals.ts';
import { regionDisplayName } from './region-display-name.ts';

/** A model's answer: the headers that its server adds, and those of the rate limit. */
export function modelAnswer(
  account: Account,
  body: string,
  contentType: string,
  rateLimit: Readonly<Record<string, string>>,
): Response {
  return new Response(body, {
    status: 200,
    headers: {
      'content-type': contentType,
      'apim-request-id': randomUUID(),
      'azureml-model-session': 'd20260330170902-0e618f323d34',
      'x-accel-buffering': 'no',
      ...securityHeaders,
      'x-ms-region': regionDisplayName(account.resource.location),
      ...rateLimit,
    },
  });
}

/** About four characters a token, as the vendor's rule of thumb has it. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** An id of the length that OpenAI's have, the same for the same seed: what is answered twice is answered alike. */
export function answerId(prefix: string, seed: string): string {
  return `${prefix}-${createHash('sha256').update(seed).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, 29)}`;
}
