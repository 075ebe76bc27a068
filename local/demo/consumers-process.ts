/** The consumers: a process of its own, with an identity that can read secrets and nothing else. Forked by consumers.ts. */
import { setInterval as every } from 'node:timers/promises';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { type CallResult, consumer, copyConsumer } from './consumer.ts';
import type { FromConsumers, SecretSeen, ToConsumers } from './consumer-messages.ts';
import { masked } from './masked.ts';

const consumers = 5;
/** Ten calls a second each, as long as a call takes no longer than that. */
const callEveryMs = 100;
const tellEveryMs = 200;

const [clientId = '', vaultUrl = '', copyVaultUrl = '', copyEndpoint = ''] = process.argv.slice(2);
const credential = new ManagedIdentityCredential({ clientId });
const newClient = (url = vaultUrl) => new SecretClient(url, credential);
const stopping = new AbortController();
let sent = 0;
const failures: Record<string, number> = {};

const tell = (message: FromConsumers) => process.send?.(message);
const tellCounts = () => tell({ kind: 'counts', counts: { sent, failures } });

async function consume(call: () => Promise<CallResult>): Promise<void> {
  try {
    for await (const _ of every(callEveryMs, undefined, { signal: stopping.signal })) {
      const result = await call();
      sent += 1;
      if (result !== 'ok') failures[result] = (failures[result] ?? 0) + 1;
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
}

async function read(name: string): Promise<SecretSeen> {
  const { value = '', properties } = await newClient().getSecret(name);
  const { contentType = '', tags = {}, expiresOn } = properties;
  return { name, masked: masked(value), contentType, tags, expiresOn: expiresOn?.toISOString() ?? null };
}

let notifier: NodeJS.Timeout | undefined;
let consuming: Promise<unknown> | undefined;

process.on('message', async (message: ToConsumers) => {
  switch (message.kind) {
    case 'read':
      return tell({ kind: 'secret', secret: await read(message.secret) });
    case 'start':
      notifier = setInterval(tellCounts, tellEveryMs);
      consuming = Promise.all([
        ...Array.from({ length: consumers }, () => consume(consumer(newClient()))),
        consume(copyConsumer(newClient(copyVaultUrl), copyEndpoint)),
      ]);
      return;
    case 'stop':
      // Calls under way are finished and counted.
      stopping.abort();
      clearInterval(notifier);
      await consuming;
      tellCounts();
      return process.disconnect();
  }
});

// However the demo went, its consumers do not outlive it.
process.on('disconnect', () => process.exit(0));
