import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import type { Webhook } from '../notifications/ports.ts';
import { FailureError, notApplied } from '../shared/failure.ts';
import type { SecretText } from '../shared/secret-text.ts';
import { isOfPipeline, plainPipeline } from './http-stack.ts';

const postTimeoutMs = 10_000;

/**
 * Posts JSON to one https address. The address is a secret: it is the receiver's only lock, and stands in no error and
 * no log. A redirect counts as a failure, since it would carry the message to an address that nobody chose.
 */
export function httpsWebhook(url: SecretText, httpClient: HttpClient): Webhook {
  const pipeline = plainPipeline();
  return {
    async post(body, contentType) {
      const request = createPipelineRequest({
        url: url.reveal(),
        method: 'POST',
        headers: createHttpHeaders({ 'content-type': contentType }),
        body: JSON.stringify(body),
        timeout: postTimeoutMs,
      });
      const { status } = await pipeline.sendRequest(httpClient, request).catch((error: unknown) => {
        // The error's text may hold the address: nothing of it is kept.
        throw isOfPipeline(error) ? new FailureError({ kind: 'outcome-unknown', code: 'no-answer' }) : error;
      });
      if (status >= 200 && status < 300) return;
      const code = status >= 300 && status < 400 ? 'redirect-refused' : `http-${status}`;
      throw notApplied(code);
    },
  };
}
