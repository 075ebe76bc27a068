/** What a subscriber answered; status 0: nothing did. */
export interface SubscriberAnswer {
  readonly status: number;
  readonly body: string;
}

/** The roads on which Event Grid reaches subscribers. They never throw. */
export interface EventOutlets {
  /** POSTs to a webhook. */
  webhook(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<SubscriberAnswer>;
  /** Asks with OPTIONS whether a webhook takes events from `origin`, as CloudEvents want it; answers the origin it allows. */
  allowedOrigin(url: string, origin: string): Promise<{ readonly status: number; readonly allowed: string | null }>;
  /** Where the function of that ARM id takes events, key and all; null for one that nobody runs. */
  functionUrl(resourceId: string): string | null;
  /** Puts a message, as it is to lie in the queue; 201, or the status of the refusal. */
  queue(storageAccountId: string, queueName: string, message: string): Promise<SubscriberAnswer>;
}

/** No road leads out. */
export const noOutlets: EventOutlets = {
  webhook: async () => ({ status: 0, body: '' }),
  allowedOrigin: async () => ({ status: 0, allowed: null }),
  functionUrl: () => null,
  queue: async () => ({ status: 0, body: '' }),
};
