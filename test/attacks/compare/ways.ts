import type { SecretProperties } from '@azure/keyvault-secrets';
import type { Slot } from '../../../src/shared/slot.ts';
import { operator, rotationOf, rowOf } from '../../scenarios/steered-rotation.ts';
import { type Clients, type ComparedWorld, keySecret, pendingSecret } from './compared-world.ts';
import type { Fault } from './faults.ts';
import { AttemptFailed } from './struck-wire.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What shows that a fault has met a way that does not bear it. */
export type Sign = 'requests fail' | 'regenerated again';

/** A way to rotate the key of an account. */
export interface Way {
  readonly idea: string;
  /** How its platform starts it again after it died or failed. */
  readonly again: string;
  /** What its consumers read: the one secret that holds the key, or the pointer and then the key. */
  readonly reads: 'secret' | 'pointer';
  /** How many regenerates one rotation takes. */
  readonly regenerates: number;
  /** What must be seen under a fault: a run in which it is not seen proves nothing. Keyturn must show no sign under any. */
  readonly must: Readonly<Partial<Record<Fault, readonly Sign[]>>>;
  /** One rotation, begun now, to its end. Whether it came to that. */
  rotate(world: ComparedWorld): Promise<boolean>;
}

/**
 * https://learn.microsoft.com/azure/event-grid/delivery-and-retry: a delivery that fails comes again after so long; left out is
 * the chance that Event Grid adds. Later deliveries come hourly.
 */
const eventGridRetriesMs = [10 * secondMs, 30 * secondMs, minuteMs, 5 * minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs];

const again: readonly Sign[] = ['regenerated again'];
const fail: readonly Sign[] = ['requests fail'];

/** Written anew from what each is known to do; none of their code. */
export const ways = {
  /** Regenerate the key in use, store it, and sleep until it has spread: `az cognitiveservices account keys regenerate`. */
  script: {
    idea: 'every day, if the secret is 30 days old: regenerate key1, store it, sleep 60 s',
    again: 'by its timer the next day',
    reads: 'secret',
    regenerates: 1,
    must: {
      healthy: fail,
      'killed before the regenerate': fail,
      'killed after the regenerate': [...fail, ...again],
      'killed after the store': fail,
      'lost reply': [...fail, ...again],
      'a key spreads for 60 s': fail,
    },
    rotate: (world) =>
      untilDone(world, [dayMs], async ({ regenerate, vault }) => {
        const { properties } = await vault.getSecret(keySecret);
        if (world.clock.nowMs() - (properties.createdOn?.getTime() ?? 0) < 30 * dayMs) return;
        await store(vault, await regenerate('key1'), 'key1');
        await world.clock.sleep(minuteMs);
      }),
  },
  /**
   * https://learn.microsoft.com/azure/key-vault/secrets/tutorial-rotation-dual and the function that it deploys, of
   * Azure-Samples/KeyVault-Rotation-StorageAccountKey-PowerShell: it takes the event's secret as it is when the event arrives.
   */
  tutorial: {
    idea: "Microsoft's tutorial: when the secret nears its end, regenerate the other key, store it",
    again: 'by Event Grid after 10 s, then 30 s, then 1 min',
    reads: 'secret',
    regenerates: 1,
    must: {
      'killed after the regenerate': again,
      'killed after the store': [...fail, ...again],
      'lost reply': again,
      'a key spreads for 60 s': fail,
    },
    rotate: (world) => atEvent(world, (clients) => regenerateTheOther(clients)),
  },
  /** The same of Azure/KeyVault-Secrets-Rotation-Template-PowerShell, which lets an event of an older version be. */
  template: {
    idea: "Microsoft's newer template: the same, unless the secret is newer than the event",
    again: 'by Event Grid after 10 s, then 30 s, then 1 min',
    reads: 'secret',
    regenerates: 1,
    must: { 'killed after the regenerate': again, 'lost reply': again, 'a key spreads for 60 s': fail },
    rotate: (world) =>
      atEvent(world, async (clients, version) => {
        const { properties } = await clients.vault.getSecret(keySecret);
        if (properties.version === version) await regenerateTheOther(clients);
      }),
  },
  /**
   * What microsoft/AuthJanitor does: consumers get the other key for the time being, then the regenerated one, and the other
   * key is regenerated at last. It hands keys to applications at once. For these it waits until their caches have expired.
   */
  bridge: {
    idea: 'store key2, wait for caches, regenerate key1, store it, wait, regenerate key2',
    again: 'by a person after an hour',
    reads: 'secret',
    regenerates: 2,
    must: {
      'killed after the regenerate': again,
      'killed after the store': again,
      'lost reply': again,
      'a key spreads for 60 s': fail,
    },
    rotate: (world) =>
      untilDone(world, [hourMs], async ({ listKeys, regenerate, vault }) => {
        const waitForCaches = () => world.clock.sleep(world.crowd.cacheMs + minuteMs);
        await store(vault, (await listKeys()).key2, 'key2');
        await waitForCaches();
        await store(vault, await regenerate('key1'), 'key1');
        await waitForCaches();
        await regenerate('key2');
      }),
  },
  /**
   * The four steps of AWS Secrets Manager for alternating users: create, set, test, finish. Azure makes the values itself, so
   * that the first two are one, done once its value is kept as pending. The test is one call. Which gateway that meets is
   * chance: no request has to fail under `a key spreads for 60 s`.
   */
  alternating: {
    idea: "AWS's steps: regenerate the other key, keep it as pending, test it once, store it",
    again: 'by Event Grid after 10 s, then 30 s, then 1 min',
    reads: 'secret',
    regenerates: 1,
    must: { 'killed after the regenerate': again, 'lost reply': again },
    rotate: (world) =>
      atEvent(world, async ({ regenerate, vault, accepts }, token) => {
        const { properties } = await vault.getSecret(keySecret);
        if (properties.version !== token) return;
        const slot = theOther(properties);
        const kept = await vault.getSecret(pendingSecret).catch(absent);
        let pending = kept?.properties.tags?.Token === token ? kept.value : undefined;
        if (pending === undefined) {
          pending = await regenerate(slot);
          await vault.setSecret(pendingSecret, pending, { tags: { Token: token } });
        }
        if (!(await accepts(pending))) throw new AttemptFailed('the pending key is refused');
        await store(vault, pending, slot);
      }),
  },
  Keyturn: {
    idea: 'this app, with the shortest overlap that the caches allow',
    again: 'by its queue after 30 s; its sweep looks every 5 min',
    reads: 'pointer',
    regenerates: 2,
    must: {},
    rotate: rotateWithKeyturn,
  },
} as const satisfies Record<string, Way>;

