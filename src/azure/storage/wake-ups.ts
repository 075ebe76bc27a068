import type { QueueClient } from '@azure/storage-queue';
import type { WakeUps } from '../../durable/ports.ts';
import { FailureError } from '../../shared/failure.ts';
import { requestTimeoutMs } from '../../shared/fence.ts';
import { azureWrite } from '../azure-call.ts';

export const wakeUpQueueName = 'advance-rotation';

/** https://learn.microsoft.com/rest/api/storageservices/put-message: visibilitytimeout is at most seven days. */
const longestDelaySeconds = 7 * 24 * 60 * 60;

/**
 * The `advance-rotation` queue. Messages are base64 of JSON, as the Functions host's queue trigger expects by default.
 * The queue is made when the first message finds none.
 */
export function queueWakeUps(client: () => Promise<QueueClient>): WakeUps {
  return {
    async enqueue({ target, wakeSeq, area, planned }, delayMs) {
      const message = Buffer.from(JSON.stringify({ target, wakeSeq, area, planned })).toString('base64');
      const visibilityTimeout = Math.min(longestDelaySeconds, Math.max(0, Math.ceil(delayMs / 1000)));
      const abortSignal = () => AbortSignal.timeout(requestTimeoutMs);
      const send = () =>
        azureWrite('queue', null, async () => {
          const options = { visibilityTimeout, messageTimeToLive: -1, abortSignal: abortSignal() };
          return await (await client()).sendMessage(message, options);
        });
      try {
        await send();
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== 'QueueNotFound') throw error;
        // createIfNotExists: another worker may make it at this moment.
        await azureWrite('queue', null, async () => (await client()).createIfNotExists({ abortSignal: abortSignal() }));
        await send();
      }
    },
  };
}
