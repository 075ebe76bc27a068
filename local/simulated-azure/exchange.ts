import type { CallNote, SimulatedAzure } from './simulated-azure.ts';

/** One request on its way to a simulated service, with what the wire tells besides the request itself. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** The body's text, read once; empty when there is none. */
  readonly body: string;
  /** The address the caller seems to come from; network rules look at it. */
  readonly callerAddress: string;
  /** One per connection: a gateway node is picked by it, so a fresh connection may meet another node. */
  readonly connectionId: string;
  /** The service fills it for the call record. */
  readonly note: CallNote;
  readonly azure: SimulatedAzure;
}

/** One simulated service. It answers as the real one would; it never throws for a bad request. */
export type Service = (exchange: Exchange) => Promise<Response> | Response;

/** A percent-encoded text in plain; one that is malformed stands for itself, so that no service fails on it. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
