import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpsWebhook } from '../../src/azure/webhook.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

const address = 'https://contoso.webhook.example/workflows/abc?sig=very-secret-signature';

describe('a webhook', () => {
  const got: { readonly path: string | undefined; readonly type: string | undefined; readonly body: string }[] = [];
  let status = 200;
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => {
        body += part.toString();
      });
      request.on('end', () => {
        got.push({ path: request.url, type: request.headers['content-type'], body });
        response.writeHead(status, { location: '/elsewhere' }).end('very-secret-signature is what you sent');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** Leads to the server what would go to the address: its certificate would be nobody's. */
  const toServer = (): HttpClient => {
    const sockets = createDefaultHttpClient();
    const { port } = server.address() as AddressInfo;
    return {
      sendRequest: (request) => {
        request.url = request.url.replace('https://contoso.webhook.example', `http://127.0.0.1:${port}`);
        request.allowInsecureConnection = true;
        return sockets.sendRequest(request);
      },
    };
  };
  const post = () => httpsWebhook(new SecretText(address), toServer()).post({ n: 1 }, 'application/json');

  it('gets the message with its type, at the whole address', async () => {
    await post();
    expect(got).toEqual([
      { path: '/workflows/abc?sig=very-secret-signature', type: 'application/json', body: '{"n":1}' },
    ]);
  });

  it.each([
    [202, null],
    [404, 'http-404'],
    [429, 'http-429'],
    [500, 'http-500'],
    [302, 'redirect-refused'],
    [308, 'redirect-refused'],
  ])('that answers %i gives %s, and is asked once', async (answered, code) => {
    status = answered;
    got.length = 0;
    const failure = await post().then(
      () => null,
      (error: unknown) => error,
    );
    expect(got).toHaveLength(1);
    expect(failure instanceof FailureError ? failure.failure.code : failure).toBe(code);
    expect(inspect(failure)).not.toMatch(/secret|contoso/);
  });

  it('that cannot be reached is a failure that does not name it', async () => {
    const broken: HttpClient = { sendRequest: () => Promise.reject(new Error(`no way to ${address}`)) };
    const failure = await httpsWebhook(new SecretText(address), broken)
      .post({}, 'application/json')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ failure: { code: 'no-answer' } });
    expect(inspect(failure)).not.toMatch(/secret|contoso/);
  });
});
