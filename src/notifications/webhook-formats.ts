/** What a webhook's receiver understands. */
export const webhookFormats = ['cloudevents', 'teams', 'slack'] as const;

export type WebhookFormat = (typeof webhookFormats)[number];
