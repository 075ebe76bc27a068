import { QueueClient } from '@azure/storage-queue';
import type { EventOutlets, SubscriberAnswer } from './simulated-azure/event-grid/outlets.ts';

/** A function app that runs on this machine. */
export interface LocalSite {
  /** `http://127.0.0.1:7071` */
  readonly url: string;
  /** Its system key `eventgrid_extension`. */
  readonly eventGridKey: string;
}

/** The roads from the simulated Event Grid to what runs on this machine; none leads further. */
export interface EventDeliveryPaths {
  readonly outlets: EventOutlets;
  /** From now on the host `{name}.azurewebsites.net`, and functions of that app, are found there. */
  leadToSite(name: string, site: LocalSite): void;
  /** Every storage account is this one: there is one Azurite. */
  leadToStorage(connectionString: string): void;
}

const nothing: SubscriberAnswer = { status: 0, body: '' };
/** Event Grid waits no longer for a webhook. */
const answerWithinMs = 30_000;

export function eventDeliveryPaths(): EventDeliveryPaths {
  const sites = new Map<string, LocalSite>();
  let storage: string | null = null;

  /** The address on this machine; null for any other. */
  const local = (address: string): string | null => {
    const url = new URL(address);
    const site = sites.get(/^([^.]+)\.azurewebsites\.net$/.exec(url.hostname)?.[1] ?? '');
    if (site !== undefined) return `${site.url}${url.pathname}${url.search}`;
    return ['127.0.0.1', 'localhost'].includes(url.hostname) ? address : null;
  };
  return {
    outlets: {
      async webhook(address, headers, body) {
        const url = local(address);
        if (url === null) return nothing;
        try {
          const signal = AbortSignal.timeout(answerWithinMs);
          const response = await fetch(url, { method: 'POST', headers, body, signal });
          return { status: response.status, body: await response.text() };
        } catch {
          return nothing;
        }
      },
      async allowedOrigin(address, origin) {
        const url = local(address);
        if (url === null) return { status: 0, allowed: null };
        try {
          const signal = AbortSignal.timeout(answerWithinMs);
          const response = await fetch(url, {
            method: 'OPTIONS',
            headers: { 'webhook-request-origin': origin },
            signal,
          });
          return { status: response.status, allowed: response.headers.get('webhook-allowed-origin') };
        } catch {
          return { status: 0, allowed: null };
        }
      },
      functionUrl(resourceId) {
        const [, app = '', name = ''] = /\/sites\/([^/]+)\/functions\/([^/]+)$/i.exec(resourceId) ?? [];
        const site = sites.get(app.toLowerCase());
        if (site === undefined) return null;
        return `${site.url}/runtime/webhooks/eventgrid?functionName=${encodeURIComponent(name)}&code=${encodeURIComponent(site.eventGridKey)}`;
      },
      async queue(_account, queueName, message) {
        if (storage === null) return nothing;
        try {
          await new QueueClient(storage, queueName, { retryOptions: { maxTries: 1 } }).sendMessage(message);
          return { status: 201, body: '' };
        } catch (error) {
          return { status: statusOf(error), body: '' };
        }
      },
    },
    leadToSite: (name, site) => sites.set(name.toLowerCase(), site),
    leadToStorage: (connectionString) => {
      storage = connectionString;
    },
  };
}

function statusOf(error: unknown): number {
  return typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 0;
}
