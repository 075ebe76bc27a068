import type { EventGridPublisherClient } from '@azure/eventgrid';
import type { Topic } from '../../notifications/ports.ts';
import { azureWrite } from '../azure-call.ts';

/** A topic that has not answered by then is tried again later: nobody waits for a message to people. */
const publishTimeoutMs = 10_000;

/** A custom topic of Event Grid. @param client gives the SDK client, made for CloudEvents */
export function eventGridTopic(client: () => Promise<EventGridPublisherClient<'CloudEvent'>>): Topic {
  return {
    publish: ({ id, source, type, subject, time, datacontenttype, data }) =>
      azureWrite('event-grid', null, async () =>
        (await client()).send([{ id, source, type, subject, time: new Date(time), datacontenttype, data }], {
          abortSignal: AbortSignal.timeout(publishTimeoutMs),
        }),
      ),
  };
}
