import type { Json, RecordedExchange, RecordedFile } from '../recorded-file.ts';
import { compareBodies } from './compare-bodies.ts';
import { compareHeaders } from './compare-headers.ts';
import type { Difference } from './difference.ts';
import { eventsOf } from './events-of.ts';

/** A live answer, read to its end. */
export interface LiveAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json | undefined;
}

const CATALOGUES =
  /\/providers\/Microsoft\.CognitiveServices\/.*(models|usages|skus|modelCapacities|commitmentTiers)$|\/subscriptions\/[^/]+\/(locations|providers)$/i;

/**
 * Every point in which the live answer to an exchange is not the recorded one; empty when they match.
 * `echoed` is what the live requests said, `response` what was recorded, with the live names of made-up ids. The bodies are compared when the recording has one, or says that there was none.
 */
export function compareExchange(
  file: Pick<RecordedFile, 'evidence' | 'cut'>,
  response: RecordedExchange['response'],
  live: LiveAnswer,
  asked: URL,
  echoed: string,
): Difference[] {
  const status: Difference[] =
    response.status === live.status
      ? []
      : [
          {
            path: 'status',
            expected: String(response.status),
            got: `${live.status} ${JSON.stringify(live.body ?? '').slice(0, 200)}`,
          },
        ];
  const leniency = {
    asked: asked.pathname,
    echoed,
    listsAreCut: file.cut.some((remark) => /items|kept|left out/.test(remark)),
    sample: file.evidence === 'example',
    catalogue: CATALOGUES.test(asked.pathname),
  };
  const bodyIsKnown =
    response.body !== undefined || (file.evidence === 'recording' && response.headers['content-length'] === '0');
  return [
    ...status,
    ...compareHeaders(response.headers, live.headers, { evidence: file.evidence, echoed }),
    ...(bodyIsKnown && status.length === 0
      ? compareBodies(eventsOf(response.body), eventsOf(live.body), leniency)
      : []),
  ];
}
