import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import type { Operation } from '../operation.ts';
import { deploymentNotFound, findDeployment, invalidRequest, operationNotSupported } from './deployment.ts';
import { countTokens, modelAnswer } from './model-answer.ts';
import { spend } from './rate-limit.ts';

/** Lengths of the vectors: https://learn.microsoft.com/azure/ai-services/openai/concepts/models#embeddings. */
const dimensionsOf: Readonly<Record<string, number>> = {
  'text-embedding-3-large': 3072,
  'text-embedding-3-small': 1536,
  'text-embedding-ada-002': 1536,
};

const tokens = z.array(z.int());
const shape = z.object({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.string()).min(1), tokens.min(1), z.array(tokens).min(1)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().positive().nullish(),
});

/** Embeddings as numbers or as base64 of 32-bit floats: of length one, and the same for the same text. */
export function answerEmbeddings(exchange: Exchange, account: Account, operation: Operation): Response {
  const body = json(exchange.body);
  if (body === undefined) return invalidRequest('We could not parse the JSON body of your request.', null);
  const asked = z.object({ model: z.string() }).safeParse(body).data?.model;
  const deployment = findDeployment(exchange, account, asked);
  if (deployment === null) return deploymentNotFound(account);
  const parsed = shape.safeParse(body);
  if (!parsed.success) return invalidRequest("'input' is a required property", null);
  if (!deployment.model.includes('embedding')) return operationNotSupported('embeddings', deployment);
  const texts = textsOf(parsed.data.input);
  const promptTokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const spent = spend(exchange, account, operation, deployment, promptTokens);
  if ('refused' in spent) return spent.refused;
  const dimensions = parsed.data.dimensions ?? dimensionsOf[deployment.model] ?? 1536;
  const data = texts.map((text, index) => {
    const vector = embed(text, dimensions);
    const embedding =
      parsed.data.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  const answer = { object: 'list', data, model: deployment.model, usage };
  return modelAnswer(account, JSON.stringify(answer), 'application/json', spent.headers);
}

/** One text for each vector; a text may also come as the numbers of its tokens. */
function textsOf(input: z.infer<typeof shape>['input']): readonly string[] {
  if (typeof input === 'string') return [input];
  return input.every((each) => typeof each === 'number')
    ? [input.join(' ')]
    : input.map((each) => [each].flat().join(' '));
}

function embed(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  // Each number from a hash of the text and its place.
  const seed = createHash('sha256').update(text).digest();
  const raw = Array.from({ length: dimensions }, (_, at) => Math.sin(seed.readUInt16BE(at % 31) * (at + 1)));
  const length = Math.hypot(...raw);
  return Float32Array.from(raw, (number) => number / length);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
