import { type ApiKeys, CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { SecretClient } from '@azure/keyvault-secrets';
import { simulatedHttpClient } from '../../../local/simulated-azure/http-client.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { azureFetch, kitConsumer, simulatedParts } from '../../consumer/kit-consumers.ts';
import { rememberedTokens } from '../../scenarios/remembered-tokens.ts';
import { keyturnAddress, type SimulatedKeyturn, simulatedKeyturn } from '../../scenarios/simulated-keyturn.ts';
import { operator } from '../../scenarios/steered-rotation.ts';
import { seededRandom } from '../seeded-random.ts';
import { type CrowdedClock, crowdedClock } from './crowded-clock.ts';
import type { Fault } from './faults.ts';
import { type StruckWire, struckWire } from './struck-wire.ts';

const secondMs = 1_000;
const dayMs = 24 * 60 * 60 * secondMs;
/** So long ago the key was stored: older than the month after which a script takes it to be due. */
const keptMs = 31 * dayMs;

/** The secret that holds the key for consumers that follow no pointer, and of every way but Keyturn. */
export const keySecret = 'ai-services-key';
export const pendingSecret = 'ai-services-key-pending';

/** Who uses the key: so many instances, each asking every `everyMs` with a key that it keeps for `cacheMs`. */
export interface Crowd {
  readonly instances: number;
  readonly everyMs: number;
  readonly cacheMs: number;
}

/** One account whose `key1` has been in use for a month, and those who use it. */
export interface ComparedWorld {
  readonly keyturn: SimulatedKeyturn;
  readonly clock: CrowdedClock;
  readonly wire: StruckWire;
  readonly crowd: Crowd;
  /** The clients of a new process of a way. */
  clients(): Clients;
  /** What the crowd asked since the rotation began, and how much of it failed. */
  tally(): { readonly requests: number; readonly failed: number };
  close(): void;
}

/** Azure as a program of the ways sees it: SDK clients with their own retries, and whether the account takes a key. */
export interface Clients {
  readonly listKeys: () => Promise<Readonly<Record<Slot, string>>>;
  /** @returns the slot's new key */
  readonly regenerate: (slot: Slot) => Promise<string>;
  readonly vault: SecretClient;
  /** One call on a connection of its own. */
  readonly accepts: (key: string) => Promise<boolean>;
}

export async function comparedWorld(options: {
  readonly crowd: Crowd;
  readonly fault: Fault;
  readonly seed: number;
  readonly reads: 'secret' | 'pointer';
  readonly withKit: boolean;
}): Promise<ComparedWorld> {
  const { crowd, fault, seed, reads, withKit } = options;
  const clock = crowdedClock(Date.UTC(2026, 0, 5, 9, 0, 0));
  const slow = fault === 'a key spreads for 60 s';
  const keyturn = simulatedKeyturn(
    {
      policy: {
        // The shortest that settings allow for a crowd that keeps pointer and key together.
        overlapMs: crowd.cacheMs + 61 * secondMs,
        pointerCacheMs: 0,
        keyCacheMs: crowd.cacheMs,
        longestRequestMs: 60 * secondMs,
      },
    },
    {
      clock,
      world: {
        pace: {
          gatewayNodes: slow ? 2 : 1,
          newKeyAcceptedMs: slow ? 60 * secondMs : 0,
          oldKeyAcceptedMs: slow ? 60 * secondMs : 0,
          // Kind to anyone who believes the first listing.
          listKeysStaleMs: 0,
        },
      },
    },
  );
  const wire = struckWire(keyturn.azure, clock, fault, seed);
  const clients = () => clientsOf(keyturn);
  if (reads === 'pointer') {
    const adopted = await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
    if (adopted.kind !== 'adopted') throw new TypeError(`not adopted: ${JSON.stringify(adopted)}`);
  } else {
    const { listKeys, vault } = clients();
    const { key1 } = await listKeys();
    await vault.setSecret(keySecret, key1, { tags: { CredentialId: 'key1' } });
  }
  clock.advance(keptMs);

  const random = seededRandom(seed);
  const place = reads === 'pointer' ? { prefix: 'ai-services' } : { secretName: keySecret };
  const counts = { requests: 0, failed: 0 };
  const closers: (() => void)[] = [];
  /** A request that fails is one that is not answered with success. */
  const joined = (atMs: number, ask: () => Promise<boolean>) =>
    clock.join(atMs, crowd.everyMs, async () => {
      const succeeded = await ask();
      counts.requests += 1;
      if (!succeeded) counts.failed += 1;
    });
  const beganAtMs = clock.nowMs();
  const plain = plainInstances(keyturn, reads, crowd.cacheMs, random);
  for (let index = 0; index < crowd.instances; index += 1) {
    // Caches run out one after the other, evenly spread but for some seconds of chance.
    const atMs = beganAtMs + Math.floor(((index + random() / 8) * crowd.cacheMs) / crowd.instances);
    if (withKit) {
      const consumer = await kitConsumer(keyturn, 'fetch', place, random, undefined, crowd.cacheMs);
      closers.push(() => consumer.key.close());
      joined(atMs, async () => {
        const before = consumer.failures.length;
        await consumer.call();
        return consumer.failures.length === before;
      });
    } else joined(atMs, plain());
  }
  // Every instance has read its key, at its own time.
  await clock.sleep(crowd.cacheMs);
  const before = { ...counts };
  if (before.failed > 0) throw new TypeError(`${before.failed} requests failed before the rotation began`);
  return {
    keyturn,
    clock,
    wire,
    crowd,
    clients,
    tally: () => ({ requests: counts.requests - before.requests, failed: counts.failed }),
    close: () => {
      for (const close of closers) close();
    },
  };
}

/**
 * Instances that do what the contract asks and no more: they keep a key for as long as declared, counted from before they asked
 * for it. They never read early, send nothing again, and a 401 tells them nothing.
 */
function plainInstances(
  keyturn: SimulatedKeyturn,
  reads: 'secret' | 'pointer',
  cacheMs: number,
  random: () => number,
): () => () => Promise<boolean> {
  const { credential, clientOptions, vaultUrl } = simulatedParts(keyturn, random);
  const vault = new SecretClient(vaultUrl, credential, clientOptions);
  const read = async (name: string) => (await vault.getSecret(name)).value ?? '';
  const send = azureFetch(keyturn);
  return () => {
    let held = { key: '', askedAtMs: Number.NEGATIVE_INFINITY };
    return async () => {
      const askedAtMs = keyturn.clock.nowMs();
      if (askedAtMs - held.askedAtMs >= cacheMs) {
        const name = reads === 'pointer' ? `ai-services-${await read('ai-services-active-key')}` : keySecret;
        held = { key: await read(name), askedAtMs };
      }
      return (await send(modelsCall, { headers: { 'api-key': held.key } })).status === 200;
    };
  };
}

function clientsOf({ azure, account, target }: SimulatedKeyturn): Clients {
  const identity = azure.world.principals.find(({ name }) => name === 'func-keyturn');
  if (identity === undefined) throw new TypeError('the default world has no func-keyturn');
  const tokenFor = rememberedTokens(azure, identity);
  const credential = {
    // The clients judge the lifetime by the machine's clock, not by the simulated one.
    getToken: async (scopes: string | string[]) => ({
      token: await tokenFor(String(scopes).replace(/\/\.default$/, '')),
      expiresOnTimestamp: Date.now() + secondMs,
    }),
  };
  const options = {
    httpClient: simulatedHttpClient(azure),
    // As many retries as the SDK makes by default; its waits would be the machine's time, not the simulated one.
    retryOptions: { retryDelayInMs: 1 },
  };
  const arm = new CognitiveServicesManagementClient(credential, account.subscriptionId, options);
  const { resourceGroup, name } = account;
  return {
    listKeys: async () => bothKeys(await arm.accounts.listKeys(resourceGroup, name)),
    regenerate: async (slot) =>
      bothKeys(await arm.accounts.regenerateKey(resourceGroup, name, slot === 'key1' ? 'Key1' : 'Key2'))[slot],
    vault: new SecretClient(target.vaultUrl, credential, options),
    accepts: async (key) => {
      const connection = { callerAddress: keyturnAddress, connectionId: crypto.randomUUID() };
      return (await azure.handle(new Request(modelsCall, { headers: { 'api-key': key } }), connection)).status === 200;
    },
  };
}

function bothKeys({ key1, key2 }: ApiKeys): Record<Slot, string> {
  if (key1 === undefined || key2 === undefined) throw new TypeError('an answer without both keys');
  return { key1, key2 };
}

const modelsCall = 'https://ai-secure-demo.cognitiveservices.azure.com/openai/v1/models';