export type WayName = keyof typeof ways;

export const wayNames = Object.keys(ways) as WayName[];

/** Starts the program again as often as it dies or fails, so long after that; the last pause is that of all later ones. */
async function untilDone(
  { wire, clock, clients }: ComparedWorld,
  pausesMs: readonly number[],
  program: (clients: Clients) => Promise<void>,
): Promise<boolean> {
  for (let tries = 0; tries < 10; tries += 1) {
    if ((await wire.live(() => program(clients()))) === 'done') return true;
    await clock.sleep(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0);
  }
  return false;
}

/** The program at the event that the secret's current version is near its end. */
async function atEvent(world: ComparedWorld, program: (clients: Clients, version: string) => Promise<void>) {
  const version = world.keyturn.vault.secrets.find(({ name }) => name === keySecret)?.versions.at(-1)?.version;
  if (version === undefined) throw new TypeError(`the vault has no ${keySecret}`);
  return await untilDone(world, eventGridRetriesMs, (clients) => program(clients, version));
}

async function regenerateTheOther({ regenerate, vault }: Clients): Promise<void> {
  const slot = theOther((await vault.getSecret(keySecret)).properties);
  await store(vault, await regenerate(slot), slot);
}

function theOther({ tags }: SecretProperties): Slot {
  return tags?.CredentialId === 'key1' ? 'key2' : 'key1';
}

async function store(vault: Clients['vault'], value: string, slot: Slot): Promise<void> {
  await vault.setSecret(keySecret, value, { tags: { CredentialId: slot } });
}

function absent(error: unknown): null {
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return null;
  throw error;
}

/** `visibilityTimeout` of host.json: a message whose worker was killed comes back after it. */
const queueRetryMs = 30 * secondMs;
/** KEYTURN_SWEEP_SCHEDULE, by default. */
const sweepEveryMs = 5 * minuteMs;

/** Does what the Functions host does: delivers messages when they are due, and the sweep's timer. */
async function rotateWithKeyturn({ keyturn, wire, clock }: ComparedWorld): Promise<boolean> {
  const { journal, target } = keyturn;
  const { queue } = journal;
  let { app } = keyturn;
  const live = async (work: () => Promise<unknown>) => {
    const end = await wire.live(work);
    if (end === 'killed') app = keyturn.appFor([target]);
    return end;
  };
  await live(() => app.startRotation('demo', { inactiveKeyUnused: true }, operator));
  const giveUpAtMs = clock.nowMs() + dayMs;
  for (let sweepAtMs = clock.nowMs() + sweepEveryMs; rotationOf(journal) !== null && clock.nowMs() < giveUpAtMs; ) {
    const next = queue.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0];
    await clock.sleep(Math.max(0, Math.min(next?.dueAtMs ?? sweepAtMs, sweepAtMs) - clock.nowMs()));
    if (next === undefined || next.dueAtMs > sweepAtMs) {
      sweepAtMs += sweepEveryMs;
      await live(() => app.sweep());
      continue;
    }
    queue.splice(queue.indexOf(next), 1);
    const end = await live(() => app.advance(next.wakeUp));
    if (end !== 'done') queue.push({ ...next, dueAtMs: clock.nowMs() + queueRetryMs });
  }
  return rowOf(journal).lastEnd?.outcome === 'completed';
}
