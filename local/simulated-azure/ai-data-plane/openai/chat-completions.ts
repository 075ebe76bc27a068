import { z } from 'zod';
import type { Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import type { Operation } from '../operation.ts';
import { completionFilterResults, promptFilterResults } from './content-filter.ts';
import { deploymentNotFound, findDeployment, invalidRequest, operationNotSupported } from './deployment.ts';
import { answerId, countTokens, modelAnswer } from './model-answer.ts';
import { spend } from './rate-limit.ts';

const shape = z.object({
  model: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
});

interface Completion {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly content: string;
  readonly usage: object;
}

/** A chat completion, whole or streamed: a short answer that shows how many words it was asked. */
export function answerChatCompletion(exchange: Exchange, account: Account, operation: Operation): Response {
  const body = json(exchange.body);
  if (body === undefined) return invalidRequest('We could not parse the JSON body of your request.', null);
  const parsed = shape.safeParse(body);
  const asked = modelOf(body);
  const deployment = findDeployment(exchange, account, asked);
  if (deployment === null) return deploymentNotFound(account);
  if (!parsed.success) return invalidRequest("'messages' is a required property", null);
  if (deployment.model.includes('embedding')) return operationNotSupported('chatCompletion', deployment);
  const prompt = JSON.stringify(parsed.data.messages);
  const content = `This is the simulated ${deployment.model}. You wrote ${prompt.split(/\s+/).length} words to me.`;
  const promptTokens = countTokens(prompt);
  const completionTokens = countTokens(content);
  const spent = spend(exchange, account, operation, deployment, promptTokens);
  if ('refused' in spent) return spent.refused;
  const created = Math.floor(exchange.azure.clock.nowMs() / 1000);
  const completion: Completion = {
    id: answerId('chatcmpl', `${created} ${prompt}`),
    created,
    model: deployment.modelName,
    content,
    usage: usage(promptTokens, completionTokens),
  };
  if (parsed.data.stream !== true) return modelAnswer(account, whole(completion), 'application/json', spent.headers);
  const events = streamed(completion, parsed.data.stream_options?.include_usage === true);
  return modelAnswer(account, events, 'text/event-stream; charset=utf-8', spent.headers);
}

function whole({ id, created, model, content, usage }: Completion): string {
  const message = { annotations: [], content, refusal: null, role: 'assistant' };
  return JSON.stringify({
    choices: [
      {
        content_filter_results: completionFilterResults,
        finish_reason: 'stop',
        index: 0,
        logprobs: null,
        message,
      },
    ],
    created,
    id,
    model,
    object: 'chat.completion',
    prompt_filter_results: promptFilterResults,
    system_fingerprint: fingerprint,
    usage,
  });
}

/** Server-sent events: what the filter made of the prompt, the role, a chunk for each word, the end, and `[DONE]`. */
function streamed({ id, created, model, content, usage }: Completion, includeUsage: boolean): string {
  const chunk = (choices: readonly object[], more: object = {}) => ({
    choices,
    created,
    id,
    model,
    obfuscation: '',
    object: 'chat.completion.chunk',
    system_fingerprint: fingerprint,
    ...(includeUsage ? { usage: null } : {}),
    ...more,
  });
  const choice = (delta: object, filtered: object, finish: string | null = null) => [
    { content_filter_results: filtered, delta, finish_reason: finish, index: 0, logprobs: null },
  ];
  const words = content.match(/\s*\S+/g) ?? [];
  const chunks = [
    { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: promptFilterResults },
    chunk(choice({ content: '', refusal: null, role: 'assistant' }, {})),
    ...words.map((word) => chunk(choice({ content: word }, completionFilterResults))),
    chunk(choice({}, {}, 'stop')),
    ...(includeUsage ? [chunk([], { usage })] : []),
  ];
  return `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')}data: [DONE]\n\n`;
}

const fingerprint = 'fp_b6f445fc1c';

function usage(prompt: number, completion: number): object {
  return {
    completion_tokens: completion,
    completion_tokens_details: {
      accepted_prediction_tokens: 0,
      audio_tokens: 0,
      reasoning_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    prompt_tokens: prompt,
    prompt_tokens_details: { audio_tokens: 0, cached_tokens: 0 },
    total_tokens: prompt + completion,
  };
}

function modelOf(body: unknown): string | undefined {
  return z.object({ model: z.string() }).safeParse(body).data?.model;
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
