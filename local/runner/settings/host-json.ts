import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { timeSpanMs } from './time-span.ts';

const timeSpan = z.string().transform((text, context) => {
  const durationMs = timeSpanMs(text);
  if (durationMs !== undefined) return durationMs;
  context.addIssue({ code: 'custom', message: `"${text}" is no time span like hh:mm:ss` });
  return z.NEVER;
});

const hostJson = z.object({
  functionTimeout: timeSpan.optional(),
  extensions: z
    .object({
      http: z
        .object({ routePrefix: z.string().optional(), customHeaders: z.record(z.string(), z.string()).optional() })
        .optional(),
      queues: z
        .object({
          batchSize: z.int().min(1).max(32).optional(),
          newBatchThreshold: z.int().min(0).optional(),
          maxPollingInterval: timeSpan.optional(),
          visibilityTimeout: timeSpan.optional(),
          maxDequeueCount: z.int().min(1).optional(),
          messageEncoding: z.enum(['base64', 'none']).optional(),
        })
        .optional(),
    })
    .optional(),
});

export interface HostSettings {
  /** Undefined: no limit. Default 30 min (ScriptJobHostOptionsSetup.cs). */
  readonly functionTimeoutMs: number | undefined;
  readonly routePrefix: string;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly queues: QueueSettings;
}

export interface QueueSettings {
  /** Messages fetched at once, 1 to 32. Default 16. */
  readonly batchSize: number;
  /** The next batch is fetched when no more than this many messages are running. Default half a batch for each core. */
  readonly newBatchThreshold: number;
  /** Default 1 min, and 2 s in Development, which is what a laptop is. */
  readonly maxPollingIntervalMs: number;
  /** How long a message that failed stays invisible. Default 0. */
  readonly visibilityTimeoutMs: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'base64' | 'none';
}

/** Reads host.json of the app folder with the host's defaults for all that it leaves out. Rejects naming the field that is wrong. */
export async function readHostSettings(appFolder: string): Promise<HostSettings> {
  const file = join(appFolder, 'host.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  const parsed = hostJson.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { functionTimeout = 30 * 60_000, extensions } = parsed.data;
  const { batchSize = 16, ...queues } = extensions?.queues ?? {};
  return {
    functionTimeoutMs: functionTimeout < 0 ? undefined : functionTimeout,
    routePrefix: (extensions?.http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    customHeaders: extensions?.http?.customHeaders ?? {},
    queues: {
      batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(batchSize / 2) * availableParallelism(),
      maxPollingIntervalMs: queues.maxPollingInterval ?? 2_000,
      visibilityTimeoutMs: queues.visibilityTimeout ?? 0,
      maxDequeueCount: queues.maxDequeueCount ?? 5,
      messageEncoding: queues.messageEncoding ?? 'base64',
    },
  };
}
