import { randomUUID } from 'node:crypto';
import { unknownRequest } from '../../azure.ts';
import type { Exchange } from '../../exchange.ts';
import { securityHeaders } from '../refusals.ts';
import { detectLanguage } from './detect-language.ts';
import { type DetectionInput, type DetectionProblem, detectionInput, isCountryHint } from './detection-input.ts';

/** Longest document, in text elements: https://aka.ms/text-analytics-data-limits. */
const maxTextElements = 5120;
/** A document counts as one text record for each thousand characters, for billing. */
const textRecordCharacters = 1000;

interface Detected {
  readonly documents: readonly object[];
  readonly errors: readonly object[];
  readonly statistics: { readonly transactionsCount: number };
}

/** POST /text/analytics/v3.x/languages: the results are the body. */
export function textAnalyticsLanguages(exchange: Exchange): Response {
  const { searchParams, pathname } = exchange.url;
  const input = detectionInput(json(exchange.body), searchParams.get('model-version'), 'text-analytics');
  if ('problem' in input) return badRequest(input);
  const showStats = searchParams.get('showStats') === 'true';
  const modelVersion = input.modelVersion ?? (pathname.includes('v3.2') ? '2021-01-05' : '2021-11-20');
  const detected = detect(input, showStats, 'Invalid document in request.');
  return success({ ...results(detected, showStats), modelVersion }, detected);
}

/** POST /language/:analyze-text with kind LanguageDetection: the results are one member of the body. */
export function analyzeText(exchange: Exchange): Response {
  const { searchParams } = exchange.url;
  const body = record(json(exchange.body));
  if (typeof body.kind === 'string' && body.kind !== 'LanguageDetection') return unknownRequest(exchange);
  const asked = record(body.parameters).modelVersion;
  const input = detectionInput(body.analysisInput, typeof asked === 'string' ? asked : null, 'language');
  if ('problem' in input) return badRequest(input);
  const showStats = searchParams.get('showStats') === 'true';
  const modelVersion = input.modelVersion ?? '2021-11-20';
  const detected = detect(input, showStats, 'Invalid Document in request.');
  const answer = { kind: 'LanguageDetectionResults', results: { ...results(detected, showStats), modelVersion } };
  return success(answer, detected);
}

function results(detected: Detected, showStats: boolean): object {
  const { documents, errors, statistics } = detected;
  return showStats ? { statistics, documents, errors } : { documents, errors };
}

function detect(input: DetectionInput, showStats: boolean, invalidDocument: string): Detected {
  const documents: object[] = [];
  const errors: object[] = [];
  let transactionsCount = 0;
  for (const { id, text, countryHint } of input.documents) {
    const charactersCount = textElements(text);
    if (!isCountryHint(countryHint)) {
      const message = 'Country hint is not valid. Please specify an ISO 3166-1 alpha-2 two letter country code.';
      errors.push(documentError(id, 'Invalid Country Hint.', 'InvalidCountryHint', message));
    } else if (text.trim() === '') {
      errors.push(documentError(id, invalidDocument, 'InvalidDocument', 'Document text is empty.'));
    } else if (charactersCount > maxTextElements) {
      const message = `A document within the request was too large to be processed. Limit document size to: ${maxTextElements} text elements. For additional details on the data limitations see https://aka.ms/text-analytics-data-limits`;
      errors.push(documentError(id, invalidDocument, 'InvalidDocument', message));
    } else {
      const transactions = Math.ceil(charactersCount / textRecordCharacters);
      transactionsCount += transactions;
      const statistics = { charactersCount, transactionsCount: transactions };
      const detectedLanguage = detectLanguage(text, countryHint);
      documents.push({ id, detectedLanguage, ...(showStats ? { statistics } : {}), warnings: [] });
    }
  }
  const statistics = {
    documentsCount: input.documents.length,
    validDocumentsCount: documents.length,
    erroneousDocumentsCount: errors.length,
    transactionsCount,
  };
  return { documents, errors, statistics };
}

function documentError(id: string, message: string, innerCode: string, innerMessage: string): object {
  return { id, error: { code: 'InvalidArgument', message, innererror: { code: innerCode, message: innerMessage } } };
}

/** Made once: making one takes longer than all else that a request asks for. */
const segmenter = new Intl.Segmenter();

/** What a reader would call characters: `é` is one, however it is encoded. */
function textElements(text: string): number {
  // Of plain ASCII each is one, but a line's end of two.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...segmenter.segment(text)].length;
}

function success(body: object, { documents, statistics }: Detected): Response {
  const billed = `CognitiveServices.TextAnalytics.BatchScoring=${documents.length},CognitiveServices.TextAnalytics.TextRecords=${statistics.transactionsCount}`;
  return answer(200, body, documents.length === 0 ? {} : { 'csp-billing-usage': billed });
}

function badRequest({ problem, message, detail }: DetectionProblem): Response {
  return answer(
    400,
    { error: { code: 'InvalidRequest', message, innererror: { code: problem, message: detail } } },
    {},
  );
}

function answer(status: number, body: object, headers: Record<string, string>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'apim-request-id': randomUUID(),
      'content-type': 'application/json; charset=utf-8',
      ...headers,
      ...securityHeaders,
      'x-envoy-upstream-service-time': '8',
    },
  });
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
