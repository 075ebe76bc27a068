import type { QueueClient } from '@azure/storage-queue';
import type { WakeUps } from '../../durable/ports.ts';
import { FailureError } from '../../shared/failure.ts';
import { requestTimeoutMs } from '../../shared/fence.ts';
import { azureCall } from '../azure-call.ts';

export const wakeUpQueueName = 'advance-rotation';

/** https://learn.microsoft.com/rest/api/storageservices/put-message: visibilitytimeout is at most seven days. */
const longestDelaySeconds = 7 * 24 * 60 * 60;

/**
 * The `advance-rotation` queue. Messages are base64 of JSON, as the Functions host's queue trigger expects by default.
 * The queue is made when the first message finds none.
 */
export function queueWakeUps(client: () => Promise<QueueClient>): WakeUps {
  return {
    async enqueue({ target, wakeSeq, area }, delayMs) {
      const message = Buffer.from(JSON.stringify({ target, wakeSeq, area })).toString('base64');
      const visibilityTimeout = Math.min(longestDelaySeconds, Math.max(0, Math.ceil(delayMs / 1000)));
      const send = () =>
        azureCall({
          service: 'queue',
          effect: { kind: 'write', fence: null },
          send: async () =>
            (await client()).sendMessage(message, {
              visibilityTimeout,
              messageTimeToLive: -1,
              abortSignal: AbortSignal.timeout(requestTimeoutMs),
            }),
        });
      try {
        await send();
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== 'QueueNotFound') throw error;
        // createIfNotExists: another worker may make it at this moment.
        await azureCall({
          service: 'queue',
          effect: { kind: 'write', fence: null },
          send: async () => (await client()).createIfNotExists({ abortSignal: AbortSignal.timeout(requestTimeoutMs) }),
        });
        await send();
      }
    },
  };
}
