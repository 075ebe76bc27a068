import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConnectionBroken } from '../faults.ts';
import type { Connection, SimulatedAzure } from '../simulated-azure.ts';

/** Headers that belong to one connection, not to the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Hands a request of a socket to the simulated Azure, and its answer back.
 * @param origin scheme and host to which the request's path belongs
 * @param reset breaks the connection, as a fault that takes the reply asks for
 */
export async function carryRequest(
  azure: Pick<SimulatedAzure, 'handle'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { origin, connection, reset }: { origin: string; connection: Connection; reset: () => void },
): Promise<void> {
  try {
    const request = await toRequest(incoming, origin);
    await send(await azure.handle(request, connection), incoming, outgoing);
  } catch (error) {
    if (error instanceof ConnectionBroken || incoming.socket.destroyed) return reset();
    // A service never throws for a bad request: this is a fault of the simulation itself, and loud.
    console.error(`The simulated Azure failed on ${incoming.method} ${origin}${incoming.url}:`, error);
    if (outgoing.headersSent) return reset();
    outgoing.writeHead(500, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ error: { code: 'SimulationFailed', message: String(error) } }));
  }
}

async function toRequest(incoming: IncomingMessage, origin: string): Promise<Request> {
  const headers = new Headers();
  const { rawHeaders, method = 'GET', url = '/' } = incoming;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!hopByHop.has(name)) headers.append(name, rawHeaders[at + 1] ?? '');
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const hasBody = method !== 'GET' && method !== 'HEAD' && chunks.length > 0;
  return new Request(`${origin}${url}`, { method, headers, body: hasBody ? Buffer.concat(chunks) : null });
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  const { status } = response;
  const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  // The length keeps the connection alive; server-sent events come chunked, a 204 or 304 has no body at all.
  if (!isEvents && incoming.method !== 'HEAD' && status !== 204 && status !== 304) {
    outgoing.setHeader('content-length', body.length);
  }
  outgoing.writeHead(status);
  if (!isEvents) {
    outgoing.end(body);
    return;
  }
  for (const event of body.toString().split(/(?<=\n\n)/)) outgoing.write(event);
  outgoing.end();
}
