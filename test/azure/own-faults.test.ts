import { createHttpHeaders, createPipelineRequest, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { dataPlaneKeyProbe } from '../../src/azure/ai/key-probe.ts';
import { azureCall, callingHttpClient, type Effect } from '../../src/azure/azure-call.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { tokensOrFailure } from '../../src/azure/entra/credential.ts';
import { plainPipeline } from '../../src/azure/http-stack.ts';
import { httpsWebhook } from '../../src/azure/webhook.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { unexpectedError } from '../../src/shared/unexpected-error.ts';

const fault = new TypeError('AuthorizationManagementClient is not a constructor');
const unreachable = new RestError('no way', { code: 'ECONNRESET' });
const read: Effect = { kind: 'read' };
const write: Effect = { kind: 'write', fence: null };

/** A call that is answered so, or not at all, and then ends with `thrown`. */
async function outcome(
  answer: { readonly status: number; readonly body: string } | null,
  thrown: unknown,
  effect = read,
): Promise<unknown> {
  const wire: HttpClient = {
    sendRequest: async (request) => ({
      request,
      status: answer?.status ?? 0,
      headers: createHttpHeaders(),
      bodyAsText: answer?.body ?? '',
    }),
  };
  const client = callingHttpClient(wire, false);
  const send = async () => {
    if (answer !== null)
      await plainPipeline().sendRequest(client, createPipelineRequest({ url: 'https://management.azure.com/x' }));
    throw thrown;
  };
  const error: unknown = await azureCall('arm', effect, send).catch((caught: unknown) => caught);
  return error instanceof FailureError ? `${error.failure.kind}: ${error.failure.code}` : error;
}

const page = { status: 200, body: '<html>Sign in to the proxy</html>' };
const good = { status: 200, body: '{"value":[]}' };

describe('what a call throws', () => {
  it.each<[string, Parameters<typeof outcome>, unknown]>([
    ['a fault of ours before anything left is ours', [null, fault], fault],
    ['a fault of ours after a good answer is ours', [good, fault], fault],
    ['so it is of a write', [good, fault, write], fault],
    ['what the pipeline throws is Azure’s', [null, unreachable], 'not-applied: ECONNRESET'],
    ['an abort is Azure’s', [null, Object.assign(new Error('late'), { name: 'AbortError' })], 'not-applied: timeout'],
    [
      'a policy’s bare Error is about its answer',
      [{ status: 401, body: '{}' }, new Error('no challenge')],
      'not-applied: http-401',
    ],
    ['an SDK that stumbles over a proxy’s page tells of the answer', [page, fault], 'not-applied: http-200'],
    ['of which nobody knows what it did to a write', [page, fault, write], 'outcome-unknown: http-200'],
  ])('%s', async (_, given, expected) => {
    expect(await outcome(...given)).toBe(expected);
  });
});

/** A client that has a fault, or no way to Azure. */
const clientThat = (thrown: unknown): HttpClient => ({ sendRequest: () => Promise.reject(thrown) });
const failing = (thrown: unknown) => ({ getToken: () => Promise.reject(thrown) });
const account = { kind: 'OpenAI', endpoint: 'https://contoso.openai.azure.com/' };

describe('a fault of ours is never told as an outage', () => {
  it.each<[string, (thrown: unknown) => Promise<unknown>, string]>([
    [
      'by the webhook',
      (thrown) =>
        httpsWebhook(new SecretText('https://hooks.contoso.com'), clientThat(thrown)).post({}, 'application/json'),
      'outcome-unknown: no-answer',
    ],
    [
      'by the credential',
      (thrown) => tokensOrFailure(failing(thrown)).getToken('scope'),
      'not-applied: token-unavailable',
    ],
  ])('%s', async (_, run, failed) => {
    await expect(run(fault)).rejects.toBe(fault);
    await expect(run(unreachable)).rejects.toThrow(failed);
  });

  it('by the proof of a key', async () => {
    const probe = (thrown: unknown) =>
      dataPlaneKeyProbe(clouds.public, clientThat(thrown)).call(account, new SecretText('k'));
    await expect(probe(fault)).rejects.toBe(fault);
    expect(await probe(unreachable)).toEqual({ kind: 'unknown', code: 'no-answer' });
  });
});

describe('the log line of a fault of ours', () => {
  it('tells the class and the place, and nothing of the message', () => {
    const error = new TypeError('Invalid header value "0123456789abcdef"\n    at 0123456789abcdef');
    const line = unexpectedError('sweep', error);
    expect(line).toMatchObject({ event: 'unexpected-error', function: 'sweep', errorName: 'TypeError' });
    expect(JSON.stringify(line)).toContain('own-faults.test.ts');
    expect(JSON.stringify(line)).not.toContain('0123456789abcdef');
  });

  it.each([
    ['a text', 'thrown'],
    ['null', null],
  ])('takes what is no error: %s', (_, thrown) => {
    expect(unexpectedError('sweep', thrown)).toMatchObject({ errorName: typeof thrown, stack: [] });
  });
});
