import { z } from 'zod';
import type { CustomTopic } from './custom-topic.ts';

const text = z.string().min(1);

/** https://learn.microsoft.com/azure/event-grid/event-schema */
const eventGridEvent = z.looseObject({
  id: text,
  subject: text,
  eventType: text,
  eventTime: z.string().refine((time) => !Number.isNaN(Date.parse(time))),
  dataVersion: z.string().nullish(),
});

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes */
const cloudEvent = z.looseObject({
  id: text,
  source: text,
  type: text,
  specversion: z.literal('1.0'),
  time: z
    .string()
    .refine((time) => !Number.isNaN(Date.parse(time)))
    .nullish(),
});

/** The events of a body in the topic's schema, or the sentence that refuses them. One CloudEvent may come by itself; events of Event Grid's schema come as a list. */
export function eventsIn(
  contentType: string,
  body: string,
  { inputSchema }: CustomTopic,
): readonly Readonly<Record<string, unknown>>[] | string {
  const isCloud = inputSchema === 'CloudEventSchemaV1_0';
  const schema = isCloud ? cloudEvent : eventGridEvent;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'The JSON received could not be parsed.';
  }
  const isAlone = isCloud && /^application\/cloudevents\+json/i.test(contentType);
  const list: unknown = isAlone ? [parsed] : parsed;
  const events = z.array(schema).min(1).safeParse(list);
  if (events.success) return events.data;
  const name = isCloud ? 'CloudEventV10' : 'EventGridEvent';
  return `This resource is configured to receive event in '${name}' schema. The JSON received does not conform to the expected schema.`;
}
