import { type DequeuedMessageItem, type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import type { Clock } from '../clock.ts';
import type { IndexedFunction } from '../indexed-function.ts';
import type { Invoke, TriggerInput } from '../invoker.ts';
import { type LogEntry, reasonOf } from '../log.ts';
import type { QueueSettings } from '../settings/host-json.ts';
import type { Settings } from '../settings/settings.ts';
import { expandSettings } from '../settings/settings-expansion.ts';
import { storageConnection } from '../storage-connection.ts';
import { pollDelays } from './poll-delays.ts';
import { decodeQueueText, endOfTime, queueMetadata } from './queue-message.ts';

/** A received message is invisible this long, renewed at half time while its function runs (QueueProcessor.cs). */
const invisibilitySeconds = 600;

export interface QueueListener {
  /** Polls until `signal` is aborted; messages being processed are then finished, deleted or given back. */
  listen(signal: AbortSignal): Promise<void>;
  /** The input of a run by hand with this message text. */
  inputByHand(text: string): TriggerInput;
}

/** Throws when the queue name or the connection cannot be resolved: the function is then in error. */
export function queueListener(
  called: IndexedFunction,
  {
    settings,
    queues,
    clock,
    invoke,
    log,
  }: {
    readonly settings: Settings;
    readonly queues: QueueSettings;
    readonly clock: Clock;
    readonly invoke: Invoke;
    readonly log: (entry: Omit<LogEntry, 'at'>) => void;
  },
): QueueListener {
  const queueName = expandSettings(String(called.trigger.queueName ?? ''), settings).toLowerCase();
  if (!/^[a-z0-9](?:-?[a-z0-9]){2,62}$/.test(queueName) || queueName.length > 63) {
    throw new Error(`'${queueName}' is no valid queue name (3 to 63 letters, digits and single dashes).`);
  }
  const service = QueueServiceClient.fromConnectionString(storageConnection(called.trigger.connection, settings));
  const queue = service.getQueueClient(queueName);
  // A poison queue has none of its own: a message that fails there just stays invisible for its ten minutes.
  const poison = queueName.endsWith('-poison') ? undefined : service.getQueueClient(`${queueName}-poison`);
  const note = (level: LogEntry['level'], message: string) =>
    log({ level, category: 'Host.Triggers.Queue', functionName: called.name, message });
  const reason = `New queue message detected on '${queueName}'.`;

  async function runFunction(message: DequeuedMessageItem): Promise<boolean> {
    const text = decodeQueueText(message.messageText, queues.messageEncoding);
    if (text === undefined) {
      note('error', `A message in '${queueName}' is not base64 of UTF-8; the function is not called.`);
      return false;
    }
    const metadata = queueMetadata(text, {
      queueTrigger: text,
      dequeueCount: message.dequeueCount,
      insertedOn: dotNetIso(message.insertedOn),
      expiresOn: dotNetIso(message.expiresOn),
      nextVisibleOn: dotNetIso(message.nextVisibleOn),
      id: message.messageId,
      popReceipt: message.popReceipt,
    });
    return (await invoke(called, { data: { string: text }, metadata, reason })).succeeded;
  }

  async function settle(message: DequeuedMessageItem): Promise<void> {
    let popReceipt = message.popReceipt;
    const finished = new AbortController();
    const renewing = (async () => {
      for (;;) {
        await clock.sleep((invisibilitySeconds / 2) * 1000, finished.signal);
        if (finished.signal.aborted) return;
        const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, invisibilitySeconds);
        popReceipt = renewed.popReceipt ?? popReceipt;
        note('debug', `Renewed a message of '${queueName}' for another ${invisibilitySeconds} s.`);
      }
    })().catch((error) => note('error', `Could not renew a message of '${queueName}': ${reasonOf(error)}`));

    const succeeded = message.dequeueCount <= queues.maxDequeueCount && (await runFunction(message));
    finished.abort();
    await renewing;

    if (succeeded) {
      await queue.deleteMessage(message.messageId, popReceipt);
    } else if (poison === undefined) {
      return;
    } else if (message.dequeueCount >= queues.maxDequeueCount) {
      note(
        'warning',
        `Message has reached MaxDequeueCount of ${queues.maxDequeueCount}. Moving message to queue '${poison.name}'.`,
      );
      await poison.createIfNotExists();
      await poison.sendMessage(message.messageText);
      await queue.deleteMessage(message.messageId, popReceipt);
    } else {
      await queue.updateMessage(
        message.messageId,
        popReceipt,
        undefined,
        Math.round(queues.visibilityTimeoutMs / 1000),
      );
    }
  }

  return {
    async listen(signal) {
      const delays = pollDelays(queues.maxPollingIntervalMs, Math.random);
      const running = new Set<Promise<void>>();
      while (!signal.aborted) {
        const batch = await receive(queue, queues.batchSize).catch((error) => {
          note('error', `Could not read queue '${queueName}': ${reasonOf(error)}`);
          return [];
        });
        for (const message of batch) {
          const done: Promise<void> = settle(message)
            .catch((error) => note('error', `Could not settle a message of '${queueName}': ${reasonOf(error)}`))
            .finally(() => running.delete(done));
          running.add(done);
        }
        if (batch.length === 0) {
          await clock.sleep(delays.next(), signal);
          continue;
        }
        delays.reset();
        while (running.size > queues.newBatchThreshold) await Promise.race(running);
      }
      await Promise.all(running);
    },
    inputByHand: (text) => ({
      data: { string: text },
      metadata: {
        ...queueMetadata(text, {
          queueTrigger: text,
          dequeueCount: 0,
          insertedOn: dotNetIso(new Date(clock.nowMs())),
          expiresOn: endOfTime,
          nextVisibleOn: endOfTime,
        }),
        [called.triggerName]: { string: text },
      },
      reason: 'This function was programmatically called via the host APIs.',
    }),
  };
}

/** A queue that does not exist yet is an empty one: the listener never creates it. */
async function receive(queue: QueueClient, numberOfMessages: number): Promise<DequeuedMessageItem[]> {
  try {
    const received = await queue.receiveMessages({ numberOfMessages, visibilityTimeout: invisibilitySeconds });
    return received.receivedMessageItems;
  } catch (error) {
    if ((error as { code?: string }).code === 'QueueNotFound') return [];
    throw error;
  }
}

function dotNetIso(at: Date): string {
  return `${at
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '')}+00:00`;
}
