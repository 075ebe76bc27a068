import { unknownRequest } from '../azure.ts';
import type { Exchange } from '../exchange.ts';
import { readingCalls } from './kinds/reading-calls.ts';
import { answerChatCompletion } from './openai/chat-completions.ts';
import { answerEmbeddings } from './openai/embeddings.ts';
import { answerModel, answerModels } from './openai/models.ts';
import type { Operation } from './operation.ts';
import { analyzeText, textAnalyticsLanguages } from './text-analytics/detect-languages.ts';

const datedVersion = /^20\d\d-\d\d-\d\d(-preview)?$/;
const languageKinds = ['AIServices', 'CognitiveServices', 'TextAnalytics'];
const openAiKinds = ['AIServices', 'OpenAI'];
const textAnalyticsApi = ({ url }: Exchange) => `Text Analytics API (${url.pathname.split('/')[3]})`;
const languageApi = ({ url }: Exchange) => `Language APIs (${url.searchParams.get('api-version')})`;
const openAiApi = ({ url }: Exchange) => `Azure OpenAI API version ${url.searchParams.get('api-version') ?? 'v1'}`;
const account = 'Microsoft.CognitiveServices/accounts';

const textAnalytics = { basePath: '/text/analytics', apiVersion: null, api: textAnalyticsApi, kinds: languageKinds };
const language = { basePath: '/language', apiVersion: datedVersion, api: languageApi, kinds: languageKinds };
const openAi = { basePath: '/openai', apiVersion: datedVersion, api: openAiApi, kinds: openAiKinds };
const openAiV1 = { ...openAi, basePath: '/openai/v1', apiVersion: null };
const modelInference = { ...openAi, basePath: '/models' };
const chat = {
  name: 'ChatCompletions_Create',
  dataAction: `${account}/OpenAI/deployments/chat/completions/action`,
  answer: answerChatCompletion,
};
const embeddings = {
  name: 'Embeddings_Create',
  dataAction: `${account}/OpenAI/deployments/embeddings/action`,
  answer: answerEmbeddings,
};
const listModels = { name: 'Models_List', dataAction: `${account}/OpenAI/models/read`, answer: answerModels };
const getModel = { name: 'Models_Get', dataAction: `${account}/OpenAI/models/read`, answer: answerModel };

const operations: readonly Operation[] = [
  {
    ...textAnalytics,
    method: 'POST',
    path: /^\/text\/analytics\/v3\.[0-2](-preview\.\d)?\/languages$/,
    template: '/text/analytics/{version}/languages',
    name: 'Detect Language',
    dataAction: `${account}/TextAnalytics/languages/action`,
    answer: textAnalyticsLanguages,
  },
  {
    ...language,
    method: 'POST',
    path: /^\/language\/:analyze-text$/,
    template: '/language/:analyze-text',
    name: 'AnalyzeText',
    dataAction: `${account}/Language/analyze-text/action`,
    answer: analyzeText,
  },
  { ...openAi, ...listModels, method: 'GET', path: /^\/openai\/models$/, template: '/openai/models' },
  { ...openAi, ...getModel, method: 'GET', path: /^\/openai\/models\/[^/]+$/, template: '/openai/models/{model-id}' },
  {
    ...openAi,
    ...chat,
    method: 'POST',
    path: /^\/openai\/deployments\/[^/]+\/chat\/completions$/,
    template: '/openai/deployments/{deployment-id}/chat/completions',
  },
  {
    ...openAi,
    ...embeddings,
    method: 'POST',
    path: /^\/openai\/deployments\/[^/]+\/embeddings$/,
    template: '/openai/deployments/{deployment-id}/embeddings',
  },
  { ...openAiV1, ...listModels, method: 'GET', path: /^\/openai\/v1\/models$/, template: '/openai/v1/models' },
  {
    ...openAiV1,
    ...getModel,
    method: 'GET',
    path: /^\/openai\/v1\/models\/[^/]+$/,
    template: '/openai/v1/models/{model}',
  },
  {
    ...openAiV1,
    ...chat,
    method: 'POST',
    path: /^\/openai\/v1\/chat\/completions$/,
    template: '/openai/v1/chat/completions',
  },
  {
    ...openAiV1,
    ...embeddings,
    method: 'POST',
    path: /^\/openai\/v1\/embeddings$/,
    template: '/openai/v1/embeddings',
  },
  {
    ...modelInference,
    ...chat,
    method: 'POST',
    path: /^\/models\/chat\/completions$/,
    template: '/models/chat/completions',
  },
  { ...modelInference, ...embeddings, method: 'POST', path: /^\/models\/embeddings$/, template: '/models/embeddings' },
  {
    // Agents are not simulated, but the gateway's refusal of a token without their data action is.
    ...openAi,
    basePath: '/api',
    kinds: ['AIServices'],
    method: 'GET',
    path: /^\/api\/projects\/[^/]+\/assistants\/[^/]+$/,
    template: '/api/projects/{projectName}/assistants/{assistantId}',
    apiVersion: null,
    name: 'Agents_GetAgent',
    dataAction: `${account}/AIServices/agents/read`,
    answer: unknownRequest,
  },
  // The same of two calls that are recorded, or reported, with a wrong key.
  {
    basePath: '/computervision',
    kinds: ['ComputerVision', 'AIServices', 'CognitiveServices'],
    method: 'POST',
    path: /^\/computervision\/imageanalysis:analyze$/,
    template: '/computervision/imageanalysis:analyze',
    apiVersion: datedVersion,
    api: () => 'Computer Vision API',
    name: 'ImageAnalysis_Analyze',
    dataAction: `${account}/ComputerVision/imageanalysis:analyze/action`,
    answer: unknownRequest,
  },
  {
    basePath: '/sts',
    kinds: ['SpeechServices', 'TextTranslation', 'AIServices', 'CognitiveServices'],
    method: 'POST',
    path: /^\/sts\/v1\.0\/issueToken$/i,
    template: '/sts/v1.0/issueToken',
    apiVersion: null,
    api: () => 'Token API',
    name: 'IssueToken',
    dataAction: `${account}/SpeechServices/*/action`,
    answer: unknownRequest,
  },
  ...readingCalls,
];

/**
 * The operation that the request asks for; `no-such-version` when its api-version is missing or none, which the real
 * gateway answers like an unknown path; null for what this simulation does not know.
 */
export function findOperation(exchange: Exchange): Operation | 'no-such-version' | null {
  const { request, url } = exchange;
  const path = url.pathname.replace(/^\/{2,}/, '/');
  const operation = operations.find((each) => each.method === request.method && each.path.test(path));
  if (operation === undefined) return null;
  const { apiVersion } = operation;
  if (apiVersion !== null && !apiVersion.test(url.searchParams.get('api-version') ?? '')) return 'no-such-version';
  return operation;
}
