import { createHmac, timingSafeEqual } from 'node:crypto';
import { unknownRequest } from '../azure.ts';
import { verifyToken } from '../entra/verify-token.ts';
import { decoded, type Exchange, type Service } from '../exchange.ts';
import { isAllowed } from '../rbac.ts';
import { type CustomTopic, customTopicsOf, topicHostOf, topicIdOf } from './custom-topic.ts';
import { eventsIn } from './events-in.ts';
import { publishRefusal } from './publish-refusal.ts';

/** https://learn.microsoft.com/azure/event-grid/quotas-limits: 1 MB a batch; the service refuses beyond 1,536,000 bytes. */
const mostBytes = 1_536_000;

/** The data plane of custom topics: `POST https://<topic>.<region>-1.eventgrid.azure.net/api/events`. */
export const eventGridTopics: Service = async (exchange) => {
  const answer = await answerPublish(exchange);
  const { headers } = answer;
  headers.set('server', 'Microsoft-HTTPAPI/2.0');
  headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  headers.set('x-ms-request-id', crypto.randomUUID());
  return answer;
};

async function answerPublish(exchange: Exchange): Promise<Response> {
  const { request, url, azure, note, body } = exchange;
  note.operation = 'Microsoft.EventGrid/events/send/action';
  if (request.method !== 'POST' || url.pathname.replace(/\/$/, '') !== '/api/events') return unknownRequest(exchange);
  const suffix = /eventgrid\.azure\.[a-z]+$/i.exec(url.hostname)?.[0].toLowerCase() ?? '';
  const topic = customTopicsOf(azure.world).find((one) => topicHostOf(one, suffix) === url.hostname.toLowerCase());
  if (topic === undefined)
    return publishRefusal(exchange, 404, 'Resource Not Found', 'The specified path does not exist.', 'NotFound');
  if (topic.publicNetworkAccess === 'Disabled')
    return publishRefusal(
      exchange,
      403,
      'Forbidden',
      `Publishing to ${url.hostname.toUpperCase()} by client ${exchange.callerAddress} is rejected due to IpAddress filtering rules.`,
      'Forbidden',
    );
  const refusal = await admit(exchange, topic, suffix);
  if (refusal !== null) return refusal;
  if (Buffer.byteLength(body) > mostBytes)
    return publishRefusal(
      exchange,
      413,
      'RequestEntityTooLarge',
      `The maximum size (${mostBytes}) has been exceeded.`,
      'RequestEntityTooLarge',
    );
  const events = eventsIn(request.headers.get('content-type') ?? '', body, topic);
  if (typeof events === 'string') return publishRefusal(exchange, 400, 'BadRequest', events, 'InputJsonInvalid');
  topic.events.push(...events);
  return new Response(null, {
    status: 200,
    headers: { 'api-supported-versions': '2018-01-01', 'content-length': '0' },
  });
}

/** Asks for a key, a signature or a token, in this order; null when one is good. */
async function admit(exchange: Exchange, topic: CustomTopic, suffix: string): Promise<Response | null> {
  const { request, url, note } = exchange;
  const authorization = request.headers.get('authorization') ?? '';
  const key = request.headers.get('aeg-sas-key') ?? url.searchParams.get('aeg-sas-key');
  const signature =
    request.headers.get('aeg-sas-token') ?? /^SharedAccessSignature (.+)$/i.exec(authorization)?.[1] ?? null;
  if (key === null && signature === null && /^Bearer /i.test(authorization))
    return await admitToken(exchange, topic, suffix);
  if (key === null && signature === null)
    return unauthorized(
      exchange,
      'Request must contain one of the following authorization signature: aeg-sas-token, aeg-sas-key.',
    );
  note.caller = 'key';
  const isGood =
    !topic.disableLocalAuth &&
    (key === null ? isSigned(exchange, topic, signature ?? '') : Object.values(topic.keys).includes(key));
  return isGood
    ? null
    : unauthorized(exchange, `The request authorization key is not authorized for ${url.hostname.toUpperCase()}.`);
}

async function admitToken(exchange: Exchange, topic: CustomTopic, suffix: string): Promise<Response | null> {
  const { azure, request, note } = exchange;
  const audiences = [`https://${suffix}`, `https://${suffix}/`];
  const token = await verifyToken(azure, request.headers.get('authorization'), audiences);
  if (token.kind !== 'valid') return unauthorized(exchange, 'Unable to read access token.');
  note.caller = token.objectId;
  const topicId = topicIdOf(topic);
  if (isAllowed(azure, token.objectId, 'dataAction', 'Microsoft.EventGrid/events/send/action', topicId)) return null;
  const message = `The principal associated with access token presented with this incoming request does not have permission to send data to ${topicId}.`;
  return publishRefusal(exchange, 403, 'Forbidden', message, 'Forbidden');
}

/** `r=<resource>&e=<expiry>&s=<signature>`: HMAC-SHA256 under the decoded key of all that stands before `&s=`. */
function isSigned({ azure, url }: Exchange, topic: CustomTopic, token: string): boolean {
  const [, signed = '', resource = '', expiry = '', signature = ''] =
    /^(r=([^&]*)&e=([^&]*))&s=(.*)$/.exec(token) ?? [];
  const expiresAtMs = Date.parse(`${decoded(expiry).replaceAll(/[\u202F\u00A0+]/g, ' ')} UTC`);
  const isoExpiryMs = Date.parse(decoded(expiry));
  const untilMs = Number.isNaN(expiresAtMs) ? isoExpiryMs : expiresAtMs;
  if (Number.isNaN(untilMs) || untilMs < azure.clock.nowMs()) return false;
  const granted = decoded(resource).replace(/\?.*$/, '').replace(/\/$/, '').toLowerCase();
  if (!`${url.origin}${url.pathname}/`.toLowerCase().startsWith(`${granted}/`)) return false;
  const given = Buffer.from(decoded(signature), 'base64');
  return Object.values(topic.keys).some((key) => {
    const wanted = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest();
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  });
}

function unauthorized(exchange: Exchange, message: string): Response {
  return publishRefusal(exchange, 401, 'Unauthorized', message, 'Unauthorized');
}
