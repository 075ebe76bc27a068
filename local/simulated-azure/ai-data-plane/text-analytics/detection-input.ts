import { z } from 'zod';

/** A request that can be answered document by document. */
export interface DetectionInput {
  readonly documents: readonly { readonly id: string; readonly text: string; readonly countryHint: string }[];
  /** Null for `latest`, or when none was asked for. */
  readonly modelVersion: string | null;
}

/** Why the whole request is refused; `problem` is the service's inner code. */
export interface DetectionProblem {
  readonly problem: string;
  readonly message: string;
  readonly detail: string;
}

/** Documents of one request, of language detection: https://aka.ms/text-analytics-data-limits. */
const maxDocuments = 1000;
/** What the refusal lists, as recorded. */
const modelVersions = [
  'latest',
  '2019-10-01',
  '2020-07-01',
  '2020-09-01',
  '2021-01-05',
  '2021-11-20',
  '2022-10-01',
] as const;

const shape = z.object({
  documents: z.array(z.object({ id: z.coerce.string(), text: z.string(), countryHint: z.string().nullish() })),
});

/** Reads documents and model version; the two generations of the API differ in the letter case of one message. */
export function detectionInput(
  body: unknown,
  modelVersion: string | null,
  api: 'text-analytics' | 'language',
): DetectionInput | DetectionProblem {
  const invalidDocument = api === 'language' ? 'Invalid Document in request.' : 'Invalid document in request.';
  if (modelVersion !== null && !isModelVersion(modelVersion)) {
    const detail = `Invalid model version. Possible values are: ${modelVersions.join(',')}. For additional details see https://aka.ms/text-analytics-model-versioning`;
    return { problem: 'ModelVersionIncorrect', message: 'Invalid Request.', detail };
  }
  const parsed = shape.safeParse(body);
  if (!parsed.success) {
    const detail =
      'Request body format is wrong. Make sure the json request is serialized correctly and there are no null members.';
    return { problem: 'InvalidRequestBodyFormat', message: 'Invalid Request.', detail };
  }
  const documents = parsed.data.documents.map(({ countryHint, ...rest }) => ({
    ...rest,
    countryHint: countryHint ?? '',
  }));
  if (documents.length === 0) {
    return { problem: 'MissingInputRecords', message: invalidDocument, detail: 'Missing input records.' };
  }
  if (documents.length > maxDocuments) {
    const detail = `Batch request contains too many records. Max ${maxDocuments} records are permitted.`;
    return { problem: 'InvalidDocumentBatch', message: invalidDocument, detail };
  }
  if (new Set(documents.map(({ id }) => id)).size < documents.length) {
    const detail = 'Request contains duplicated Ids. Make sure each document has a unique Id.';
    return { problem: 'InvalidDocument', message: invalidDocument, detail };
  }
  const isLatest = modelVersion === null || modelVersion.toLowerCase() === 'latest';
  return { documents, modelVersion: isLatest ? null : modelVersion };
}

/** Any date counts: models come and go, and every client's tests name those of their time. */
function isModelVersion(text: string): boolean {
  return /^(latest|20\d\d-\d\d-\d\d(-preview)?)$/i.test(text);
}

/** Two letters, or no hint, which is written as nothing or `none`. */
export function isCountryHint(event: string): boolean {
  return /^([a-z]{2}|none)?$/i.test(event);
}
